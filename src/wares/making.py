"""How a generation is made from the store and opened from the disk: encoders, index, calibration, knowledge."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from wares.answering import Answering
from wares.catalog.store import CatalogStore
from wares.config import Config
from wares.encode.colour import NAMES as COLOURS
from wares.encode.joint import MODEL
from wares.encode.learned import name_of
from wares.encode.products import CatalogueEncoder
from wares.encoding import Encoding
from wares.errors import StaleIndex, WeightsError
from wares.index.entries import schema
from wares.index.generations import Generation
from wares.logs import Logger
from wares.protocols import ProductIndex
from wares.registry import equip, factory
from wares.search.calibrate import Calibration, Curve
from wares.search.knowledge import Knowledge
from wares.search.searcher import Searcher
from wares.trials import Parts
from wares.types import Progress, silent

CHUNK = 1024
FUSION = "fusion"
FIX = "`wares rebuild` makes the index anew from the store"

T = TypeVar("T")
log = Logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What a generation is made of, before it is on the disk; ``searcher`` waits for its encoder."""

    encoder: CatalogueEncoder
    index: ProductIndex
    calibration: Calibration
    knowledge: Knowledge
    searcher: Searcher
    facts: Mapping[str, Any]

    def write(self, folder: Path) -> None:
        """Write it all into a folder."""
        self.index.snapshot(folder)
        self.encoder.save(folder / FUSION)
        self.calibration.save(folder / "calibration.json")
        self.knowledge.save(folder / "knowledge")


class Maker:
    """Makes generations and opens them.

    Parameters
    ----------
    queries
        What shoppers searched for, and how many of them did.
    """

    def __init__(
        self,
        config: Config,
        store: CatalogStore,
        encoding: Encoding,
        answering: Answering,
        queries: Callable[[], Iterable[tuple[str, int]]],
    ) -> None:
        self._config = config
        self._store = store
        self._encoding = encoding
        self._answering = answering
        self.queries = queries

    def make(self, texts: str, model: Path | None, progress: Progress) -> Made:
        """Fit the encoders, fill an index and calibrate it.

        Parameters
        ----------
        texts
            A fingerprint of what was read in photos.
        model
            Folder of what was learned from the shop's own data; None: nothing yet.
        """
        seq, total = self._store.seq, self._store.count()
        encoder = self._encoding.unfitted(model)
        recipe = self._encoding.recipe(encoder)
        encoder = encoder.fit(self._store.products(), progress)
        index = self.empty(encoder)
        done = 0
        for chunk in chunked(self._store.products()):
            index.upsert(self._encoding.entries(encoder, chunk))
            done += len(chunk)
            progress("index", done, total)
        products, asked = self._store.products(), self.queries()
        knowledge = Knowledge.of(products, self._encoding.analyzer, COLOURS, asked, total=total, progress=progress)
        searcher = self._answering.searcher(encoder, index, Calibration(), knowledge, patient=True)
        calibration = self.calibrated(searcher, self._config.search.error_rate, progress)
        facts = {"seq": seq, "recipe": recipe, "texts": texts, "model": name_of(model) if model else ""}
        return Made(encoder, index, calibration, knowledge, searcher, facts)

    def model(self, wanted: str | None, served: Path | None) -> Path | None:
        """The learned model that is wanted by its name (empty: none); None: that of what is served, or was last.

        Raises
        ------
        WeightsError
            The one that is wanted is damaged, or was learned from other encoders. One that is merely kept is left out.
        """
        if wanted is not None:
            folder = self._encoding.models.folder(wanted) if wanted else None
            if folder is not None:
                self._encoding.check(folder)
            return folder
        kept = learned(served) if served else self._encoding.models.published
        try:
            if kept is not None:
                self._encoding.check(kept)
        except WeightsError as error:
            log.warning("model left out", code=error.code, model=str(kept), reason=error.message)
            return None
        return kept

    def calibrated(self, searcher: Searcher, error_rate: float, progress: Progress = silent) -> Calibration:
        """Curves from the catalogue itself, and those that the configuration has from judgements."""
        judged = {
            name: Curve(**curve) for name, curve in self._config.search.curves.model_dump().items() if curve["slope"]
        }
        return searcher.calibrated(
            self._store.products(), progress, photo_of=self._encoding.photo, error_rate=error_rate, judged=judged
        )

    def empty(self, encoder: CatalogueEncoder) -> ProductIndex:
        """An index without products."""
        settings = self._config.index
        index: ProductIndex = equip("index", settings.name, schema=schema(encoder.spaces), threads=settings.threads)
        return index

    def openable(self, generation: Generation) -> Parts:
        """What a generation was made of, if it was made by what is configured; StaleIndex if not."""
        encoder = self._encoding.able(learned(generation.folder))
        if not self._encoding.fits(generation.facts["recipe"], encoder):
            raise StaleIndex(f"{generation.name} was made with other encoders or settings", fix=FIX)
        return self.open(generation, encoder)

    def open(self, generation: Generation, encoder: CatalogueEncoder | None = None) -> Parts:
        """What a generation was made of, from the disk."""
        encoder = encoder or self._encoding.unfitted(learned(generation.folder))
        kind: Any = factory("index", self._config.index.name)
        index = kind.restore(generation.folder, threads=self._config.index.threads)
        calibration = Calibration.load(generation.folder / "calibration.json")
        knowledge = Knowledge.load(generation.folder / "knowledge")
        return encoder.load(generation.folder / FUSION), index, calibration, knowledge


def learned(folder: Path) -> Path | None:
    """What was learned, as the generation in a folder keeps it; None where it was made without."""
    copy = folder / FUSION / MODEL
    return copy if copy.is_dir() else None


def chunked(items: Iterable[T]) -> Iterator[list[T]]:
    """The items, some at a time."""
    every = iter(items)
    while chunk := list(islice(every, CHUNK)):
        yield chunk
