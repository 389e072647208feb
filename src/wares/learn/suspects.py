"""Values that are probably wrong: what a product is said to be, against what others like it are said to be."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from wares.errors import ConfigError
from wares.learn.catalogue import Catalogue, Label
from wares.learn.fewshot import FewShot, calibrated
from wares.types import FloatArray, IntArray, ScoreArray

FOLDS = 5
FEWEST = 2 * FOLDS  # products with a value, or nothing can be said of it


@dataclass(frozen=True, slots=True)
class Suspect:
    """A value that is probably wrong, and the one that is likelier.

    ``probability`` is that of the value as it is said, by products that are told from others.
    """

    id: str
    label: str
    said: str
    likely: str
    probability: float


def suspects(catalogue: Catalogue, rows: FloatArray, seed: int = 0) -> list[Suspect]:
    """Values of all labels that are probably wrong, the most suspicious first.

    Parameters
    ----------
    rows : (n, d)
        Of the catalogue's products.

    Raises
    ------
    ConfigError
        cleanlab is not installed.

    Notes
    -----
    Confident learning (Northcutt, Jiang and Chuang, JAIR 2021) by cleanlab, on probabilities of closed-form heads that
    were learned from other groups of products. Cost: :data:`FOLDS` heads for each label, d³ each.
    """
    if find_spec("cleanlab") is None:
        raise ConfigError("cleanlab, which finds wrong labels, is not installed", fix="pip install 'wares[learn]'")
    fold = _folds(catalogue.groups, seed)
    found = [each for name, label in catalogue.labels.items() for each in _of(name, label, catalogue, (rows, fold))]
    return sorted(found, key=lambda each: each.probability)


def _of(name: str, label: Label, catalogue: Catalogue, where: tuple[FloatArray, IntArray]) -> Iterator[Suspect]:
    from cleanlab.filter import find_label_issues

    rows, fold = where
    counts = np.bincount(label.codes[label.codes >= 0], minlength=label.size)
    values = np.flatnonzero(counts >= FEWEST)
    some = np.flatnonzero(np.isin(label.codes, values))
    if len(values) < 2:
        return
    codes = np.searchsorted(values, label.codes[some])
    told = _told(rows[some], codes, fold[some])
    words = next(iter(label.words.values()))
    for place in find_label_issues(codes, told, return_indices_ranked_by="self_confidence", n_jobs=1):
        said, likely = int(codes[place]), int(told[place].argmax())
        if said != likely:
            yield Suspect(
                catalogue.ids[some[place]], name, words[values[said]], words[values[likely]], float(told[place, said])
            )


def _told(rows: FloatArray, codes: IntArray, fold: IntArray) -> ScoreArray:
    """(n, k) probabilities of the values by a head that saw no product of the same fold."""
    names = codes.astype(str)
    found = np.full((len(rows), k := int(codes.max()) + 1), 1 / k)
    for one in range(FOLDS):
        out, tuned = fold == one, fold == (one + 1) % FOLDS
        rest = ~out & ~tuned
        if not out.any() or not tuned.any() or len(np.unique(codes[rest])) < 2:
            continue
        learner = FewShot.of(rows[rest])
        learner.add(rows[rest], names[rest].tolist())
        head = calibrated(learner.head(), rows[tuned], names[tuned].tolist())
        columns = [int(label) for label in head.labels]  # a value that the rest has not is not told at all
        found[out] = 0
        found[np.ix_(out, columns)] = head.probabilities(rows[out])
    return found


def _folds(groups: IntArray, seed: int) -> IntArray:
    """(n,) fold of each product; look-alikes are in the same one."""
    _, number = np.unique(groups, return_inverse=True)
    drawn: IntArray = np.random.default_rng(seed).permutation(number.max() + 1)[number] % FOLDS
    return drawn
