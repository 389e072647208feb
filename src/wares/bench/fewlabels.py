"""What ``wares.learn`` makes of many, five and no labelled photos a product, for the ``grocery`` bench."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from scipy.cluster.vq import kmeans2

from wares.encode.conse import ConSE
from wares.encode.heads import LinearHead
from wares.learn.fewshot import FewShot
from wares.learn.selftraining import teach
from wares.learn.zeroshot import aligned, name_scores, picture_scores, text_prototypes
from wares.search.calibrate import calibration_error
from wares.types import BoolArray, FloatArray, IntArray, ScoreArray

NAMES = (
    "fine_wares",
    "five_prototype",
    "five_wares",
    "five_taught",
    "zero_text",
    "zero_picture",
    "zero_both",
    "zero_wares",
    "asked_text",
    "asked_both",
)
# How much names count beside pictures; chosen on training photos as all that wares.learn sets.
BESIDE_PICTURES = 0.25
BY_OTHERS = 0.1
WORDS = 0.05  # temperature of cosines of words
LOOKS_EACH = 4
REPEATS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """(n, d) features of photos, (n, d_image) vectors that names can be read from, (n,) products."""

    features: FloatArray
    image: FloatArray
    product: IntArray

    def __getitem__(self, rows: IntArray | BoolArray) -> "Seen":
        return Seen(self.features[rows], self.image[rows], self.product[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """(k, d_text) vectors of the products' names, of all their words, and of the names of their groups.

    ``conse`` reads names from photos, if anything does.
    """

    words: FloatArray
    texts: FloatArray
    groups: FloatArray
    conse: ConSE | None

    def text_scores(self, photos: Seen, pictures: FloatArray, centre: FloatArray) -> tuple[ScoreArray, ScoreArray]:
        """(n, k) log odds by names alone: through the classifier's classes, and through other products' pictures."""
        rows = np.arange(len(self.words))
        looks = [
            text_prototypes(self.words[[row]], self.words[rows != row], pictures[rows != row], penalty=0.3)
            for row in rows
        ]
        by_name = (
            np.zeros((len(photos.image), len(rows)))
            if self.conse is None
            else name_scores(self.conse, photos.image, self.words)
        )
        return by_name, picture_scores(photos.features, np.vstack(looks), centre)


def measure(catalogue: Seen, train: Seen, test: Seen, named: Named, draws: Sequence[IntArray]) -> dict[str, ScoreArray]:
    """For each figure one value a test photo; nothing is tuned.

    Parameters
    ----------
    catalogue
        One picture a product, in the order of products.
    draws
        Rows of ``train`` that are the labelled photos; the others have no label in ``five_taught``.
    """
    started = FewShot.of(train.features)
    pictures = aligned(catalogue.features, train.features)
    started.prototype(pictures, _labels(catalogue))
    every = started.copy()
    every.add(train.features, _labels(train))
    few = [_with(started, train, rows) for rows in draws]
    values = {
        "fine_wares": _right(every.head(), test),
        "five_prototype": np.mean([_prototype(started, pictures, train, rows, test) for rows in draws], axis=0),
        "five_wares": np.mean([_right(one.head(), test) for one in few], axis=0),
        "five_taught": np.mean(
            [
                _right(teach(one, np.delete(train.features, rows, 0)).head, test)
                for one, rows in zip(few, draws, strict=True)
            ],
            axis=0,
        ),
    }
    centre = train.features.mean(0)
    learned, asked = (
        (picture_scores(photos.features, pictures, centre), *named.text_scores(photos, pictures, centre))
        for photos in (train, test)
    )
    first, scores = (picture + BESIDE_PICTURES * names for picture, names, _ in (learned, asked))
    answers = {"zero_picture": asked[0], "zero_text": asked[1] + BY_OTHERS * asked[2], "zero_both": scores}
    answers["asked_text"] = (named.groups.astype(np.float64) @ named.texts.T / WORDS)[test.product]
    answers["asked_both"] = asked[0] + answers["asked_text"]
    values |= {figure: (answer.argmax(1) == test.product).astype(np.float64) for figure, answer in answers.items()}
    values["zero_wares"] = _right(teach(started, train.features, first).head, test)
    return values


def learn_ms(train: Seen, rows: IntArray) -> float:
    """Median milliseconds from one more example of a class to a head that knows it, beside the drawn photos."""
    examples = _with(FewShot.of(train.features), train, rows)
    examples.head()
    times = []
    for row in range(REPEATS):
        start = perf_counter()
        examples.add(train.features[[row]], [str(train.product[row])])
        examples.head()
        times.append(1000 * (perf_counter() - start))
    return float(np.median(times))


def looks(photos: Seen, seed: int) -> IntArray:
    """(n,) which of its product's looks a photo has: photos of one shelf on one day are alike."""
    found = np.zeros(len(photos.product), np.int64)
    for product in np.unique(photos.product):
        rows = np.flatnonzero(photos.product == product)
        found[rows] = kmeans2(photos.features[rows].astype(np.float64), LOOKS_EACH, minit="++", rng=seed)[1]
    return found


def many(train: Seen, test: Seen) -> ScoreArray:
    """(n,) 1 for each test photo that a head learned from all training photos is right about, else 0."""
    return _right(_with(FewShot.of(train.features), train, np.arange(len(train.product))).head(), test)


def miscalibration(train: Seen, test: Seen) -> float:
    """Expected calibration error of what a head learned from all training photos says of its answers."""
    every = _with(FewShot.of(train.features), train, np.arange(len(train.product)))
    head = every.head()
    _, sure = head.predict(test.features)
    return calibration_error(sure, _right(head, test), np.ones(len(sure)))


def _with(started: FewShot, train: Seen, rows: IntArray) -> FewShot:
    examples = started.copy()
    examples.add(train.features[rows], [str(product) for product in train.product[rows]])
    return examples


def _prototype(started: FewShot, pictures: FloatArray, train: Seen, rows: IntArray, test: Seen) -> ScoreArray:
    """Nearest mean of the picture and the drawn photos, by cosine."""
    known, product = (
        np.vstack([pictures, train.features[rows]]),
        np.append(np.arange(len(pictures)), train.product[rows]),
    )
    means = np.stack([known[product == one].mean(0) for one in range(len(pictures))])
    scores = picture_scores(test.features, means, started.centre.astype(np.float32))
    return np.asarray(scores.argmax(1) == test.product, np.float64)


def _labels(photos: Seen) -> list[str]:
    return [str(product) for product in photos.product]


def _right(head: LinearHead, test: Seen) -> ScoreArray:
    answers, _ = head.predict(test.features)
    return np.asarray(np.array([int(label) for label in head.labels])[answers] == test.product, np.float64)
