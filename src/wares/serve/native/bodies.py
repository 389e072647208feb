"""Bodies of requests: counted as they come and as they inflate, and parsed strictly."""

import zlib
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from wares.catalog.feeds.jsonl import parse_json
from wares.errors import QueryError, TooLarge
from wares.serve.security import in_time

SEE = "docs/http.md has the shapes, /v1/openapi.json the schemas"
MAX_MEMBERS = 100  # of one gzip: each costs something, though it may hold nothing
Model = TypeVar("Model", bound=BaseModel)


async def read(request: Request, most: int, *, fix: str = "send less at once") -> bytes:
    """The body, inflated when it is gzip.

    Raises
    ------
    SlowBody
        It did not come in time (:func:`wares.serve.security.in_time`).
    TooLarge
        More than ``most`` bytes came, or came out of what came.
    QueryError
        It is packed in another way, or the gzip is broken.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip"):
        raise QueryError(f"the body is packed as {encoding[:20]!r}", fix="send it plain or as gzip")
    inflater = _Inflater() if encoding == "gzip" else None
    pieces: list[bytes] = []
    came = held = 0
    async for chunk in Request(request.scope, in_time(request.receive)).stream():
        came += len(chunk)
        piece = inflater.add(chunk, most - held + 1) if inflater else chunk
        held += len(piece)
        if max(came, held) > most:
            raise TooLarge(f"the body has more than {most:,} bytes", fix=fix)
        pieces.append(piece)
    if inflater:
        inflater.finish()
    return b"".join(pieces)


class _Inflater:
    """A gzip, given out no further than asked for."""

    def __init__(self) -> None:
        self._inflating = zlib.decompressobj(31)
        self._members = 0

    def add(self, chunk: bytes, room: int) -> bytes:
        """What the chunk inflates to, cut at ``room`` bytes."""
        out = b""
        try:
            while chunk and len(out) < room:
                if self._inflating.eof or not self._members:
                    self._inflating = zlib.decompressobj(31)
                    self._members += 1
                if self._members > MAX_MEMBERS:
                    raise QueryError(f"the gzip has more than {MAX_MEMBERS} parts", fix="pack the body as one")
                out += self._inflating.decompress(chunk, room - len(out))
                chunk = self._inflating.unused_data or self._inflating.unconsumed_tail
        except zlib.error as error:
            raise QueryError("the body is no gzip", fix="leave Content-Encoding out, or send gzip") from error
        return out

    def finish(self) -> None:
        if self._members and not self._inflating.eof:
            raise QueryError("the gzip ends in the middle", fix="send it again, whole")


def parsed(body: bytes) -> Any:
    """Strict JSON: no key twice, no NaN, no number beyond a double, no deep nesting; QueryError says what is wrong."""
    try:
        return parse_json(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise QueryError("the body is no JSON: it is not UTF-8", fix="send UTF-8") from error
    except ValueError as error:
        raise QueryError(f"the body is no JSON: {str(error)[:200]}", fix=SEE) from error


def valid(model: type[Model], value: Any) -> Model:
    """The value as the model; QueryError names the field that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))[-100:] or "body"
        raise QueryError(f"{where}: {first['msg'][:200]}", fix=SEE) from None
