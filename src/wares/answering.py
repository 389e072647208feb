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
from wares.search.breaker import Breaker
from wares.search.calibrate import Calibration
from wares.search.guard import GuardedVectors, Lanes
from wares.search.hybrid import Hybrid
from wares.search.judge import EncodeQuery
from wares.search.knowledge import Knowledge
from wares.search.ranking import GuardedRanker
from wares.search.searcher import Searcher
from wares.search.synonymfile import NAME as SYNONYMS
from wares.search.synonymfile import read as synonyms

VECTORS = 16_000_000  # bytes of vectors of queries that are kept
MOST_TRIED = 4  # rankers that are not served are kept
TRIES, REST = 3, 5.0  # failures in a row, and seconds that a part is then left alone

log = Logger(__name__)


class Answering:
    """Makes searchers; what it learned of parts that fail outlives each of them.

    Attributes
    ----------
    rules
        Changes with the shop's synonyms.
    """

    def __init__(self, config: Config, encoding: Encoding) -> None:
        self._config = config
        self._encoding = encoding
        settings = config.search
        self._lanes = Lanes.made(
            words=settings.words_patience, photo=settings.photo_patience, failures=TRIES, pause=REST
        )
        self._ranking = Breaker(TRIES, REST)
        self._tried: dict[str, GuardedRanker] = {}
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
        aside: bool = False,
    ) -> Searcher:
        """What answers queries; a ``patient`` one waits for its encoder however long it takes, and fails with it.

        One that is made ``aside`` is not served: ``rules`` stay those of the one that is.
        """
        shop = self._config.shop
        read = None
        if knowledge is not None:
            rules = synonyms(shop.folder / SYNONYMS)
            if not aside:
                self.rules = fingerprint(repr(rules).encode())[:8]
            read = knowledge.understander(
                self._encoding.analyzer,
                index,
                rules,
                currency=shop.currency,
                digits=exponent(shop.currency),
                language=shop.language,
            )
        settings = self._config.search
        ranker = self._ranker(settings.ranker)
        if ranker is None:
            self._ranking.failed()
        encode: EncodeQuery = partial(self._encoding.vectors, encoder)
        if not patient:
            encode = GuardedVectors(encode, encoder.spaces, self._lanes, BoundedCache("query_vectors", VECTORS))
        return Searcher(
            index,
            self._encoding.analyzer,
            encode,
            GuardedRanker(ranker, self._ranking),
            calibration,
            hybrid=hybrid_of(settings),
            read=read,
            nearest=settings.nearest,
        )

    def varied(self, searcher: Searcher, settings: SearchSettings) -> Searcher:
        """One that shares index, encoder, knowledge and calibration with another, under other settings.

        A ranker that fails there is not left alone where the shop is served.
        """
        name = settings.ranker
        if name not in self._tried:
            while len(self._tried) >= MOST_TRIED:
                self._tried.pop(next(iter(self._tried)))
            self._tried[name] = GuardedRanker(self._ranker(name), Breaker(TRIES, REST))
        return searcher.varied(hybrid_of(settings), self._tried[name], settings.nearest)

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


def hybrid_of(settings: SearchSettings) -> Hybrid:
    """How routes are joined under some settings."""
    return Hybrid(settings.weights.model_dump(), settings.match_share, join=settings.join)
