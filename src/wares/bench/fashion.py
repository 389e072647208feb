"""``fashion``: do words find photos, and photos words, in a catalogue that nobody labelled?"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wares.bench import vectors
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.splits import folds
from wares.bench.timing import load
from wares.encode import colour as colour_encoder
from wares.encode import image as image_encoder
from wares.encode import text as text_encoder
from wares.encode.bridge import Bridge
from wares.encode.conse import ConSE
from wares.evaluate.compare import interval, paired
from wares.evaluate.metrics import ndcg
from wares.protocols import Encoded, Encoder
from wares.registry import create, register
from wares.types import BoolArray, FloatArray, IntArray, ScoreArray

PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0)
NAMES = ("t2i_r1", "t2i_r10", "t2i_mrr", "i2t_r1", "i2t_r10", "attr_ndcg10")


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Products with a photo each: ``titles``, "gender colour type" in ``asked``, and their (n, d) vectors."""

    titles: tuple[str, ...]
    asked: tuple[str, ...]
    words: FloatArray
    queries: FloatArray
    image: FloatArray
    colour: FloatArray

    def __getitem__(self, rows: IntArray) -> "Shelf":
        return Shelf(
            tuple(self.titles[row] for row in rows),
            tuple(self.asked[row] for row in rows),
            *(part[rows] for part in (self.words, self.queries, self.image, self.colour)),
        )

    def photos(self, *, colour: bool = True) -> FloatArray:
        """(n, p) image vectors, with the colour vectors beside them."""
        return np.hstack([self.image, self.colour]) if colour else self.image


Views = tuple[Callable[[FloatArray], FloatArray], FloatArray]
"""What a method makes of a test shelf: words → vectors, and the photos' vectors in the same space."""
Method = Callable[[Shelf, Shelf], Views]


@register("bench", "fashion")
def fashion(options: BenchOptions) -> BenchResult:
    """Photos and words of fashion products, tied together by nothing but the catalogue's own titles.

    With two folders the maps are learned on the one and every figure is of the other; with one folder it is folded by
    title. A query counts as answered by any product of exactly that title; equal scores are ranked worst first.

    Figures
    -------
    t2i_r1, t2i_r10
        share of titles whose photo is the first, or among the first ten, of all test photos
    t2i_mrr
        mean of 1 / rank of the photo
    i2t_r1, i2t_r10
        share of photos whose title is the first, or among the first ten, of all test titles
    attr_ndcg10
        nDCG@10 of queries like "Women Black Handbags" against photos alone; relevant: all three hold
    """
    busy = load()
    methods, splits = _set_up(options)
    values: dict[str, list[dict[str, ScoreArray]]] = {name: [] for name in methods}
    for learned, asked in splits:
        for name, method in methods.items():
            values[name].append(measure(asked, *method(learned, asked)))
    joined = {
        name: {figure: np.concatenate([run[figure] for run in runs]) for figure in NAMES}
        for name, runs in values.items()
    }
    means = {name: {figure: float(rows.mean()) for figure, rows in runs.items()} for name, runs in joined.items()}
    ours = means.pop("wares")
    against = paired(joined["wares"]["t2i_r10"], joined["ridge_colour"]["t2i_r10"], options.seed)
    return BenchResult(
        bench="fashion",
        figures=ours,
        intervals={figure: interval(rows, options.seed) for figure, rows in joined["wares"].items()},
        peers=means,
        ratios={
            f"{figure}/{peer}": ours[figure] / theirs[figure]
            for peer, theirs in means.items()
            for figure in NAMES
            if theirs[figure]
        },
        seed=options.seed,
        load=busy,
        notes=(
            f"t2i_r10, wares - ridge_colour: {against.difference:+.3f} [{against.low:.3f}, {against.high:.3f}]",
            f"{len(splits)} split(s), {sum(len(asked.titles) for _, asked in splits)} test photos",
        ),
    )


def _set_up(options: BenchOptions) -> tuple[dict[str, Method], list[tuple[Shelf, Shelf]]]:
    """The methods by name, and (train, test) of each fold."""
    image = vectors.image_encoder(options, image_encoder.FP32)
    text, colour = create("encoder", text_encoder.NAME), create("encoder", colour_encoder.NAME)
    bridge = Bridge(text, image, colour)
    conse = ConSE.of(image, text)
    assert conse is not None
    methods: dict[str, Method] = {
        "wares": lambda train, test: _bridged(bridge, train, test),
        "ridge": lambda train, test: _ridge(train, test, False, options.seed),
        "ridge_colour": lambda train, test: _ridge(train, test, True, options.seed),
        "conse": lambda _, test: (_same, conse.predict(test.image)),
    }
    shelves = {name: _read(options, name, image, text, colour) for name in {options.train, options.test}}
    train, test = shelves[options.train], shelves[options.test]
    if not options.crossed:
        return methods, [(train, test)]
    return methods, [(train[a], train[b]) for a, b in folds(train.titles, options.folds, options.seed)]


def measure(test: Shelf, words: Callable[[FloatArray], FloatArray], photos: FloatArray) -> dict[str, ScoreArray]:
    """One value a query for each figure."""
    first, of_title = _distinct(test.titles)
    scores = words(test.words[first]) @ photos.T
    to_image = ranks(scores, np.arange(len(first))[:, None] == of_title[None])
    to_text = ranks(scores.T, of_title[:, None] == np.arange(len(first))[None])
    first, of_query = _distinct(test.asked)
    asked = words(test.queries[first]) @ photos.T
    gains = [_ndcg10(row, of_query == query) for query, row in enumerate(asked)]
    return {
        "t2i_r1": (to_image <= 1).astype(float),
        "t2i_r10": (to_image <= 10).astype(float),
        "t2i_mrr": 1 / to_image,
        "i2t_r1": (to_text <= 1).astype(float),
        "i2t_r10": (to_text <= 10).astype(float),
        "attr_ndcg10": np.array(gains),
    }


def ranks(scores: FloatArray, relevant: BoolArray) -> ScoreArray:
    """(n,) rank, from 1, of the best relevant column of each row; columns that tie with it stand before it."""
    best = np.where(relevant, scores, -np.inf).max(1)
    return np.asarray(1 + ((scores >= best[:, None]) & ~relevant).sum(1), np.float64)


def _ndcg10(scores: FloatArray, relevant: BoolArray) -> float:
    order = np.lexsort((relevant, -scores))
    return ndcg(relevant[order].astype(float), relevant.astype(float), 10)


def _bridged(bridge: Bridge, train: Shelf, test: Shelf) -> Views:
    fitted = bridge.fit(
        {"text": _all(train.words), "image": _all(train.image), "colour": _all(train.colour)}, train.titles
    )
    photos, _ = fitted.fuse({"image": _all(test.image), "colour": _all(test.colour)})
    return lambda words: fitted.fuse({"text": _all(words)})[0], photos


def _ridge(train: Shelf, test: Shelf, colour: bool, seed: int) -> Views:
    """Ridge regression photo → words, its penalty chosen by recall on titles held out of the training shelf."""
    kept, held = folds(train.titles, 5, seed)[0]
    learning, tuning = train[kept], train[held]
    maps = _ridge_maps(learning.photos(colour=colour), learning.words)
    recall = {
        penalty: float(measure(tuning, _same, maps(penalty)(tuning.photos(colour=colour)))["t2i_r10"].mean())
        for penalty in PENALTIES
    }
    best = max(recall, key=lambda penalty: recall[penalty])
    return _same, _ridge_maps(train.photos(colour=colour), train.words)(best)(test.photos(colour=colour))


def _ridge_maps(photos: FloatArray, words: FloatArray) -> Callable[[float], Callable[[FloatArray], FloatArray]]:
    """Penalty → (photos → unit rows of words), from one eigendecomposition."""
    photo_mean, word_mean = photos.mean(0), words.mean(0)
    centred = (photos - photo_mean).astype(np.float64)
    values, directions = np.linalg.eigh(centred.T @ centred)
    projected = directions.T @ (centred.T @ (words - word_mean))

    def at(penalty: float) -> Callable[[FloatArray], FloatArray]:
        to_words = directions @ (projected / (values + penalty)[:, None])

        def predict(rows: FloatArray) -> FloatArray:
            found = (rows - photo_mean) @ to_words + word_mean
            return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

        return predict

    return at


def _read(
    options: BenchOptions, split: str, image: Encoder[bytes], text: Encoder[str], colour: Encoder[bytes]
) -> Shelf:
    folder = options.folder(split)
    with (folder / "products.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["image"] and (folder / row["image"]).is_file()]
    asked = [f"{row['gender']} {row['base_colour']} {row['article_type']}" for row in rows]
    photos = [folder / row["image"] for row in rows]
    return Shelf(
        tuple(row["title"].strip().lower() for row in rows),
        tuple(asked),
        vectors.texts(options, text, [row["title"] for row in rows]),
        vectors.texts(options, text, asked),
        vectors.photos(options, image, photos),
        vectors.photos(options, colour, photos),
    )


def _distinct(items: Sequence[str]) -> tuple[IntArray, IntArray]:
    """First row of each distinct item, and for each row which item it is."""
    _, first, which = np.unique(np.array(items), return_index=True, return_inverse=True)
    return np.asarray(first, np.int64), np.asarray(which, np.int64)


def _all(rows: FloatArray) -> Encoded:
    return Encoded(rows, np.ones(len(rows), np.bool_))


def _same(words: FloatArray) -> FloatArray:
    return words
