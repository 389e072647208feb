"""``fashion``: do words find photos, and photos words, in a catalogue that nobody labelled?"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wares.bench import fashionlearned, vectors
from wares.bench.chinesewords import chinese
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
from wares.protocols import Encoder
from wares.registry import create, register
from wares.types import BoolArray, FloatArray, IntArray, ScoreArray

PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0)
NAMES = ("t2i_r1", "t2i_r10", "t2i_mrr", "i2t_r1", "i2t_r10", "attr_ndcg10", "attr_zh_ndcg10")
PARTS = ("day-0", "learned")
SAID = ("gender", "base_colour", "article_type", "master_category", "sub_category", "season", "usage")


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Products with a photo each: ``titles``, "gender colour type" in two languages, and their (n, d) vectors.

    ``said`` holds what is said of each product, by the names of :data:`SAID`.
    """

    titles: tuple[str, ...]
    asked: tuple[str, ...]
    chinese: tuple[str, ...]
    said: Mapping[str, tuple[str, ...]]
    words: FloatArray
    queries: FloatArray
    chinese_queries: FloatArray
    image: FloatArray
    colour: FloatArray

    def __getitem__(self, rows: IntArray) -> "Shelf":
        titles, asked, chinese = (
            tuple(texts[row] for row in rows) for texts in (self.titles, self.asked, self.chinese)
        )
        parts = (self.words, self.queries, self.chinese_queries, self.image, self.colour)
        said = {name: tuple(values[row] for row in rows) for name, values in self.said.items()}
        return Shelf(titles, asked, chinese, said, *(part[rows] for part in parts))

    def photos(self, *, colour: bool = True) -> FloatArray:
        """(n, p) image vectors, with the colour vectors beside them."""
        return np.hstack([self.image, self.colour]) if colour else self.image


Words = Callable[[FloatArray, Sequence[str]], FloatArray]
"""Vectors of texts by the text encoder, and the texts → vectors in the space of the photos."""
Views = tuple[Words, FloatArray]
"""What a method makes of a test shelf: of words, and of the photos."""
Method = Callable[[Shelf, Shelf], Views]


@register("bench", "fashion")
def fashion(options: BenchOptions) -> BenchResult:
    """Photos and words of fashion products, tied together by nothing but the catalogue's own titles.

    With two folders the maps are learned on the one and every figure is of the other; with one folder it is folded by
    title. A query counts as answered by any product of exactly that title; equal scores are ranked worst first.
    ``--only day-0`` leaves out what is learned with torch.

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
    attr_zh_ndcg10
        the same queries in Chinese ("黑色女手提包"), by a table of ours
    learned_t2i_r1, learned_t2i_r10, learned_t2i_mrr, learned_i2t_r1, learned_i2t_r10
        the same with a space that was learned from the training shelf; of its products a seventh are held out to
        choose settings on and to look at, as ``wares learn joint`` does
    learned_attr_ndcg10, learned_attr_zh_ndcg10
        the same
    learned_accuracy, probe_accuracy
        share of genders, colours and types that it tells from the photo, and a linear probe of the same features does
    learned_s
        seconds that learning took, mean of the folds
    """
    busy = load()
    methods, splits, learner = _set_up(options)
    values: dict[str, list[dict[str, ScoreArray]]] = {name: [] for name in methods}
    probes: list[ScoreArray] = []
    for train, asked in splits:
        for name, method in methods.items():
            values[name].append(measure(asked, *method(train, asked)))
        if learner is not None:
            kept, held = folds(train.titles, options.folds, options.seed)[0]
            probes.append(fashionlearned.probed(train, asked, held, kept))
    rows = {
        name: {figure: np.concatenate([run[figure] for run in runs]) for figure in NAMES}
        for name, runs in values.items()
    }
    ours = rows.pop("wares")
    if learner is not None:
        ours |= {f"learned_{figure}": each for figure, each in rows.pop("learned").items()}
        ours["learned_accuracy"] = np.concatenate(learner.right).mean(1)
        ours["probe_accuracy"] = np.concatenate(probes).mean(1)
    seconds: dict[str, float] = {"learned_s": float(np.mean(learner.seconds))} if learner is not None else {}
    photos = sum(len(asked.titles) for _, asked in splits)
    return _result(options, ours, seconds, rows, (busy, len(splits), photos))


def _result(
    options: BenchOptions,
    ours: Mapping[str, ScoreArray],
    more: Mapping[str, float],
    rows: Mapping[str, Mapping[str, ScoreArray]],
    told: tuple[float, int, int],
) -> BenchResult:
    means = {figure: float(each.mean()) for figure, each in ours.items()}
    peers = {name: {figure: float(each.mean()) for figure, each in of.items()} for name, of in rows.items()}
    busy, splits, photos = told
    gains = _gains({**ours, "ridge_colour's t2i_r10": rows["ridge_colour"]["t2i_r10"]}, options.seed)
    return BenchResult(
        bench="fashion",
        figures={**means, **more},
        intervals={figure: interval(each, options.seed) for figure, each in ours.items()},
        peers=peers,
        ratios={
            f"{figure}/{peer}": means[figure] / theirs[figure.removeprefix("learned_")]
            for peer, theirs in peers.items()
            for figure in ours
            if theirs.get(figure.removeprefix("learned_"))
        },
        seed=options.seed,
        load=busy,
        notes=(*gains, f"{splits} split(s), {photos} test photos"),
    )


def _gains(values: Mapping[str, ScoreArray], seed: int) -> list[str]:
    """What is to be told of pairs of figures."""
    pairs = [
        ("t2i_r10", "ridge_colour's t2i_r10"),
        ("learned_t2i_r1", "t2i_r1"),
        ("learned_accuracy", "probe_accuracy"),
    ]
    told = []
    for one, other in pairs:
        if one in values:
            gain = paired(values[one], values[other], seed)
            told.append(f"{one} - {other}: {gain.difference:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]")
    return told


def _set_up(
    options: BenchOptions,
) -> tuple[dict[str, Method], list[tuple[Shelf, Shelf]], "fashionlearned.LearnedMethod | None"]:
    """The methods by name, (train, test) of each fold, and the method that learns, if it is to."""
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
    learner = fashionlearned.LearnedMethod(options, text, bridge) if "learned" in options.parts(PARTS) else None
    if learner is not None:
        methods["learned"] = learner
    shelves = {name: read_shelf(options, name, image, text, colour) for name in {options.train, options.test}}
    train, test = shelves[options.train], shelves[options.test]
    if not options.crossed:
        return methods, [(train, test)], learner
    return methods, [(train[a], train[b]) for a, b in folds(train.titles, options.folds, options.seed)], learner


def measure(test: Shelf, words: Words, photos: FloatArray) -> dict[str, ScoreArray]:
    """One value a query for each figure."""
    first, of_title = _distinct(test.titles)
    scores = words(test.words[first], [test.titles[row] for row in first]) @ photos.T
    to_image = ranks(scores, np.arange(len(first))[:, None] == of_title[None])
    to_text = ranks(scores.T, of_title[:, None] == np.arange(len(first))[None])
    first, of_query = _distinct(test.asked)
    gains = []
    for texts, queries in ((test.asked, test.queries), (test.chinese, test.chinese_queries)):
        asked = words(queries[first], [texts[row] for row in first]) @ photos.T
        gains.append(np.array([ndcg10(row, of_query == query) for query, row in enumerate(asked)]))
    return {
        "t2i_r1": (to_image <= 1).astype(float),
        "t2i_r10": (to_image <= 10).astype(float),
        "t2i_mrr": 1 / to_image,
        "i2t_r1": (to_text <= 1).astype(float),
        "i2t_r10": (to_text <= 10).astype(float),
        "attr_ndcg10": gains[0],
        "attr_zh_ndcg10": gains[1],
    }


def ranks(scores: FloatArray, relevant: BoolArray) -> ScoreArray:
    """(n,) rank, from 1, of the best relevant column of each row; columns that tie with it stand before it."""
    best = np.where(relevant, scores, -np.inf).max(1)
    return np.asarray(1 + ((scores >= best[:, None]) & ~relevant).sum(1), np.float64)


def ndcg10(scores: FloatArray, relevant: BoolArray) -> float:
    """nDCG@10 of one query; (n,) scores, equal ones worst first."""
    order = np.lexsort((relevant, -scores))
    return ndcg(relevant[order].astype(float), relevant.astype(float), 10)


def _bridged(bridge: Bridge, train: Shelf, test: Shelf) -> Views:
    every = fashionlearned.every
    parts = {"text": every(train.words), "image": every(train.image), "colour": every(train.colour)}
    fitted = bridge.fit(parts, train.titles)
    photos, _ = fitted.fuse({"image": every(test.image), "colour": every(test.colour)})
    return lambda words, _: fitted.fuse({"text": every(words)})[0], photos


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


def read_shelf(
    options: BenchOptions, split: str, image: Encoder[bytes], text: Encoder[str], colour: Encoder[bytes]
) -> Shelf:
    """The products of a folder that have a photo."""
    folder = options.folder(split)
    rows = _rows(folder)
    asked = [f"{row['gender']} {row['base_colour']} {row['article_type']}" for row in rows]
    translated = [chinese(row["gender"], row["base_colour"], row["article_type"]) for row in rows]
    photos = [folder / row["image"] for row in rows]
    titles = [row["title"] for row in rows]
    words, queries, others = (vectors.texts(options, text, texts) for texts in (titles, asked, translated))
    looks, colours = (vectors.photos(options, encoder, photos) for encoder in (image, colour))
    said = {name: tuple(row.get(name, "") for row in rows) for name in SAID}
    lowered = tuple(title.strip().lower() for title in titles)
    return Shelf(lowered, tuple(asked), tuple(translated), said, words, queries, others, looks, colours)


def photos_of(options: BenchOptions, split: str) -> list[Path]:
    """Where the photos of the shelf of a folder are."""
    folder = options.folder(split)
    return [folder / row["image"] for row in _rows(folder)]


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "products.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["image"] and (folder / row["image"]).is_file()]


def _distinct(items: Sequence[str]) -> tuple[IntArray, IntArray]:
    """First row of each distinct item, and for each row which item it is."""
    _, first, which = np.unique(np.array(items), return_index=True, return_inverse=True)
    return np.asarray(first, np.int64), np.asarray(which, np.int64)


def _same(words: FloatArray, _: Sequence[str]) -> FloatArray:
    return words
