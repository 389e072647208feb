"""What of a configuration a search is made of: weights, synonyms, the ranker, and what guards it and the encoders."""

from functools import partial
from typing import cast

from wares.caches import BoundedCache
from wares.catalog.staging import fingerprint
from wares.catalog.values import exponent
from wares.config import Config, SearchSettings
from wares.encode.products import CatalogueEncoder
from wares.encoding import Encoding
from wares.logs import Logger
from wares.protocols import ProductIndex, Ranker
from wares.registry import equip, factory
from wares.search.breaker import Breaker, Lane
from wares.search.calibrate import Calibration
from wares.search.guard import GuardedVectors, Lanes
from wares.search.hybrid import Hybrid
from wares.search.judge import EncodeQuery
from wares.search.knowledge import Knowledge
from wares.search.ranking import DEADLINE, FIRST, GuardedRanker
from wares.search.searcher import Searcher
from wares.search.synonymfile import NAME as SYNONYMS
from wares.search.synonymfile import Rule
from wares.search.synonymfile import read as synonyms

VECTORS = 16_000_000  # bytes of vectors of queries that are kept
MOST_TRIED = 4  # rankers that are not served are kept
TRIES, REST = 3, 5.0  # failures in a row, and seconds that a part is then left alone

log = Logger(__name__)


class Answering:
    """Makes searchers; what it learned of parts that fail outlives each of them.

    Attributes
    ----------
    ranker
        Name of the one that orders what is served.
    rules
        Changes with the shop's synonyms and with the ranker.
    """

    def __init__(self, config: Config, encoding: Encoding) -> None:
        self._config = config
        self._encoding = encoding
        settings = config.search
        self._lanes = Lanes.made(
            words=settings.words_patience, photo=settings.photo_patience, failures=TRIES, pause=REST
        )
        self._tried: dict[str, tuple[GuardedRanker, Lane]] = {}
        self._lead(settings.ranker)
        self.rules = ""

    @property
    def resting(self) -> tuple[str, ...]:
        """Parts that answers go without now: ``vectors``, ``ranker``."""
        lanes = self._lanes.words.breaker, self._lanes.photo.breaker
        unable = self._encoding.failure or not all(each.sound for each in lanes)
        return (*(("vectors",) if unable else ()), *(() if self._ranking.sound else ("ranker",)))

    def searcher(
        self,
        encoder: CatalogueEncoder,
        index: ProductIndex,
        calibration: Calibration,
        knowledge: Knowledge | None,
        *,
        patient: bool = False,
        aside: str = "",
    ) -> Searcher:
        """What answers queries; a ``patient`` one waits for its encoder however long it takes, and fails with it.

        One that is made ``aside``, with the ranker of that name, is not served; ``rules`` are of the one that is.
        """
        shop = self._config.shop
        read = None
        if knowledge is not None:
            rules = synonyms(shop.folder / SYNONYMS)
            if not aside:
                self.rules = _rules(rules, self.ranker)
            read = knowledge.understander(
                self._encoding.analyzer,
                index,
                rules,
                currency=shop.currency,
                digits=exponent(shop.currency),
                language=shop.language,
            )
        settings = self._config.search
        encode: EncodeQuery = partial(self._encoding.vectors, encoder)
        if not patient:
            encode = GuardedVectors(encode, encoder.spaces, self._lanes, BoundedCache("query_vectors", VECTORS))
        return Searcher(
            index,
            self._encoding.analyzer,
            encode,
            self._trying(aside) if aside else self._leading(),
            calibration,
            hybrid=hybrid_of(settings),
            read=read,
            nearest=settings.nearest,
        )

    def varied(self, searcher: Searcher, settings: SearchSettings) -> Searcher:
        """One that shares index, encoder, knowledge and calibration with another, under other settings.

        A ranker that fails there is not left alone where the shop is served.
        """
        return searcher.varied(hybrid_of(settings), self._trying(settings.ranker), settings.nearest)

    def ranked_by(self, searcher: Searcher, ranker: str) -> Searcher:
        """One that shares all with another but the ranker; as :meth:`varied`."""
        return self.varied(searcher, self._config.search.model_copy(update={"ranker": ranker}))

    def rules_of(self, ranker: str) -> str:
        """What ``rules`` are where this ranker is served."""
        return _rules(synonyms(self._config.shop.folder / SYNONYMS), ranker)

    def lead(self, ranker: str) -> None:
        """Let another ranker order what is served from the next searcher on."""
        if ranker != self.ranker:
            self._lane.close()
            self._lead(ranker)

    def _lead(self, ranker: str) -> None:
        self.ranker = ranker
        self._ranking = Breaker(TRIES, REST)
        self._lane = _lane(self._ranking)

    def _leading(self) -> GuardedRanker:
        ranker = self._ranker(self.ranker)
        if ranker is None:
            self._ranking.failed()
        return _guarded(self.ranker, ranker, self._lane)

    def _trying(self, name: str) -> GuardedRanker:
        """A ranker that is not served; what it does there is not held against it where it is."""
        if name not in self._tried:
            while len(self._tried) >= MOST_TRIED:
                self._tried.pop(next(iter(self._tried)))[1].close()
            lane = _lane(Breaker(TRIES, REST))
            self._tried[name] = _guarded(name, self._ranker(name), lane), lane
        return self._tried[name][0]

    def _ranker(self, name: str) -> Ranker | None:
        """What orders the candidates; None where it cannot be made, and products keep the order of retrieval."""
        factory("ranker", name)  # a name that nobody registered is a mistake, not a fault
        try:
            return cast(Ranker, equip("ranker", name))
        except Exception as error:
            log.error("ranker failed", ranker=name, error=f"{type(error).__name__}: {error}")
            return None

    def close(self) -> None:
        """Let go of threads."""
        self._lanes.close()
        for lane in (self._lane, *(lane for _, lane in self._tried.values())):
            lane.close()


def _lane(breaker: Breaker) -> Lane:
    return Lane("ranker", breaker, deadline=DEADLINE, first=FIRST)


def _guarded(name: str, ranker: Ranker | None, lane: Lane) -> GuardedRanker:
    """Our own rankers come to an end, so they are spared the way to another thread and back."""
    ours = factory("ranker", name).__module__.startswith("wares.")
    return GuardedRanker(ranker, lane.breaker if ours else lane)


def _rules(rules: list[Rule], ranker: str) -> str:
    return fingerprint(repr((rules, ranker)).encode())[:8]


def hybrid_of(settings: SearchSettings) -> Hybrid:
    """How routes are joined under some settings."""
    return Hybrid(settings.weights.model_dump(), settings.match_share, join=settings.join)
