"""What stands in for the encoders of a shop whose weights are missing or damaged: products are found by words alone."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from wares.encode.products import CatalogueEncoder, Vectors
from wares.errors import WeightsError
from wares.types import Product, Progress, silent


class WordsOnlyEncoder(CatalogueEncoder):
    """No vectors for products, and for a query the reason why there are none.

    Parameters
    ----------
    reason
        What is wrong with the weights.
    """

    def __init__(self, reason: WeightsError) -> None:
        self._reason = reason

    @property
    def spaces(self) -> dict[str, int]:
        return {}

    @property
    def fingerprint(self) -> str:
        return "words-only"

    def fit(self, products: Iterable[Product], progress: Progress = silent) -> Self:  # noqa: ARG002
        """Nothing to fit."""
        return self

    def encode(self, products: Sequence[Product]) -> list[Vectors]:
        """Nothing for each product."""
        return [{} for _ in products]

    def query(
        self,
        text: str = "",  # noqa: ARG002
        photo: bytes | None = None,  # noqa: ARG002
        clip: Path | None = None,  # noqa: ARG002
        language: str = "",  # noqa: ARG002
    ) -> Vectors:
        """Raise what is wrong."""
        raise self._reason

    def colours(self, products: Sequence[Product]) -> list[tuple[str, ...]]:
        """Nothing for each product."""
        return [() for _ in products]

    def save(self, folder: Path) -> None:
        """Nothing to keep."""

    def load(self, folder: Path) -> Self:  # noqa: ARG002
        """Nothing was kept."""
        return self
