"""A new attribute or category from a few examples: what the shop's own vectors say of every other product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wares.encode.joint import JointFusion
from wares.errors import TrainingError
from wares.learn.catalogue import Catalogue
from wares.learn.data import Data
from wares.learn.fewshot import FewShot
from wares.learn.trial import parts_for
from wares.protocols import Fusion
from wares.types import FloatArray

REST = ""  # the value of what is none of those that were named


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """What is thought of the products that were no examples.

    Attributes
    ----------
    ids, values
        (n,) products, and the likeliest value of each; empty: none of those that were named.
    probabilities : (n,)
        How likely that is.
    """

    ids: tuple[str, ...]
    values: tuple[str, ...]
    probabilities: FloatArray

    def sure(self, least: float) -> dict[str, tuple[str, float]]:
        """Product → value and probability, of those that have one and are at least so likely; the surest first."""
        found = {
            id: (value, float(p))
            for id, value, p in zip(self.ids, self.values, self.probabilities, strict=True)
            if value != REST and p >= least
        }
        return dict(sorted(found.items(), key=lambda each: -each[1][1]))


def labelled(
    catalogue: Catalogue, vectors: FloatArray, examples: Mapping[str, Sequence[str]], but: Sequence[str] = ()
) -> Labelled:
    """Tell the values of an attribute from a few products of each.

    Parameters
    ----------
    vectors : (n, d)
        Of the catalogue's products.
    examples
        Value → ids of products that have it.
    but
        Ids of products that have none of them; without, and with one value alone, other products stand in for them.

    Raises
    ------
    TrainingError
        A product is not there, or an example of two values.
    """
    place = {id: row for row, id in enumerate(catalogue.ids)}
    given: dict[int, str] = {}
    for value, ids in (*examples.items(), (REST, but)):
        for id in ids:
            if id not in place:
                raise TrainingError(f"there is no product {id[:60]!r}", fix="take ids that a search shows")
            if given.setdefault(place[id], value) != value:
                raise TrainingError(f"product {id} is an example of two values", fix="name it once")
    if not any(value for value in given.values()):
        raise TrainingError(
            "there are no examples", fix="--example VALUE=ID,ID with one to five products of each value"
        )
    if len(set(given.values())) < 2:
        given |= _strangers(vectors, list(given))
    learner = FewShot.of(vectors)
    rows = list(given)
    learner.add(vectors[rows], [given[row] for row in rows])
    head = learner.head()
    others = np.array([row for row in range(len(catalogue)) if row not in given], np.int64)
    probabilities = head.probabilities(vectors[others])
    best = probabilities.argmax(1)
    return Labelled(
        tuple(catalogue.ids[row] for row in others),
        tuple(head.labels[column] for column in best),
        np.asarray(probabilities.max(1), np.float32),
    )


def vectors_of(data: Data, model: Path | None) -> FloatArray:
    """(n, d) products as they are found now: by the model that is served, or by what day 0 knows."""
    fitted = data.fitted(data.catalogue)
    fusion: Fusion = fitted if model is None else JointFusion(fitted, model, data.base_name)
    rows: FloatArray = fusion.fuse(parts_for(fusion, data.catalogue.parts, data.catalogue.terms))[0]
    return rows


def _strangers(vectors: FloatArray, rows: Sequence[int]) -> dict[int, str]:
    """As many products as there are examples, from the half that is least like them."""
    near = vectors @ vectors[list(rows)].mean(0)
    far = np.argsort(near)[: max(len(near) // 2, 1)]
    chosen = np.random.default_rng(0).permutation(far)[: max(len(rows), 3)]
    return {int(row): REST for row in chosen if int(row) not in rows}
