"""What is derived from the store and answers queries: fitted encoders, index, calibration — one generation of it.

It follows the store: what changed since its own sequence number is encoded (or read from the vector cache) and put
into the index. Start-up, recovery after a crash, a write, and a write by another process all take this one path.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice

import structlog

from wares.answering import Answering
from wares.catalog.media import MediaStore
from wares.catalog.store import CatalogStore, Change
from wares.config import Config
from wares.encode.cache import VectorCache
from wares.encode.products import CatalogueEncoder
from wares.encode.transcripts import Transcripts
from wares.encoding import Encoding
from wares.errors import CorruptIndex, GateRefused, NewerState, StaleIndex, StoreError, WaresError, WeightsError
from wares.gate import Gate
from wares.index.generations import Generation, Generations
from wares.making import FIX, Maker, chunked, learned
from wares.patience import Patience
from wares.protocols import IndexEntry, IndexStats, ProductIndex
from wares.search.calibrate import Calibration
from wares.search.knowledge import Knowledge, suggests
from wares.trials import Parts, Trials
from wares.types import Filter, Product, Progress, Standing, Suggestion, silent

INLINE = 64  # changes that are taken in before an answer
SLICE = 128  # that are taken in between two answers
# A larger share of changed products is worth a new fit; fewer are put into the index that is there.
REFIT_SHARE = 0.1
# A reader that opens takes in more, as readers before it did one by one: it may be that nobody makes a generation now.
LATE_SHARE = 0.5

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
        self._write = write
        self._cache = VectorCache(folder / "cache")
        self._transcripts = Transcripts(folder / "transcripts")
        self.encoding = Encoding(config, media, self._cache, self._transcripts)
        self._folder = folder / "index"
        self._generations = Generations(self._folder, keep=config.index.keep, write=write)
        self.name = ""
        self._made = 0.0
        self.held_back = ""
        self.beside: threading.Event | None = None
        self.patience = Patience(self._folder)
        self._followed = self._due = False
        self._refused = self._told = self._curves = ""
        self._seq = self._measured = 0
        self._answering = Answering(config, self.encoding)
        self._maker = Maker(config, store, self.encoding, self._answering, queries)
        self._gate = Gate(config, store, self.encoding.analyzer, self._answering, self._generations, write=write)
        openable = self._maker.openable
        self.trials = Trials(self._answering, self._generations, openable, lambda: (self.name, self.searcher))
        encoder = self.encoding.able()
        self._set(encoder, self._maker.empty(encoder), Calibration(), None)

    @property
    def stats(self) -> IndexStats:
        return self._index.stats()

    @property
    def resting(self) -> tuple[str, ...]:
        """Parts that answers go without now: ``vectors``, ``ranker``; ``gate``: what should be live was refused."""
        return (*self._answering.resting, *(("gate",) if self.held_back else ()))

    @property
    def standing(self) -> Standing:
        """What is served now; what the store has beside it is not asked."""
        stats = self._index.stats()
        size = stats.products, int(stats.details.get("segments", 0)), stats.bytes
        return Standing(self.name, self._made, self._seq, self._seq, *size, refused=self.held_back)

    @property
    def version(self) -> str:
        """Changes whenever the same query may be answered otherwise."""
        behind = ".behind" if self.patience.reason else ""
        return f"{self.name}.{self._seq}.{self._answering.rules}{self._curves}{behind}"

    @property
    def settled(self) -> str:
        """The version, where nothing was written since it was served; needs no turn. Else empty."""
        version = self.version
        return version if not self.patience.reason and self._lag() == 0 and self.version == version else ""

    def follow(self, progress: Progress = silent) -> None:
        """Be at the store's sequence number.

        Raises
        ------
        CorruptIndex
            A reader finds no generation that it can use; a writer makes a new one.
        StoreError, MemoryError
            The disk or the memory did not have it; what was served before still is, and ``patience`` says why.
        """
        try:
            self._follow(progress)
        except (StoreError, MemoryError) as error:
            self.patience.failed(error, self.name)
            raise
        self.patience.succeeded()
        self._followed = True

    def encode_ahead(self, changed: int, pages: Iterable[Sequence[Product]]) -> None:
        """Encode what is about to be written, so that nobody who follows has to; a generation does where it is much."""
        if changed <= REFIT_SHARE * self.stats.products:
            self.encoding.ahead(self._encoder, pages)

    def keep_up(self) -> None:
        """Follow before an answer; where the disk or the memory will not have it, answer from what is there.

        What would keep an answer waiting is left to who waits for ``beside``, if anybody does (:meth:`prepared`).
        """
        self.trials.tidy()
        if self.beside is not None and self.name and self._lag() > INLINE:
            self.patience.reason = self.patience.reason or "changes are being taken in"
            self.beside.set()
            return
        if not self.patience.is_over():
            return
        try:
            self.follow()
        except (StoreError, MemoryError):
            if not self.name:
                raise

    def prepared(self) -> Callable[[], None] | None:
        """One step towards the store with all that takes long done; the rest must run while nobody searches.

        None where nothing is left to do but to wait for the writer.
        """
        self.trials.tidy()
        current: Generation | None = None
        try:
            current = self._generations.current()
            if current is not None and current.name not in (self.name, self._refused):
                return partial(self._serve, current, *self._opened(current))
        except (CorruptIndex, WeightsError, NewerState, GateRefused) as error:
            self._refuse(error, current)
        since, served = self._seq, self.name
        if self._store.seq == since or not self._is_little():
            return None
        changes = list(islice(self._store.changes(since, SLICE), SLICE))
        gone, entries = self._changed(changes)

        def take() -> None:
            if (since, served) == (self._seq, self.name):  # nobody else did
                self._put(gone, entries)
                self._seq = changes[-1].seq

        return take if changes else None

    def _lag(self) -> int:
        """How many changes are not served; more than belong before an answer: a generation, or nobody can tell."""
        try:
            new = self._generations.current_name() not in (self.name, self._refused)
            return INLINE + 1 if new else self._store.seq - self._seq
        except (CorruptIndex, StoreError, OSError):
            return INLINE + 1

    def _follow(self, progress: Progress) -> None:
        current: Generation | None = None
        try:
            current = self._generations.current()
            if current is not None and current.name not in (self.name, self._refused):
                self._adopt(current)
        except (CorruptIndex, WeightsError, NewerState, GateRefused) as error:
            if self._write and isinstance(error, CorruptIndex | WeightsError):
                return self._mend(error, current, progress)
            if not self.name:
                self._raise_if_refused(error)
                raise
            # What this reader holds in memory is whole, and the writer is making another.
            self._refuse(error, current)
        seq = self._store.seq  # read first: what is written from now on is for the next time
        if seq == self._seq and not self._due:
            return None
        opening = not (self._write or self._followed)
        late = opening and self._store.changes_since(self._seq) <= LATE_SHARE * self.stats.products
        if not self._due and (late or self._is_little()):
            self._apply(seq)
        elif self._write:
            self._due = True  # until it is done, or refused: others cannot follow without it
            self._remake(progress)
        elif not self.name:
            raise CorruptIndex("there is no index yet", fix=FIX)
        return None

    def _is_little(self) -> bool:
        """Whether what changed is put into the index that is there.

        That is where it is few products, or where a generation that has them was refused.
        """
        if (barred := self._generations.barred()) is not None:
            self.held_back = self.held_back or barred.refused
            self._measured = max(self._measured, barred.facts["seq"])
        return self._store.seq - max(self._seq, self._measured) <= REFIT_SHARE * self.stats.products

    def _refuse(self, error: WaresError, current: Generation | None) -> None:
        """Go on with the generation that is held; said once."""
        if error.message != self._told:
            log.warning("generation refused", code=error.code, reason=error.message, served=self.name)
            if current is not None and isinstance(error, GateRefused):
                self._bar(current, error)
        self._refused, self._told = current.name if current else "", error.message

    def _mend(self, error: CorruptIndex | WeightsError, current: Generation | None, progress: Progress) -> None:
        """Put a damaged generation aside and make a new one from the store."""
        self._raise_if_refused(error)
        log.warning("index rebuilt", code=error.code, reason=error.message)
        stale = isinstance(error, StaleIndex)
        if isinstance(error, CorruptIndex) and not stale:
            self._generations.quarantine()
        self._remake(progress, current if stale else None)

    def _raise_if_refused(self, error: WaresError) -> None:
        """What is configured was refused before, as it stands: nothing is made that would be refused again."""
        barred = self._generations.barred() if isinstance(error, StaleIndex) and not self.name else None
        if barred is None or not self.encoding.fits(barred.facts["recipe"], self.encoding.able(learned(barred.folder))):
            return
        if self._gate.settled(barred, REFIT_SHARE):
            raise self._gate.refusal(barred)

    def _remake(self, progress: Progress, before: Generation | None = None) -> None:
        """Make a generation; where it is refused, what is served goes on, with all that was written."""
        try:
            self.rebuild(progress, before)
        except GateRefused:
            if not self.name:
                raise

    def rebuild(
        self,
        progress: Progress,
        before: Generation | None = None,
        *,
        model: str | None = None,
        enforce: bool = True,
    ) -> None:
        """Make a generation beside the one that is served, measure it, then switch.

        Parameters
        ----------
        before
            What was served until other encoders or settings were configured.
        model
            The learned model to make it with, empty: none; None: that of what is served.
        enforce
            False: it goes live whatever is measured.

        Raises
        ------
        GateRefused
            It is measurably worse. What was served still is, with all that was written.
        """
        with self._store.gate.writing():
            if self.name:
                self._apply(self._store.seq)  # both are asked about the same products
            at = self._folder / self.name if self.name else before.folder if before else None
            made = self._maker.make(self._transcripts.fingerprint, self._maker.model(model, at), progress)
            served = self._answering.searcher(*self._parts, patient=True) if self.name else None
            found = self._gate.trial(made.index, made.searcher, served, before, enforce=enforce)
            generation = self._generations.build(made.write, {**made.facts, **found})
            opened = self._maker.open(generation)
            reader = self._answering.searcher(*opened, patient=True)
            if opened[1].stats().products != made.index.stats().products:
                raise CorruptIndex(f"{generation.name} has other products than what was written", fix=FIX)
            try:
                if generation.refused:
                    raise self._gate.refusal(generation)
                self._gate.prove(generation, reader, self._answering.resting)
                self._go_live(generation, opened, prove=enforce and bool(self.name))
            except GateRefused as error:
                self._bar(generation, error)
                raise

    def _go_live(self, generation: Generation, parts: Parts, *, prove: bool) -> None:
        """Serve a generation; where that fails, what was served before, as it was."""
        held, rules, excused = dict(vars(self)), self._answering.rules, self._answering.resting
        try:
            self._serve(generation, parts, *self._gate.ranker_of(generation, parts))
            if prove:
                self._gate.prove(generation, self.searcher, excused)
            self._generations.activate(generation.name)
            self.encoding.failure = ""  # it was made with encoders that work
            self.encoding.models.publish(generation.facts["model"])
        except BaseException:
            vars(self).update(held)
            self._answering.rules = rules
            raise

    def _bar(self, generation: Generation, error: GateRefused) -> None:
        self.held_back, self._measured, self._due = error.message, generation.facts["seq"], False
        self._gate.bar(generation, generation.refused or error.message)

    def suggest(self, prefix: str, language: str, limit: int, within: tuple[Filter, ...]) -> tuple[Suggestion, ...]:
        """Suggestions of the generation, but for products that are gone since and what is not in a part."""
        if self._suggester is None:
            return ()
        part = self.searcher.part(within)
        return part.suggested(self._suggester, prefix, language, limit, lambda id: self._store.get(id) is not None)

    def forget(self, texts: Iterable[str], progress: Progress = silent) -> int:
        """Serve nothing that was learned from some queries, and keep no generation that was; how many went."""
        wanted = list(texts)
        holding = [each for each in self._generations.folders() if wanted and suggests(each / "knowledge", wanted)]
        if any(each.name == self.name for each in holding):
            self.rebuild(progress, enforce=False)  # whatever it costs: what was learned must go
        for each in holding:
            self._generations.discard(each)
        self.trials.tidy()
        return len(holding)

    def recalibrate(self, error_rate: float) -> None:
        """Fit the calibration anew and search with it."""
        self._curves = self._maker.calibrated(self.searcher, error_rate).fingerprint

    def rollback(self) -> str:
        """Serve the generation before this one; what was written since then is applied to it."""
        generation = self._generations.roll_back()
        self._adopt(generation)
        self.encoding.models.publish(generation.facts.get("model", ""))
        return generation.name

    def close(self) -> None:
        """Let go of files and threads."""
        self._answering.close()
        self._cache.close()
        self._transcripts.close()

    def _apply(self, seq: int) -> None:
        """Put what changed up to a sequence number into the index that is there."""
        for chunk in chunked(self._store.changes(self._seq)):
            self._put(*self._changed(chunk))
        self._seq = seq

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
        self._serve(generation, *self._opened(generation))

    def _opened(self, generation: Generation) -> tuple[Parts, str, str]:
        """What a generation is made of, proven before it replaces another; its ranker, and why it is not another."""
        parts = self._maker.openable(generation)
        if self.name:
            searcher = self._answering.searcher(*parts, aside=self._answering.ranker)
            self._gate.prove(generation, searcher, self._answering.resting)
        return parts, *self._gate.ranker_of(generation, parts)

    def _serve(self, generation: Generation, parts: Parts, ranker: str, held_back: str = "") -> None:
        self._answering.lead(ranker)
        self._set(*parts)
        self.name, self.held_back = generation.name, held_back
        self._made, self._seq, self._due = generation.folder.stat().st_mtime, generation.facts["seq"], False

    def _set(
        self, encoder: CatalogueEncoder, index: ProductIndex, calibration: Calibration, knowledge: Knowledge | None
    ) -> None:
        self._parts = encoder, index, calibration, knowledge
        self._encoder, self._index, self._curves = encoder, index, ""  # the curves are the generation's own
        self._suggester = knowledge.suggester if knowledge else None
        self.searcher = self._answering.searcher(encoder, index, calibration, knowledge)
