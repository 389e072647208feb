"""A spoken query, for browsers that cannot read speech themselves: sound in, words out, and nothing is kept."""

from functools import cached_property
from importlib.util import find_spec
from threading import BoundedSemaphore, Lock

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wares.config import Config
from wares.encode.speech import PARTS, SpeechReader
from wares.errors import Busy, EncodeError, NotFound, QueryError, WeightsError
from wares.serve.security import limited
from wares.serve.storefront.address import MAX_TEXT, clean
from wares.serve.storefront.messages import LANGUAGES

MAX_SOUND = 4_000_000  # bytes: half a minute from any browser
MOST_WAITING = 4  # recordings that are heard or wait for it


class Speech:
    """``POST /speech``: one recording is heard at a time, since hearing takes a core for a second."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._waiting = BoundedSemaphore(MOST_WAITING)
        self._one = Lock()

    @cached_property
    def available(self) -> bool:
        """``wares[speech]`` is installed, weights included."""
        return all(find_spec(name) for name in ("faster_whisper", *(package for package, _ in PARTS)))

    @cached_property
    def _reader(self) -> SpeechReader:
        return SpeechReader(self._config.weights_folder())

    async def hear(self, request: Request) -> Response:
        """The words of the sound in the body, in the language that the address names or else in the one it is in.

        Raises
        ------
        Busy
            Too many others are being heard.
        NotFound
            This shop hears nothing.
        QueryError
            It is no sound.
        """
        if not self.available:
            raise NotFound("this shop does not read speech", fix="install wares[speech], or type the words")
        sound = await Request(request.scope, limited(request.receive, MAX_SOUND)).body()
        language = request.query_params.get("lang", "")
        words = await run_in_threadpool(self._words, sound, language if language in LANGUAGES else "")
        return JSONResponse({"text": words}, headers={"Cache-Control": "no-store"})

    def _words(self, sound: bytes, language: str) -> str:
        if not self._waiting.acquire(blocking=False):
            raise Busy("others are being heard", fix="try again in a moment, or type the words")
        try:
            with self._one:
                return clean(self._reader.transcribe(sound, language).text)[:MAX_TEXT]
        except WeightsError:
            raise
        except EncodeError as error:
            raise QueryError(error.message, fix=error.fix) from error
        finally:
            self._waiting.release()
