"""The learned space on the shelves of ``fashion``: a catalogue of titles, photos and what is said of them."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from wares.bench import vectors
from wares.bench.chinesewords import COLOURS, GENDERS, KINDS
from wares.bench.harness import BenchOptions
from wares.encode.bridge import NAME as BRIDGE
from wares.encode.bridge import Bridge
from wares.encode.joint import JointFusion
from wares.encode.learned import TERMS, LearnedSpace
from wares.encode.moments import eigen
from wares.encode.words import WordsAnalyzer
from wares.learn.catalogue import ABSENT, Asked, Catalogue, Label, numbered
from wares.learn.phrases import phrases
from wares.protocols import Encoded, Encoder
from wares.types import FloatArray, IntArray, ScoreArray

if TYPE_CHECKING:
    from wares.bench.fashion import Shelf, Views

PENALTIES = (0.1, 0.3, 1.0, 3.0, 10.0)
TOLD = ("gender", "base_colour", "article_type")  # what is predicted from the photo
WORDS = {"gender": GENDERS, "base_colour": COLOURS, "article_type": KINDS}


class LearnedMethod:
    """Learns on a training shelf and sees the test shelf, as ``wares learn joint`` does a shop.

    Attributes
    ----------
    right
        For each training the (n, 3) right guesses of the labels in :data:`TOLD` from the photos.
    seconds
        That each training took.
    """

    def __init__(self, options: BenchOptions, text: Encoder[str], bridge: Bridge) -> None:
        self._options = options
        self._text = text
        self._bridge = bridge
        self._analyzer = WordsAnalyzer()
        self.right: list[ScoreArray] = []
        self.seconds: list[float] = []

    def __call__(self, train: "Shelf", test: "Shelf") -> "Views":
        fusion, space = self.learned(train)
        seen = {"image": every(test.image), "colour": every(test.colour)}
        self.right.append(guessed(space, seen, test))

        def words(rows: FloatArray, texts: Sequence[str]) -> FloatArray:
            return self.words(fusion, rows, texts)

        return words, fusion.fuse(seen)[0]

    def learned(self, train: "Shelf") -> tuple[JointFusion, LearnedSpace]:
        """A fusion with a model that was learned from a shelf, and the model."""
        from wares.learn.data import Data
        from wares.learn.objective import Settings
        from wares.learn.space import make

        data = Data(
            catalogue(train, self._analyzer, self._options.seed),
            lambda texts: every(vectors.texts(self._options, self._text, list(texts))),
            self._analyzer.terms,
            self._bridge,
            BRIDGE,
            {},
        )
        with TemporaryDirectory(prefix="wares-bench-") as scratch:
            settings = Settings(seed=self._options.seed, threads=self._options.threads)
            made = make(data, Path(scratch) / "joint-0001", settings)
            self.seconds.append(made.card["seconds"])
            whole = self._bridge.fit(data.catalogue.parts, train.titles)
            return JointFusion(whole, made.folder, BRIDGE), LearnedSpace.read(made.folder)

    def terms(self, fusion: JointFusion, texts: Sequence[str]) -> Encoded:
        """What a fusion has learned of the words of some texts."""
        return fusion.own[TERMS].encode([self._analyzer.terms(text) for text in texts])

    def words(self, fusion: JointFusion, rows: FloatArray, texts: Sequence[str]) -> FloatArray:
        """(n, D) texts, whose vectors by the text encoder are (n, d) rows, in the space of a fusion."""
        found: FloatArray = fusion.fuse({"text": every(rows), TERMS: self.terms(fusion, texts)})[0]
        return found


def catalogue(shelf: "Shelf", analyzer: WordsAnalyzer, seed: int) -> Catalogue:
    """A shelf as it is learned from: titles and phrases in two languages ask for photos."""
    labels = {}
    for name, values in shelf.said.items():
        known = tuple(sorted(set(values) - {""}))
        numbers = {value: number for number, value in enumerate(known)}
        other = tuple(WORDS.get(name, {}).get(value, value) for value in known)
        words = {"en": known} | ({"zh": other} if name in WORDS else {})
        if known:
            labels[name] = Label(np.array([numbers.get(value, ABSENT) for value in values]), words)
    n = len(shelf.titles)
    titles, which = np.unique(np.array(shelf.titles), return_inverse=True)
    asked = [
        Asked(tuple(titles.tolist()), "title", "en", np.arange(n), np.asarray(which), np.ones(n, np.float32)),
        *(phrases(labels, language, seed, range(n)) for language in ("en", "zh")),
    ]
    parts = {"text": every(shelf.words), "image": every(shelf.image), "colour": every(shelf.colour)}
    terms = tuple(tuple(analyzer.terms(title)) for title in shelf.titles)
    ids = tuple(f"{row:06d} {title}" for row, title in enumerate(shelf.titles))
    return Catalogue(ids, numbered(shelf.titles), parts, terms, labels, tuple(each for each in asked if each.texts))


def guessed(space: LearnedSpace, seen: dict[str, Encoded], test: "Shelf") -> ScoreArray:
    """(n, 3) 1 where the learned space tells a label from the photo."""
    told = space.labels(seen)
    columns = []
    for name in TOLD:
        values = np.array(space.card["labels"].get(name, [""]))
        best = values[told[name].argmax(1)] if name in told else np.full(len(test.titles), "")
        columns.append(best == np.array(test.said[name]))
    return np.stack(columns, axis=1).astype(np.float64)


def probed(train: "Shelf", test: "Shelf", tuning: IntArray, learning: IntArray) -> ScoreArray:
    """(n, 3) the same by a linear probe: ridge on one-hot values, its penalty chosen on rows of the training shelf."""
    columns = []
    for name in TOLD:
        values = np.array(train.said[name])
        x, asked = (np.hstack([np.sqrt(shelf.image), shelf.colour]).astype(np.float64) for shelf in (train, test))
        right = {
            penalty: float(np.mean(_probe(x[learning], values[learning], x[tuning], penalty) == values[tuning]))
            for penalty in PENALTIES
        }
        best = max(right, key=lambda penalty: right[penalty])
        columns.append(_probe(x, values, asked, best) == np.array(test.said[name]))
    return np.stack(columns, axis=1).astype(np.float64)


def _probe(x: ScoreArray, values: np.ndarray, asked: ScoreArray, penalty: float) -> np.ndarray:
    known, which = np.unique(values, return_inverse=True)
    targets = np.eye(len(known))[which]
    mean = x.mean(0)
    roots, directions = eigen((x - mean).T @ (x - mean))
    projected = directions.T @ ((x - mean).T @ (targets - targets.mean(0)))
    scores = (asked - mean) @ directions @ (projected / (roots + penalty)[:, None]) + targets.mean(0)
    found: np.ndarray = known[scores.argmax(1)]
    return found


def every(rows: FloatArray) -> Encoded:
    """Rows that are all present."""
    return Encoded(rows, np.ones(len(rows), np.bool_))
