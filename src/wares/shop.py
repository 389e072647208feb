"""The story on one page: a feed comes in, products are found and ordered, and what shoppers do is kept.

The store is the truth; everything else follows it. Writing is: lock, ingest into the store (one transaction = the
acknowledgement), follow. Searching is: follow, search. :mod:`wares.live` holds what is derived.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self
from uuid import uuid4

from wares.audit import AuditLog
from wares.catalog.duplicates import find
from wares.catalog.events import DeadLetter, EventLog
from wares.catalog.feeds import Feed, FeedRow, Rows, open_feed
from wares.catalog.ingest import Limits, ingest, remove
from wares.catalog.lock import WriterLock
from wares.catalog.media import MediaStore
from wares.catalog.native import document
from wares.catalog.patching import merged
from wares.catalog.problems import Problem, Problems
from wares.catalog.quality import QualityReport, assess
from wares.catalog.reading import product as read_product
from wares.catalog.recent import RecentProducts
from wares.catalog.report import IngestReport
from wares.catalog.store import CatalogStore
from wares.catalog.unfound import UnfoundQueries
from wares.config import Config, SearchSettings
from wares.erasure import Erasure, erase
from wares.errors import Busy, NotFound, StoreLocked, WaresError, disk_errors
from wares.live import Live
from wares.logs import Logger
from wares.mapping import read_mapping
from wares.protocols import IndexStats
from wares.search.judge import Judged
from wares.stages import note, stage
from wares.types import Event, Explanation, Filter, Hits, Product, Progress, Query, Standing, Suggestion, silent

LOOK = 1.0  # seconds between two looks at what others wrote, where nobody asks
MAX_REFUSED = 10_000  # events that came over HTTP and are none, kept to be looked at
log = Logger(__name__)


class Shop:
    """A catalogue that can be searched. Open it with :meth:`open`, close it with :meth:`close`.

    Any number of processes may read one data folder; one may write it.
    """

    def __init__(self, config: Config, *, write: bool) -> None:
        folder = config.shop.folder
        self.config = config
        self._turn = threading.RLock()
        with ExitStack() as opened:
            with disk_errors():
                folder.mkdir(parents=True, exist_ok=True)
                self._lock = WriterLock(folder) if write else None
            if self._lock is not None:
                opened.callback(self._lock.release)
            self._store = CatalogStore(config.store_url())
            opened.callback(self._store.close)
            self.media = MediaStore(folder / "media", **config.media.model_dump())
            opened.callback(self.media.close)
            self._recent = RecentProducts(self._store)
            self.unfound = UnfoundQueries(folder)
            opened.callback(self.unfound.close)
            self._audit = AuditLog(folder)
            self._events = EventLog(self._store)
            self._live = Live(config, self._store, self.media, self._events.queries, write=write)
            opened.callback(self._live.close)
            self._live.follow()
            self._standing = self._live.standing
            self._opened = opened.pop_all()

    @classmethod
    def open(cls, config: Config | None = None, *, write: bool = False) -> Self:
        """Open the shop in ``config.shop.folder``.

        Raises
        ------
        StoreLocked
            ``write`` and another process has the folder open for writing.
        NewerState
            A newer wares wrote the folder; nothing in it is touched.
        """
        return cls(config or Config.load(), write=write)

    def ingest(
        self,
        feed: Feed | Path | str,
        *,
        mode: Literal["replace", "upsert"] = "replace",
        force: bool = False,
        progress: Progress = silent,
    ) -> IngestReport:
        """Take a feed in; what it reports as accepted is durable and in the next search.

        Parameters
        ----------
        feed
            What :func:`read_feed` opened, or a path.
        mode
            ``replace``: the feed is the whole truth, what it lacks goes; ``upsert``: other products stay.
        force
            Take it even if most of it is bad or most products vanished.

        Raises
        ------
        FeedError
            The feed cannot be read at all. A bad row is no error: it is in the report.
        StoreError
            The disk is full or failed. Nothing was acknowledged, though all of it may be kept; searching goes on.
        Busy
            The memory ran out.
        """
        settings = self.config.ingest
        opened = read_feed(self.config, Path(feed)) if isinstance(feed, str | Path) else feed
        with self._writing():
            report = ingest(
                opened,
                self._store,
                self.media.take,
                mode=mode,
                limits=Limits(1.0, 1.0) if force else Limits(settings.max_bad_share, settings.max_shrink_share),
                threads=settings.threads,
                ahead=self._live.encode_ahead,
                progress=progress,
            )
            self._live.follow(progress)
            if force:
                facts = {"mode": mode, "accepted": report.accepted, "bad_rows": report.bad_rows}
                self._audit.write("ingest.forced", str(getattr(opened, "name", "")), **facts)
        return report

    def patch(self, product_id: str, changes: Mapping[str, Any]) -> IngestReport:
        """Change what is named of one product (JSON Merge Patch, variants by their ids) and leave the rest.

        Raises
        ------
        NotFound
            There is no such product.
        """
        with self._writing():
            problems = Problems(1)
            fields = merged(document(self.product(product_id)), changes, problems)
            product = read_product(fields, problems) if not problems.errors else None
            row = FeedRow(1, product, problems.all())
            settings = self.config.shop
            return self.ingest(Rows((row,), "patch", settings.currency, settings.language), mode="upsert")

    def delete(self, ids: Iterable[str]) -> IngestReport:
        """Take products out; one that is not there is a warning."""
        with self._writing():
            report = remove(ids, self._store)
            self._live.follow()
        return report

    def search(self, query: Query) -> Hits:
        """The page of products that answers the query, with totals and facets of the whole result set."""
        with self._asking():
            hits = self._named(self._live.searcher.search(query))
        note("total", hits.total)
        return hits

    def search_with(self, query: Query, settings: SearchSettings, generation: str = "") -> Hits:
        """The page that other settings, or another generation that is kept, would give; what is served stays."""
        variant = self._live.trials.variant(settings, generation)
        with self._asking():
            hits = self._named(variant().search(query))
        return replace(hits, generation=generation or hits.generation)

    @property
    def kept(self) -> tuple[str, ...]:
        """The generations that can be searched, the newest first."""
        return self._live.trials.names

    def similar(self, product_id: str, k: int = 12, *, within: tuple[Filter, ...] = ()) -> Hits:
        """The k products most like one, without itself; ``within`` as in a query."""
        with self._asking():
            return self._named(self._live.searcher.similar(product_id, k, within))

    def suggest(
        self, prefix: str, language: str = "", limit: int = 8, *, within: tuple[Filter, ...] = ()
    ) -> tuple[Suggestion, ...]:
        """What a shopper who has begun to type may mean: categories, queries and products, the likeliest first."""
        with self._asking():
            return self._live.suggest(prefix, language, limit, within)

    def passes(self, product_id: str, within: tuple[Filter, ...]) -> bool:
        """Whether a product is in a part of the catalogue; the same work where it is elsewhere and where it is not."""
        with self._asking():
            return product_id in self._live.searcher.part(within)

    def explain(self, query: Query, product_id: str) -> Explanation:
        """Why a product stands where it stands under a query, in the result set or not, and what would move it."""
        with self._asking():
            return self._live.searcher.explain(query, product_id)

    def product(self, product_id: str) -> Product:
        """The product as the merchant described it; NotFound if there is none."""
        for product in self._recent.many([product_id]):
            return product
        raise NotFound(f"there is no product {product_id[:200]!r}", fix="take an id that a search returned")

    def products(self, ids: Sequence[str]) -> list[Product]:
        """The products that are there, in the order of the ids."""
        return self._recent.many(ids)

    def feedback(self, events: Iterable[Event] | Path, refused: Sequence[DeadLetter] = ()) -> int:
        """Keep what shoppers saw and did; how many events were new.

        An event that is known already is not kept twice; a line of a UBI file that is none becomes a dead letter, and
        so do those that were ``refused`` on their way here.
        """
        if isinstance(events, Path):
            return self._events.ingest(events).accepted
        self._events.bury("http", refused, MAX_REFUSED)
        return self._events.append(events)

    def shopper(self, id: str) -> tuple[list[Event], list[Problem]]:
        """What is known of a shopper: their events, and what could not be an event and names them."""
        return self._events.of(id)

    def erase(self, id: str, progress: Progress = silent) -> Erasure:
        """Take a shopper out of the store, of what was learned, and of every byte of the files; the proof of it.

        Later events of theirs are refused, whoever brings them.
        """
        with self._writing():
            return erase(id, self._events, self._live.forget, self.config.shop.folder, self._audit, progress=progress)

    def quality(self) -> QualityReport:
        """What is missing or wrong in the catalogue, and what it costs."""
        duplicates = find(self._store.products(), self.media.path)
        return assess(self._store.products(), duplicates=duplicates)

    def rebuild(self, progress: Progress = silent, *, model: str | None = None) -> None:
        """Fit the fusion, the index and the calibration anew from the store, and switch to them when they are ready;
        ``model`` names what was learned and shall be served (empty: nothing), None: what is served now."""
        with self._writing():
            self._live.rebuild(progress, model=model)
            self._audit.write("rebuild", self._live.name, **({} if model is None else {"model": model}))

    def recalibrate(self, error_rate: float) -> None:
        """Fit P(relevant) and the cut-off anew for another error rate, until the next start.

        The lasting way is ``search.error_rate`` and a rebuild.
        """
        with self._turn:
            self._live.recalibrate(error_rate)

    def rollback(self) -> str:
        """Go back to the generation before this one; its name."""
        with self._writing():
            name = self._live.rollback()
            self._audit.write("rollback", name)
            return name

    @property
    def generation(self) -> str:
        """Name of the generation that is served."""
        return self._live.name

    @property
    def version(self) -> str:
        """Changes whenever the same query may be answered otherwise; waits for a turn only after a write."""
        if settled := self._live.settled:
            return settled
        with self._asking():
            return self._live.version

    @property
    def writable(self) -> bool:
        """Whether it was opened for writing."""
        return self._lock is not None

    @property
    def stats(self) -> IndexStats:
        """How much is indexed, and in which generation."""
        with self._asking():
            return self._live.stats

    @property
    def standing(self) -> Standing:
        """Where what is served stands beside the store; does not wait for a write that is under way."""
        if self._turn.acquire(blocking=False):
            try:
                self._live.keep_up()
                self._standing = self._live.standing
            finally:
                self._turn.release()
        behind, unwritable = self._live.patience.reason, self._store.gate.failure
        if not unwritable and not os.access(self.config.shop.folder, os.W_OK):
            unwritable = f"{self.config.shop.folder} cannot be written"
        return replace(self._standing, written=self._store.seq, behind=behind, unwritable=unwritable)

    @property
    def degraded(self) -> tuple[str, ...]:
        """What does not work now: ``write`` (the disk failed or is read-only), ``index`` (older than the store),
        ``vectors`` (no encoder: words alone), ``ranker`` (products keep the order of retrieval)."""
        writable = os.access(self.config.shop.folder, os.W_OK) and not self._store.gate.failure
        behind = ("index",) if self._live.patience.reason else ()
        return (*(() if writable else ("write",)), *behind, *self._live.resting)

    def follow_beside(self) -> None:
        """Take in many changes, and new generations, in a thread beside the answers; it ends with the shop.

        Until it is done answers say that the index is behind. For whoever serves.
        """
        told, ended = threading.Event(), threading.Event()

        def catch_up() -> None:
            while not ended.is_set():
                told.wait(LOOK)
                told.clear()
                try:
                    while not ended.is_set() and (step := self._live.prepared()) is not None:
                        with self._turn:
                            step()
                except (WaresError, MemoryError) as error:
                    log.error("index is behind", code=getattr(error, "code", "busy"), reason=str(error))
                    ended.wait(LOOK)

        thread = threading.Thread(target=catch_up, name="follower", daemon=True)

        def end() -> None:
            ended.set()
            told.set()
            thread.join()

        self._live.beside = told
        thread.start()
        self._opened.callback(end)

    def close(self) -> None:
        """Let go of files and the lock."""
        self._opened.close()

    def _named(self, hits: Hits) -> Hits:
        """Which answer this is, from what, and what it does without."""
        live = self._live
        degraded = (*hits.degraded, "index") if live.patience.reason else hits.degraded
        for part in degraded:
            note("degraded", part)
        return replace(hits, generation=live.name, version=live.version, query_id=uuid4().hex, degraded=degraded)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """One question at a time, of what was written last."""
        with stage("wait"):
            self._turn.acquire()
        try:
            with stage("follow"):
                self._live.keep_up()
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time; what fails within was not acknowledged."""
        if self._lock is None:
            raise StoreLocked("this shop was opened for reading", fix="open it with Shop.open(config, write=True)")
        try:
            with self._turn, self._store.gate.writing():
                yield
        except MemoryError as error:
            raise Busy("memory ran out during a write", fix="give the process more, or smaller feeds") from error


def judged(shop: Shop, query: Query) -> tuple[Judged, tuple[str, ...]]:
    """What is thought of every product under a query, and their ids: what weights are tuned on."""
    searcher = shop._live.searcher
    found = searcher.judge(query, whole=True)
    return found, searcher.ids(found)


def read_feed(config: Config, path: Path, mapping: str = "") -> Feed:
    """Open a feed.

    Parameters
    ----------
    path
        A feed file, an archive with one, or the folder that a mapping's paths start from.
    mapping
        A name under ``[feeds]`` in wares.toml, or a mapping file; empty: the format is recognised, and where that
        does not say what the columns mean, they are guessed (``feed.reasons``).
    """
    if not mapping:
        chosen = None
    elif mapping in config.feeds:
        chosen = config.feeds[mapping]
    else:
        chosen = read_mapping(Path(mapping))
    settings: dict[str, Any] = {} if chosen is None else {"mapping": chosen}
    return open_feed(path, currency=config.shop.currency, language=config.shop.language, **settings)
