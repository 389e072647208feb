"""The ranker, guarded: where it fails, is slow or gives what does not add up, products keep the order of retrieval."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from wares.logs import Logger
from wares.protocols import Ranker
from wares.search.breaker import Breaker, Lane, Resting
from wares.search.priors import NAMES
from wares.types import ScoreArray

log = Logger(__name__)
DEADLINE = 0.2  # seconds; a ranker that takes longer is left alone after a few times
FIRST = 1.0  # of the first call, which may have to load a model


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """``shares`` (n, c) sum to the scores; ``names`` are those of the columns; ``failed``: the ranker did not do it."""

    shares: ScoreArray
    names: tuple[str, ...]
    failed: bool = False


class GuardedRanker:
    """A ranker that always answers.

    Parameters
    ----------
    ranker
        None: it could not be made.
    way
        A breaker, for a ranker that is known to come to an end; or a lane, where one that never does holds a thread of
        its own and no search.
    """

    def __init__(self, ranker: Ranker | None, way: Breaker | Lane | None = None, *, deadline: float = DEADLINE) -> None:
        self._ranker = ranker
        self._deadline = deadline
        self._lane = way if isinstance(way, Lane) else None
        self.breaker = way.breaker if isinstance(way, Lane) else way or Breaker()

    def ranked(self, features: ScoreArray, names: Sequence[str]) -> Ranked:
        """What each feature, or part of the ranker, contributes; (n, f) in, NaN = unknown."""
        if self._ranker is not None:
            try:
                return self._asked(partial(_shares, self._ranker, features, names))
            except Resting:
                pass
            except MemoryError:
                raise
            except Exception as error:
                if self.breaker.stats.failures == 1:
                    log.error("ranker failed", error=f"{type(error).__name__}: {error}")
        return as_retrieved(features, names)

    def _asked(self, task: Callable[[], Ranked]) -> Ranked:
        if self._lane is not None:
            found = self._lane.call(task)
            self.breaker.succeeded()
            return found
        self.breaker.enter()
        started = time.monotonic()
        try:
            found = task()
        except Exception:
            self.breaker.failed()
            raise
        if time.monotonic() - started > self._deadline:
            self.breaker.failed(late=True)
        else:
            self.breaker.succeeded()
        return found


def _shares(ranker: Ranker, features: ScoreArray, names: Sequence[str]) -> Ranked:
    """What a ranker says, if it adds up."""
    shares = np.asarray(ranker.contributions(features, names))
    own = ranker.contribution_names
    if shares.shape != (len(features), len(own)):
        raise ValueError(f"contributions {shares.shape}, not {(len(features), len(own))}")
    if not np.isfinite(shares).all():
        raise ValueError("contributions are NaN or Inf")
    return Ranked(shares, own)


def as_retrieved(features: ScoreArray, names: Sequence[str]) -> Ranked:
    """The routes as they come, without what speaks for a product whatever was asked."""
    kept = [place for place, name in enumerate(names) if name not in NAMES]
    shares = np.nan_to_num(features[:, kept], nan=0.0, posinf=0.0, neginf=0.0)
    return Ranked(shares, tuple(names[place] for place in kept), failed=True)
