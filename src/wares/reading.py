"""Words in photos become findable, and a spoken query becomes words: the extras ``ocr`` and ``speech``.

Reading a catalogue is a job of its own beside a serving shop. It takes the writer's lock at its end only, when the
index is made anew with the texts. Our copies of clips are silent: speech is for what shoppers say.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from typing import Protocol

from wares.catalog.media import MediaStore
from wares.catalog.store import CatalogStore
from wares.config import Config
from wares.encode.ocr import NAME, PhotoReader, TextLine
from wares.encode.speech import SpeechReader, Transcript
from wares.encode.transcripts import Transcripts
from wares.errors import ConfigError, EncodeError, NotFound, WeightsError
from wares.index.generations import Generations
from wares.logs import Logger
from wares.shop import Shop
from wares.types import Progress, silent

MAX_TEXT = 4_000  # characters kept of one photo

log = Logger(__name__)


class Reader(Protocol):
    """Finds lines of text in a photo; raises EncodeError for one that it cannot read."""

    def read(self, photo: bytes) -> Sequence[TextLine]: ...


@dataclass(frozen=True, slots=True)
class ReadReport:
    """How many photos were read in this run, how many of them have words, and how many could not be read."""

    photos: int
    worded: int
    failed: int


def read_media(
    config: Config,
    progress: Progress = silent,
    reader: Reader | None = None,
    shop: Callable[[], AbstractContextManager[Shop]] | None = None,
) -> ReadReport:
    """Read every photo of the shop that was not read yet, then make its words findable.

    A photo that cannot be read is told in the log and not tried again. A run that is killed is resumed by the next.

    Parameters
    ----------
    reader
        Instead of the one of ``wares[ocr]``.
    shop
        Gives the shop, open for writing, when the texts are to be indexed; None: it is opened.

    Raises
    ------
    ConfigError
        ``encode.ocr`` is off.
    WeightsError
        The extra is not installed.
    StoreLocked
        Another process writes the shop when the texts are to be indexed; they are kept, and the next run does it.
    """
    if not config.encode.ocr:
        raise ConfigError("no reader is switched on", fix="set ocr = true under [encode], and install wares[ocr]")
    transcripts = Transcripts(config.shop.folder / "transcripts")
    try:
        report = _read_photos(config, transcripts, reader or PhotoReader(), progress)
        generation = Generations(config.shop.folder / "index", keep=config.index.keep, write=False).current()
        indexed = generation.facts.get("texts", "") if generation else ""
        if indexed != transcripts.fingerprint:
            with shop() if shop else closing(Shop.open(config, write=True)) as opened:
                opened.rebuild(progress)
    finally:
        transcripts.close()
    return report


def hear(config: Config, sound: bytes, language: str = "") -> Transcript:
    """The words of a spoken query; an empty ``language`` is told from the sound. Needs ``wares[speech]``."""
    return SpeechReader(config.weights_folder()).transcribe(sound, language)


def _read_photos(config: Config, transcripts: Transcripts, reader: Reader, progress: Progress) -> ReadReport:
    store = CatalogStore(config.store_url())
    media = MediaStore(config.shop.folder / "media", **config.media.model_dump())
    worded = failed = 0
    try:
        photos = (photo.sha256 for product in store.products() for photo in product.photos() if photo.sha256)
        unread = transcripts.unread(photos, NAME)
        for done, sha256 in enumerate(unread, start=1):
            try:
                text = "\n".join(line.text for line in reader.read(media.path(sha256).read_bytes()))[:MAX_TEXT]
            except WeightsError:
                raise
            except (EncodeError, NotFound, OSError) as error:
                log.warning("photo not read", sha256=sha256, reason=str(error))
                text, failed = "", failed + 1
            transcripts.put(sha256, NAME, text)
            worded += bool(text)
            progress("photos read", done, len(unread))
    finally:
        media.close()
        store.close()
    return ReadReport(len(unread), worded, failed)
