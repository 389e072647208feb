"""What is derived from the store and answers queries: fitted encoders, index, calibration — one generation of it.

It follows the store: what changed since its own sequence number is encoded (or read from the vector cache) and put
into the index. Start-up, recovery after a crash, a write, and a write by another process all take this one path.
"""

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import structlog

from wares.answering import Answering
from wares.catalog.media import MediaStore
from wares.catalog.store import CatalogStore, Change
from wares.config import Config
from wares.encode.cache import VectorCache
from wares.encode.colour import NAMES as COLOURS
from wares.encode.products import CatalogueEncoder
from wares.encode.transcripts import Transcripts
from wares.encoding import Encoding
from wares.errors import CorruptIndex, DiskFull, NewerState, StaleIndex, StoreError, WaresError, WeightsError
from wares.index.entries import schema
from wares.index.generations import Generation, Generations
from wares.protocols import IndexEntry, IndexStats, ProductIndex
from wares.registry import equip, factory
from wares.search.calibrate import Calibration, Curve
from wares.search.knowledge import Knowledge, suggests
from wares.search.searcher import Searcher
from wares.search.suggest.suggester import MOST
from wares.trials import Parts, Trials
from wares.types import Filter, Hits, Progress, Query, Standing, Suggestion, silent

CHUNK = 1024
INLINE = 64  # changes that are taken in before an answer
SLICE = 128  # that are taken in between two answers
# A larger share of changed products is worth a new fit; fewer are put into the index that is there.
REFIT_SHARE = 0.1
# A reader that opens takes in more, as readers before it did one by one: it may be that nobody makes a generation now.
LATE_SHARE = 0.5
GOLDEN = 8  # queries that a new generation must answer as what it was written from
PART_DEPTH = 64  # suggestions of a kind that are looked at for those of one part
PATIENCE = 10  # failures in a row after which the pause is not doubled any more
FIX = "`wares rebuild` makes the index anew from the store"

T = TypeVar("T")
log = structlog.get_logger(__name__)  # loaded at once: not when memory or files have run out


class Live:
    """The generation that is served, and how it comes about.

    A writer makes generations; a reader adopts them and applies small changes by itself.
    """

    def __init__(
        self,
        config: Config,
        store: CatalogStore,
        media: MediaStore,
        queries: Callable[[], Iterable[tuple[str, int]]] = tuple,
        *,
        write: bool,
    ) -> None:
        folder = config.shop.folder
        self._config = config
        self._store = store
        self._media = media
        self._queries = queries
        self._write = write
        self._cache = VectorCache(folder / "cache")
        self._transcripts = Transcripts(folder / "transcripts")
        self.encoding = Encoding(config, media, self._cache, self._transcripts)
        self._analyzer = self.encoding.analyzer
        self._folder = folder / "index"
        self._generations = Generations(self._folder, keep=config.index.keep, write=write)
        self.name = ""
        self._made = 0.0
        self.behind = ""
        self.beside: threading.Event | None = None
        self._full_at = -1
        self._pause = self._failures = 0
        self._followed = False
        self._refused = self._told = ""
        self._seq = 0
        self._answering = Answering(config, self.encoding)
        encoder = self.encoding.able()
        self.trials = Trials(self._answering, self._generations, self._openable, lambda: (self.name, self.searcher))
        self._set(encoder, self._empty(encoder), Calibration(), None)

    @property
    def stats(self) -> IndexStats:
        return self._index.stats()

    @property
    def resting(self) -> tuple[str, ...]:
        """Parts that answers go without now: ``vectors``, ``ranker``."""
        return self._answering.resting

    @property
    def standing(self) -> Standing:
        """What is served now; what the store has beside it is not asked."""
        stats = self._index.stats()
        segments = int(stats.details.get("segments", 0))
        return Standing(self.name, self._made, self._seq, self._seq, stats.products, segments, stats.bytes)

    @property
    def version(self) -> str:
        """Changes whenever the same query may be answered otherwise."""
        return f"{self.name}.{self._seq}.{self._answering.rules}"

    def follow(self, progress: Progress = silent) -> None:
        """Be at the store's sequence number.

        Raises
        ------
        CorruptIndex
            A reader finds no generation that it can use; a writer makes a new one.
        StoreError, MemoryError
            The disk or the memory did not have it; what was served before still is, and ``behind`` says why.
        """
        try:
            self._follow(progress)
        except (StoreError, MemoryError) as error:
            self._fell_behind(error)
            raise
        self.behind, self._full_at, self._pause, self._failures, self._followed = "", -1, 0, 0, True

    def keep_up(self) -> None:
        """Follow before an answer; where the disk or the memory will not have it, answer from what is there.

        After each failure in a row twice as many answers pass before it is tried again; after a full disk also as soon
        as there is more space than at any failure before. What would keep an answer waiting is left to who waits for
        ``beside``, if anybody does (:meth:`prepared`).
        """
        self.trials.tidy()
        if self.beside is not None and self.name and self._takes_long():
            self.behind = self.behind or "changes are being taken in"
            self.beside.set()
            return
        if self._pause > 0 and not (0 <= self._full_at < shutil.disk_usage(self._folder).free):
            self._pause -= 1
            return
        try:
            self.follow()
        except (StoreError, MemoryError):
            if not self.name:
                raise

    def prepared(self) -> Callable[[], None] | None:
        """One step towards the store with all that takes long done; the rest must run while nobody searches.

        Returns
        -------
        None where nothing is left to do but to wait for the writer.
        """
        self.trials.tidy()
        current: Generation | None = None
        try:
            current = self._generations.current()
            if current is not None and current.name not in (self.name, self._refused):
                return partial(self._serve, current, self._openable(current))
        except (CorruptIndex, WeightsError, NewerState) as error:
            self._refuse(error, current.name if current else "")
        since, served = self._seq, self.name
        if not 0 < self._store.seq - since <= REFIT_SHARE * self._index.stats().products:
            return None
        changes = list(islice(self._store.changes(since), SLICE))
        gone, entries = self._changed(changes)

        def take() -> None:
            if (since, served) == (self._seq, self.name):  # nobody else did
                self._put(gone, entries)
                self._seq = changes[-1].seq

        return take if changes else None

    def _takes_long(self) -> bool:
        """Whether there is more to follow than belongs before an answer: a new generation, or many changes."""
        try:
            name = self._generations.current_name()
        except CorruptIndex:
            return True
        return name not in (self.name, self._refused) or self._store.seq - self._seq > INLINE

    def _fell_behind(self, error: StoreError | MemoryError) -> None:
        if not self.behind:
            log.error("index is behind", code=getattr(error, "code", "busy"), reason=str(error), served=self.name)
        self.behind = str(error) or "out of memory"
        self._failures = min(self._failures + 1, PATIENCE)
        self._pause = 2**self._failures
        if isinstance(error, DiskFull):
            self._full_at = max(self._full_at, shutil.disk_usage(self._folder).free)

    def _follow(self, progress: Progress) -> None:
        current: Generation | None = None
        try:
            current = self._generations.current()
            if current is not None and current.name not in (self.name, self._refused):
                self._adopt(current)
        except (CorruptIndex, WeightsError, NewerState) as error:
            if self._write and not isinstance(error, NewerState):
                return self._mend(error, progress)
            if not self.name:
                raise
            # What this reader holds in memory is whole, and the writer is making another.
            self._refuse(error, current.name if current else "")
        seq = self._store.seq  # read first: what is written from now on is for the next time
        if seq == self._seq:
            return None
        products = self._index.stats().products
        opening = not self._write and not self._followed
        late = opening and self._store.changes_since(self._seq) <= LATE_SHARE * products
        if late or seq - self._seq <= REFIT_SHARE * products:
            self._apply()
            self._seq = seq
        elif self._write:
            self.rebuild(progress)
        elif not self.name:
            raise CorruptIndex("there is no index yet", fix=FIX)
        return None

    def _refuse(self, error: WaresError, name: str) -> None:
        """Go on with the generation that is held; said once."""
        if error.message != self._told:
            log.warning("generation refused", code=error.code, reason=error.message, served=self.name)
        self._refused, self._told = name, error.message

    def _mend(self, error: CorruptIndex | WeightsError, progress: Progress) -> None:
        """Put a damaged generation aside and make a new one from the store."""
        log.warning("index rebuilt", code=error.code, reason=error.message)
        if isinstance(error, CorruptIndex) and not isinstance(error, StaleIndex):
            self._generations.quarantine()
        self.rebuild(progress)

    def rebuild(self, progress: Progress) -> None:
        """Fit the encoders, fill an index and calibrate it beside the one that is served, then switch."""
        with self._store.gate.writing():
            self._rebuild(progress)

    def _rebuild(self, progress: Progress) -> None:
        seq, total, texts = self._store.seq, self._store.count(), self._transcripts.fingerprint
        encoder = self.encoding.unfitted().fit(self._store.products(), progress)
        index = self._empty(encoder)
        done = 0
        for chunk in _chunks(self._store.products()):
            index.upsert(self.encoding.entries(encoder, chunk))
            done += len(chunk)
            progress("index", done, total)
        products, asked = self._store.products(), self._queries()
        knowledge = Knowledge.of(products, self._analyzer, COLOURS, asked, total=total, progress=progress)
        searcher = self._answering.searcher(encoder, index, Calibration(), knowledge, patient=True)
        calibration = self._calibrated(searcher, self._config.search.error_rate, progress)

        def write(folder: Path) -> None:
            index.snapshot(folder)
            encoder.save(folder / "fusion")
            calibration.save(folder / "calibration.json")
            knowledge.save(folder / "knowledge")

        facts = {"seq": seq, "recipe": self.encoding.recipe(self.encoding.unfitted()), "texts": texts}
        generation = self._generations.build(write, facts)
        golden = [Query(product.title, language=product.language) for product in islice(self._store.products(), GOLDEN)]
        opened = self._open(generation, self.encoding.unfitted())
        reader = self._answering.searcher(*opened, patient=True)
        same = all(_alike(searcher.search(query), reader.search(query)) for query in golden)
        if not same or opened[1].stats().products != index.stats().products:
            raise CorruptIndex(f"{generation.name} answers otherwise than what was written", fix=FIX)
        self._generations.activate(generation.name)
        self._serve(generation, opened)

    def suggest(
        self, prefix: str, language: str, limit: int, within: tuple[Filter, ...] = ()
    ) -> tuple[Suggestion, ...]:
        """Suggestions of the generation, but for products that are gone since and what is not in a part."""
        part = self.searcher.part(within)

        def known(each: Suggestion) -> bool:
            if within:
                return part.leads(each)
            return each.kind != "product" or self._store.get(each.target) is not None

        if self._suggester is None:
            return ()
        depth = PART_DEPTH if within else MOST
        found = self._suggester.suggest(prefix, language, limit, known=known, depth=depth)
        return tuple(part.told(each) for each in found)

    def forget(self, texts: Iterable[str], progress: Progress = silent) -> int:
        """Serve nothing that was learned from some queries, and keep no generation that was; how many went."""
        wanted = list(texts)
        holding = [each for each in self._generations.folders() if wanted and suggests(each / "knowledge", wanted)]
        if any(each.name == self.name for each in holding):
            self.rebuild(progress)
        for each in holding:
            self._generations.discard(each)
        self.trials.tidy()
        return len(holding)

    def recalibrate(self, error_rate: float) -> None:
        """Fit the calibration anew and search with it."""
        self._calibrated(self.searcher, error_rate)

    def _calibrated(self, searcher: Searcher, error_rate: float, progress: Progress = silent) -> Calibration:
        """Curves from the catalogue itself, and those that the configuration has from judgements."""
        judged = {
            name: Curve(**curve) for name, curve in self._config.search.curves.model_dump().items() if curve["slope"]
        }
        return searcher.calibrated(
            self._store.products(), progress, photo_of=self.encoding.photo, error_rate=error_rate, judged=judged
        )

    def rollback(self) -> str:
        """Serve the generation before this one; what was written since then is applied to it."""
        generation = self._generations.roll_back()
        self._adopt(generation)
        return generation.name

    def close(self) -> None:
        """Let go of files and threads."""
        self._answering.close()
        self._cache.close()
        self._transcripts.close()

    def _apply(self) -> None:
        """Put what changed since the sequence number into the index that is there."""
        for chunk in _chunks(self._store.changes(self._seq)):
            self._put(*self._changed(chunk))

    def _changed(self, changes: Sequence[Change]) -> tuple[list[str], list[IndexEntry]]:
        """Ids of products that went, and entries of those that came or changed."""
        latest = {change.id: change.product for change in changes}
        there = [product for product in latest.values() if product is not None]
        try:
            entries = self.encoding.entries(self._encoder, there)
        except WeightsError as error:  # what was written is found by its words, until a start with sound weights
            entries = self.encoding.entries(self.encoding.without(error), there)
        return [id for id, product in latest.items() if product is None], entries

    def _put(self, gone: Sequence[str], entries: Sequence[IndexEntry]) -> None:
        self._index.delete(gone)
        self._index.upsert(entries)

    def _adopt(self, generation: Generation) -> None:
        self._serve(generation, self._openable(generation))

    def _openable(self, generation: Generation) -> Parts:
        """What a generation was made of, if it was made by what is configured."""
        encoder = self.encoding.able()
        if not self.encoding.fits(generation.facts["recipe"], encoder):
            raise StaleIndex(f"{generation.name} was made with other encoders or settings", fix=FIX)
        return self._open(generation, encoder)

    def _serve(self, generation: Generation, parts: Parts) -> None:
        self._set(*parts)
        self.name = generation.name
        self._made = generation.folder.stat().st_mtime
        self._seq = generation.facts["seq"]

    def _open(self, generation: Generation, encoder: CatalogueEncoder) -> Parts:
        """What a generation was made of, from the disk."""
        kind: Any = factory("index", self._config.index.name)
        index = kind.restore(generation.folder, threads=self._config.index.threads)
        calibration = Calibration.load(generation.folder / "calibration.json")
        knowledge = Knowledge.load(generation.folder / "knowledge")
        return encoder.load(generation.folder / "fusion"), index, calibration, knowledge

    def _set(
        self, encoder: CatalogueEncoder, index: ProductIndex, calibration: Calibration, knowledge: Knowledge | None
    ) -> None:
        self._encoder = encoder
        self._index = index
        self._suggester = knowledge.suggester if knowledge else None
        self.searcher = self._answering.searcher(encoder, index, calibration, knowledge)

    def _empty(self, encoder: CatalogueEncoder) -> ProductIndex:
        settings = self._config
        index: ProductIndex = equip(
            "index", settings.index.name, schema=schema(encoder.spaces), threads=settings.index.threads
        )
        return index


def _alike(one: Hits, other: Hits) -> bool:
    """Whether two pages have the same scores; products of equal ones may change places."""
    k = min(len(one), len(other))
    return abs(len(one) - len(other)) <= 1 and np.allclose(one.scores[:k], other.scores[:k], atol=1e-3)


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    every = iter(items)
    while chunk := list(islice(every, CHUNK)):
        yield chunk
