"""The shop under other settings, or as another generation that is kept: for comparing, beside what is served."""

from collections.abc import Callable

from wares.answering import Answering
from wares.config import SearchSettings
from wares.encode.products import CatalogueEncoder
from wares.errors import NotFound
from wares.index.generations import Generation, Generations
from wares.protocols import ProductIndex
from wares.search.calibrate import Calibration
from wares.search.knowledge import Knowledge
from wares.search.searcher import Searcher

Parts = tuple[CatalogueEncoder, ProductIndex, Calibration, Knowledge]
"""What a generation is made of."""


class Trials:
    """Makes searchers that are never served.

    Settings cost next to nothing: index, encoder, knowledge and calibration are those of the searcher that is there.
    Of other generations one is open at a time, as long as it is on the disk; it stays as it was written.

    Parameters
    ----------
    openable
        What a generation was made of; CorruptIndex where it does not fit what is configured.
    served
        The name of the generation that is served, and its searcher.
    """

    def __init__(
        self,
        answering: Answering,
        generations: Generations,
        openable: Callable[[Generation], Parts],
        served: Callable[[], tuple[str, Searcher]],
    ) -> None:
        self._answering = answering
        self._generations = generations
        self._openable = openable
        self._served = served
        self._opened: tuple[str, Searcher] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The generations that are kept, the newest first."""
        return tuple(reversed(self._generations.names()))

    def variant(self, settings: SearchSettings, generation: str = "") -> Callable[[], Searcher]:
        """Open what is needed, which may take long; then the searcher is to be had while nobody else searches.

        Raises
        ------
        NotFound
            The generation is not kept.
        StaleIndex
            It was made with other encoders or settings.
        """
        other = None if generation in ("", self._served()[0]) else self._other(generation)
        return lambda: self._answering.varied(other or self._served()[1], settings)

    def tidy(self) -> None:
        """Let go of a generation that is served by now, or kept no more."""
        opened = self._opened
        if opened is not None and (opened[0] == self._served()[0] or not self._generations.has(opened[0])):
            self._opened = None

    def _other(self, name: str) -> Searcher:
        opened = self._opened
        if opened is not None and opened[0] == name and self._generations.has(name):
            return opened[1]
        if not self._generations.has(name):
            raise NotFound(f"generation {name[:40]!r} is not kept", fix=f"there are {', '.join(self.names) or 'none'}")
        searcher = self._answering.searcher(
            *self._openable(self._generations.named(name)), aside=self._answering.ranker
        )
        self._opened = name, searcher
        return searcher
