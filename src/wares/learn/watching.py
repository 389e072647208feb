"""What towers are worth while they learn, by themselves, on products that they do not learn from. No torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from wares.encode.learned import LearnedSpace, LookupEncoder
from wares.learn.catalogue import Catalogue
from wares.learn.data import Data
from wares.learn.trial import trial
from wares.protocols import Encoded
from wares.types import FloatArray

MOST = 1000  # products that are looked for: a look is not to cost more than some steps


class Readable(Protocol):
    """What can be read as a space at any time."""

    def arrays(self) -> dict[str, Any]: ...

    def card(self) -> dict[str, Any]: ...


class Watched:
    """Looks at towers as they are: nDCG@10 by figure, of some of the products that settings are chosen on.

    Parameters
    ----------
    products
        What is looked for; of more than :data:`MOST` always the same ones.
    """

    def __init__(self, data: Data, products: Catalogue) -> None:
        rows = np.sort(np.random.default_rng(0).permutation(len(products))[:MOST])
        self._products = products[rows]
        self._data = data
        self._encoded: dict[tuple[str, ...], Encoded] = {}

    def __call__(self, towers: Readable) -> dict[str, float]:
        """Figure → its mean; none where there is nothing to look for."""
        card = towers.card()
        space = LearnedSpace(tuple(card["modalities"]), int(card["dim"]), towers.arrays(), card, "")
        return trial(Alone(space), self._products, self._encode, self._data.terms).means

    def _encode(self, texts: Sequence[str]) -> Encoded:
        key = tuple(texts)
        if key not in self._encoded:
            self._encoded[key] = self._data.encode(texts)
        return self._encoded[key]


@dataclass(frozen=True, slots=True, eq=False)
class Alone:
    """A learned space without day 0 beside it."""

    space: LearnedSpace

    @property
    def modalities(self) -> tuple[str, ...]:
        return self.space.modalities

    @property
    def own(self) -> dict[str, LookupEncoder]:
        return self.space.own

    def fuse(self, parts: Mapping[str, Encoded]) -> tuple[FloatArray, FloatArray]:
        return self.space.project(parts)
