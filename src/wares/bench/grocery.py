"""``grocery``: which product is it that a shopper photographed on the shelf?"""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wares.bench import fewlabels, vectors
from wares.bench.fewlabels import Named, Seen
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.timing import load
from wares.encode import colour
from wares.encode import text as text_encoder
from wares.encode.conse import ConSE
from wares.encode.image import CLOSEUP, FP32, INT8
from wares.encode.moments import eigen
from wares.encode.views import together
from wares.evaluate.compare import interval, paired
from wares.registry import create, register
from wares.types import BoolArray, FloatArray, IntArray, ScoreArray

ENCODERS = (FP32, INT8)
PEER_NAMES = ("fine_zero", "fine_1nn", "fine_probe", "fine_gda", "fine_5shot", "coarse")
NAMES = (*PEER_NAMES, *fewlabels.NAMES, "looks_gda", "looks_wares")
# (ours, theirs): by how much, photo by photo
COMPARED = (
    ("fine_wares", "fine_gda"),
    ("five_wares", "fine_5shot"),
    ("five_wares", "five_prototype"),
    ("looks_wares", "looks_gda"),
    ("five_taught", "five_wares"),
    ("zero_wares", "fine_zero"),
    ("zero_both", "zero_picture"),
    ("zero_both", "zero_text"),
    ("asked_both", "asked_text"),
    ("asked_both", "zero_picture"),
)
SHOTS, DRAWS = 5, 10
LOOKS_GDA = (1.0, (0.3,))  # the colour scale and penalty that are best for it there
BLOCKS = 5
SCALES = (0.0, 0.5, 1.0)
PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class Photos:
    """(n, d) vectors of photos and (n,) which product each shows."""

    image: FloatArray
    colour: FloatArray
    product: IntArray

    def __getitem__(self, rows: IntArray | BoolArray) -> "Photos":
        return Photos(self.image[rows], self.colour[rows], self.product[rows])

    def __add__(self, other: "Photos") -> "Photos":
        return Photos(
            np.concatenate([self.image, other.image]),
            np.concatenate([self.colour, other.colour]),
            np.concatenate([self.product, other.product]),
        )

    def vectors(self, scale: float) -> ScoreArray:
        """Image vectors, rooted so that a few strong features do not decide, beside the colours at this scale."""
        return np.hstack([np.sqrt(self.image), scale * self.colour]).astype(np.float64)


Classifier = Callable[[Photos, Photos, float, Sequence[float]], list[IntArray]]
"""(train, test, colour scale, penalties) → for each penalty the product of each test photo."""


@register("bench", "grocery")
def grocery(options: BenchOptions) -> BenchResult:
    """Photos taken in shops → products of a catalogue with one picture each.

    With two folders everything is learned and tuned on the one and reported on the other. With one folder the official
    split is used: learned on its ``train`` photos, reported on its ``val`` photos. Settings are chosen on a block of
    neighbouring training photos of each product, as neighbours show the same shelf. int8 runs beside fp32 as a peer.

    Figures
    -------
    fine_zero
        share of photos whose nearest catalogue picture is of the right product; nothing else was seen
    fine_1nn
        share whose nearest training photo is of the right product
    fine_probe
        share right by a linear probe (ridge on one-hot products)
    fine_gda
        share right by Gaussian discriminant analysis with one shrunk covariance
    fine_5shot
        the same from the catalogue picture and five training photos of each product, mean of ten draws
    coarse
        share of fine_gda's answers that are in the right group of products
    fine_wares
        share right by wares.learn.fewshot from all training photos, two views of each; nothing is tuned here
    looks_gda, looks_wares
        share right of training photos of a look that none of the photos learned from has: each product's photos fall
        into four looks by k-means, and each look is held out in turn
    fine_ece
        expected calibration error of the probabilities of such a head
    five_prototype
        share right by the nearest mean of the catalogue picture and five training photos of each product, two views of
        each, mean of ten draws
    five_wares
        the same by wares.learn.fewshot
    five_taught
        five_wares once the other training photos were learned from without their labels
    zero_text
        share right without any label by the products' names alone
    zero_picture
        share right without any label by the pictures, once the means of pictures and of training photos are laid on
        each other
    zero_both
        share right without any label by names and pictures together
    zero_wares
        zero_both once the training photos were learned from without their labels
    asked_text
        share right by words alone, the name of the product's group, such as "Juice", against names and descriptions
    asked_both
        share right by those words and the photo together; by the photo alone it is zero_picture
    learn_ms
        milliseconds from one more example of a class to a head that knows it, median of ten
    """
    busy = load()
    values = {name: _values(options, name) for name in ENCODERS}
    others = _few_labels(options, values[FP32])
    return _result(options, busy, values, others)


def _result(
    options: BenchOptions, busy: float, values: dict[str, dict[str, ScoreArray]], others: dict[str, float]
) -> BenchResult:
    fp32, int8 = (values[name] for name in ENCODERS)
    ours, theirs = ({figure: float(rows.mean()) for figure, rows in each.items()} for each in (fp32, int8))
    pairs = {f"{name}, fp32 - int8": (fp32[name], int8[name]) for name in PEER_NAMES}
    pairs |= {f"{one} - {other}": (fp32[one], fp32[other]) for one, other in COMPARED}
    return BenchResult(
        bench="grocery",
        figures=ours | others,
        intervals={figure: interval(rows, options.seed) for figure, rows in fp32.items()},
        peers={INT8: theirs},
        ratios={f"{figure}/{INT8}": ours[figure] / theirs[figure] for figure in PEER_NAMES if theirs[figure]},
        seed=options.seed,
        load=busy,
        notes=tuple(_gap(what, one, other, options.seed) for what, (one, other) in pairs.items()),
    )


def _gap(what: str, one: ScoreArray, other: ScoreArray, seed: int) -> str:
    gap = paired(one, other, seed)
    return f"{what}: {gap.difference:+.4f} [{gap.low:.4f}, {gap.high:.4f}]"


def _few_labels(options: BenchOptions, values: dict[str, ScoreArray]) -> dict[str, float]:
    """Add what wares.learn makes of the photos to the values; figures that are not of single photos."""
    whole, closeup = _read(options, FP32), _read(options, CLOSEUP)
    catalogue, train, test = (
        Seen(together([photos.image, near.image], photos.colour), photos.image, photos.product)
        for photos, near in zip(whole.photos, closeup.photos, strict=True)
    )
    text = create("encoder", text_encoder.NAME)
    named = Named(
        words=vectors.texts(options, text, whole.names),
        texts=vectors.texts(options, text, whole.texts),
        groups=vectors.texts(options, text, whole.groups),
        conse=ConSE.of(vectors.image_encoder(options, FP32), text),
    )
    generator = np.random.default_rng(options.seed)
    draws = [draw(train.product, generator) for _ in range(DRAWS)]
    values.update(fewlabels.measure(catalogue, train, test, named, draws))
    folds = fewlabels.looks(train, options.seed)
    values["looks_gda"], values["looks_wares"] = np.zeros((2, len(folds)))
    for fold in range(fewlabels.LOOKS_EACH):
        held, kept = folds == fold, folds != fold
        answer = gda(whole.photos[1][kept], whole.photos[1][held], *LOOKS_GDA)[0]
        values["looks_gda"][held] = answer == train.product[held]
        values["looks_wares"][held] = fewlabels.many(train[kept], train[held])
    return {
        "fine_ece": fewlabels.miscalibration(train, test),
        "learn_ms": fewlabels.learn_ms(train, draws[0]),
    }


def _values(options: BenchOptions, name: str) -> dict[str, ScoreArray]:
    """For each figure one value a test photo."""
    shelf = _read(options, name)
    (catalogue, train, test), group = shelf.photos, shelf.group
    kept, held = blocks(train)
    scale = max(SCALES, key=lambda scale: _right(nearest(catalogue, train, scale, (0.0,))[0], train))
    answers = {"fine_zero": nearest(catalogue, test, scale, (0.0,))[0]}
    settings = {}
    for figure, classify in (("fine_1nn", nearest), ("fine_probe", probe), ("fine_gda", gda)):
        scale, penalty = settings[figure] = _tuned(classify, kept, held)
        answers[figure] = classify(train, test, scale, (penalty,))[0]
    values = {figure: (answer == test.product).astype(np.float64) for figure, answer in answers.items()}
    values["coarse"] = (group[answers["fine_gda"]] == group[test.product]).astype(np.float64)
    generator = np.random.default_rng(options.seed)
    scale = settings["fine_gda"][0]
    trial = gda(catalogue + kept[draw(kept.product, generator)], held, scale, PENALTIES)
    penalty = PENALTIES[int(np.argmax([_right(answer, held) for answer in trial]))]
    draws = [gda(catalogue + train[draw(train.product, generator)], test, scale, (penalty,))[0] for _ in range(DRAWS)]
    values["fine_5shot"] = np.mean([answer == test.product for answer in draws], axis=0)
    return values


def blocks(photos: Photos) -> tuple[Photos, Photos]:
    """Each product's photos without, and only, the last fifth of them in the order they were taken."""
    place, count = np.zeros(len(photos.product)), np.bincount(photos.product)
    for product in np.flatnonzero(count):
        place[photos.product == product] = np.arange(count[product]) * BLOCKS // count[product]
    return photos[place < BLOCKS - 1], photos[place == BLOCKS - 1]


def draw(product: IntArray, generator: np.random.Generator) -> IntArray:
    """Rows of at most SHOTS photos of each product (n,) at random."""
    order = generator.permutation(len(product))
    return np.concatenate([order[product[order] == one][:SHOTS] for one in np.unique(product)])


def nearest(train: Photos, test: Photos, scale: float, penalties: Sequence[float]) -> list[IntArray]:
    """The product of the training photo with the highest cosine once the training mean is taken off; no penalty."""
    known, asked = train.vectors(scale), test.vectors(scale)
    mean = known.mean(0)
    known = (known - mean) / np.linalg.norm(known - mean, axis=1, keepdims=True)
    return [train.product[((asked - mean) @ known.T).argmax(1)]] * len(penalties)


def probe(train: Photos, test: Photos, scale: float, penalties: Sequence[float]) -> list[IntArray]:
    """Ridge regression on one-hot products; the highest output wins."""
    x, mean = train.vectors(scale), train.vectors(scale).mean(0)
    values, directions = eigen((x - mean).T @ (x - mean))
    products = np.unique(train.product)
    targets = (train.product[:, None] == products).astype(np.float64)
    projected = directions.T @ ((x - mean).T @ (targets - targets.mean(0)))
    asked = (test.vectors(scale) - mean) @ directions
    scores = [asked @ (projected / (values + penalty)[:, None]) + targets.mean(0) for penalty in penalties]
    return [products[each.argmax(1)] for each in scores]


def gda(train: Photos, test: Photos, scale: float, penalties: Sequence[float]) -> list[IntArray]:
    """Class means under one covariance within classes, shrunk towards the identity; equal priors."""
    x, asked = train.vectors(scale), test.vectors(scale)
    products, which = np.unique(train.product, return_inverse=True)
    means = np.stack([x[which == row].mean(0) for row in range(len(products))])
    within = x - means[which]
    values, directions = eigen(within.T @ within / len(x))
    answers = []
    for penalty in penalties:
        whitened = directions / np.sqrt(values + penalty * values.mean())
        centres = means @ whitened
        distance = (centres**2).sum(1) - 2 * (asked @ whitened) @ centres.T
        answers.append(products[distance.argmin(1)])
    return answers


def _tuned(classify: Classifier, kept: Photos, held: Photos) -> tuple[float, float]:
    """The colour scale and the penalty with the most right answers on the held block."""
    right = {
        (scale, penalty): _right(answer, held)
        for scale in SCALES
        for penalty, answer in zip(PENALTIES, classify(kept, held, scale, PENALTIES), strict=True)
    }
    return max(right, key=lambda setting: right[setting])


def _right(answer: IntArray, photos: Photos) -> float:
    return float(np.mean(answer == photos.product))


@dataclass(frozen=True, slots=True, eq=False)
class _Shelf:
    """Catalogue pictures in the order of products, training photos and test photos; the products' words and groups."""

    photos: tuple[Photos, Photos, Photos]
    names: tuple[str, ...]
    texts: tuple[str, ...]
    groups: tuple[str, ...]
    group: IntArray


def _read(options: BenchOptions, name: str) -> _Shelf:
    common = options.folder()
    products = [json.loads(line) for line in (common / "products.jsonl").read_text("utf-8").splitlines()]
    row_of = {product["product_id"]: row for row, product in enumerate(products)}
    encoders = vectors.image_encoder(options, name), create("encoder", colour.NAME)

    def photos(items: Sequence[tuple[str, str]], split: str) -> Photos:
        paths = [options.folder(split) / path for _, path in items]
        image, colour = (vectors.photos(options, encoder, paths) for encoder in encoders)
        return Photos(image, colour, np.array([row_of[product] for product, _ in items]))

    def listed(split: str) -> list[dict[str, str]]:
        with (options.folder(split) / "images.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def shown(rows: Sequence[dict[str, str]], split: str) -> Photos:
        return photos([(row["product_id"], row["image"]) for row in rows], split)

    catalogue = photos([(product["product_id"], product["iconic_image"]) for product in products], "common")
    group = np.array([product["coarse_id"] for product in products])
    train, test = listed(options.train), listed(options.test)
    if options.crossed:
        train, test = ([row for row in train if row["split"] == part] for part in ("train", "val"))
    return _Shelf(
        (catalogue, shown(train, options.train), shown(test, options.test)),
        tuple(product["name"] for product in products),
        tuple(f"{product['name']}. {product['description']}" for product in products),
        tuple(product["coarse_name"] for product in products),
        group,
    )
