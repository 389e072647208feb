"""ETags of answers to GET: weak, from what was asked, by whom, and the state of what is answered."""

from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response

from wares import __version__
from wares.config import Config
from wares.serve.access.caller import caller_of

REVALIDATE = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language, Authorization, X-Api-Key"}


class Tags:
    """Makes the tags of one shop: other settings or another version of wares give other tags."""

    def __init__(self, config: Config) -> None:
        self._settings = blake2b(f"{__version__} {config.model_dump_json()}".encode(), digest_size=16).digest()

    def of(self, request: Request, version: str) -> str:
        """The tag of the answer to a request while what it tells of is at ``version``."""
        url, headers = request.scope, request.headers
        asked = (
            version,
            url["path"],
            url["query_string"].decode("latin-1"),
            headers.get("accept-language", ""),
            repr(caller_of(request).filters),
        )
        digest = blake2b("\0".join(asked).encode("utf-8", "surrogatepass"), key=self._settings, digest_size=12)
        return f'W/"{digest.hexdigest()}"'


def known(request: Request, tag: str) -> bool:
    """Whether whoever asks has the answer already (RFC 9110, 13.1.2, compared weakly)."""
    header = request.headers.get("if-none-match", "")[:2_000]
    tags = [each.strip().removeprefix("W/") for each in header.split(",")]
    return tag.removeprefix("W/") in tags or tags == ["*"]


def unchanged(tag: str) -> Response:
    """304: nothing to send."""
    return Response(status_code=304, headers={"ETag": tag, **REVALIDATE})
