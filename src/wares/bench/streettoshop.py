"""``streettoshop``: a photo that somebody took at home is shown to a shop; does it find such things there?"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from wares.bench import vectors
from wares.bench.fashion import Shelf, read_shelf
from wares.bench.fashionlearned import LearnedMethod, every
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.splits import folds
from wares.bench.timing import load
from wares.encode import colour as colour_encoder
from wares.encode import image as image_encoder
from wares.encode import text as text_encoder
from wares.encode.bridge import Bridge
from wares.encode.joint import JointFusion
from wares.encode.learned import TERMS
from wares.evaluate.compare import interval, paired
from wares.evaluate.metrics import ndcg, precision
from wares.protocols import Encoded, Encoder, Fusion
from wares.registry import create, register
from wares.search.hybrid import WEIGHTS
from wares.types import BoolArray, FloatArray, ScoreArray

SHOP, STREET = "fashion-products", "clothing-photos"
KINDS: Mapping[str, frozenset[str]] = {
    "dress": frozenset(("Dresses",)),
    "hat": frozenset(("Caps", "Hat")),
    "longsleeve": frozenset(("Sweaters", "Sweatshirts")),
    "outwear": frozenset(("Jackets", "Rain Jacket", "Nehru Jackets", "Blazers", "Waistcoat")),
    "pants": frozenset(
        ("Jeans", "Trousers", "Track Pants", "Lounge Pants", "Leggings", "Jeggings", "Tights", "Capris")
    ),
    "shirt": frozenset(("Shirts",)),
    "shoes": frozenset(
        ("Casual Shoes", "Sports Shoes", "Formal Shoes", "Flats", "Heels", "Sandals", "Sports Sandals", "Flip Flops")
    ),
    "shorts": frozenset(("Shorts", "Lounge Shorts")),
    "skirt": frozenset(("Skirts",)),
    "t-shirt": frozenset(("Tshirts",)),
}
"""Class of a photo → types of the products that are of it."""
NAMES = ("ndcg10", "p10", "r_precision")
METHODS = ("learned", "day 0", "image cosine", "cosine of roots")
COMPARED = (
    ("learned", "image cosine"),
    ("learned", "cosine of roots"),
    ("learned", "day 0"),
    ("search learned", "search day 0"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Street:
    """Photos that people took: (q, d) vectors, and the class of each."""

    image: FloatArray
    colour: FloatArray
    kinds: tuple[str, ...]


@register("bench", "streettoshop")
def streettoshop(options: BenchOptions) -> BenchResult:
    """Photos of clothes taken at home, against the photos and titles of a shop's products.

    ``--data`` holds ``clothing-photos`` and ``fashion-products``. A product is relevant if its type is of the photo's
    class, by a table of ours. The learned space and the bridge of day 0 know nothing but products of other titles
    (folds as in ``fashion``) and none of the photos taken at home; each photo is asked of every fold and counts once.
    Equal scores stand worst first. Peers: the image encoder's own vectors, as they are and with their roots, and day 0.

    Figures
    -------
    ndcg10, p10, r_precision
        nDCG@10, precision at 10 and at the number of relevant products, in the learned space, in which the products
        have titles and photos
    photos_ndcg10, photos_p10, photos_r_precision
        the same with products known by their photos alone
    search_ndcg10, search_p10, search_r_precision
        the same by the sum of the image encoder's cosine and the learned one with the weights that a search has
    classes_ndcg10
        nDCG@10 as the mean over the classes of photos
    """
    busy = load()
    image = vectors.image_encoder(options, image_encoder.FP32)
    text, colour = create("encoder", text_encoder.NAME), create("encoder", colour_encoder.NAME)
    shop = replace(options, data=options.data / SHOP)
    street = _street(replace(options, data=options.data / STREET), image, colour)
    method = LearnedMethod(options, text, Bridge(text, image, colour))
    shelves = {name: read_shelf(shop, name, image, text, colour) for name in {options.train, options.test}}
    runs: dict[str, list[dict[str, ScoreArray]]] = {}
    splits = list(_splits(options, shelves[options.train], shelves[options.test]))
    for train, test in splits:
        fusion, _ = method.learned(train)
        for name, scores in _scores(method, fusion, test, street).items():
            runs.setdefault(name, []).append(measure(scores, _relevant(street, test)))
    values = {
        name: {figure: np.mean([run[figure] for run in some], axis=0) for figure in NAMES}
        for name, some in runs.items()
    }
    return _result(options, values, street, (busy, len(splits)))


def measure(scores: FloatArray, relevant: BoolArray) -> dict[str, ScoreArray]:
    """(q,) values of each figure; (q, n) scores, equal ones worst first."""
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    for row, right in zip(scores, relevant, strict=True):
        ranked = right[np.lexsort((right, -row))].astype(np.float64)
        found["ndcg10"].append(ndcg(ranked, ranked, 10))
        found["p10"].append(precision(ranked, ranked, 10))
        found["r_precision"].append(precision(ranked, ranked, int(right.sum())) if right.any() else 0.0)
    return {name: np.array(each) for name, each in found.items()}


def _splits(options: BenchOptions, train: Shelf, test: Shelf) -> Iterator[tuple[Shelf, Shelf]]:
    """(learned from, asked) of each fold; one of them where it is to be quick."""
    if not options.crossed:
        yield train, test
        return
    for learned, asked in folds(train.titles, options.folds, options.seed)[: 1 if options.quick else None]:
        yield train[learned], train[asked]


def _street(options: BenchOptions, image: Encoder[bytes], colour: Encoder[bytes]) -> Street:
    folder = options.folder(options.test)
    with (folder / "images.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["label"] in KINDS]
    photos = [folder / row["image"] for row in rows]
    looks, colours = (vectors.photos(options, encoder, photos) for encoder in (image, colour))
    return Street(looks, colours, tuple(row["label"] for row in rows))


def _relevant(street: Street, test: Shelf) -> BoolArray:
    """(q, n) whether the product is of the class of the photo."""
    kinds = np.array(test.said["article_type"])
    by_kind = {name: np.isin(kinds, sorted(types)) for name, types in KINDS.items()}
    return np.stack([by_kind[kind] for kind in street.kinds])


def _scores(method: LearnedMethod, fusion: JointFusion, test: Shelf, street: Street) -> dict[str, FloatArray]:
    """(q, n) scores of every method."""
    looks = street.image @ test.image.T
    found = {"image cosine": looks, "cosine of roots": np.sqrt(street.image) @ np.sqrt(test.image).T}
    asked = {"image": every(street.image), "colour": every(street.colour)}
    seen = {"image": every(test.image), "colour": every(test.colour)}
    said: dict[str, Encoded] = {"text": every(test.words)}
    spaces: Mapping[str, Fusion] = {"learned": fusion, "day 0": fusion.day_0}
    for name, space in spaces.items():
        words = said | ({TERMS: method.terms(fusion, test.titles)} if space is fusion else {})
        queries = space.fuse(asked)[0]
        found[name] = queries @ space.fuse({**seen, **words})[0].T
        found[f"photos {name}"] = queries @ space.fuse(seen)[0].T
        found[f"search {name}"] = np.asarray(WEIGHTS["image"] * looks + WEIGHTS["fused"] * found[name], np.float32)
    return found


def _result(
    options: BenchOptions,
    values: Mapping[str, Mapping[str, ScoreArray]],
    street: Street,
    told: tuple[float, int],
) -> BenchResult:
    kinds = np.array(street.kinds)

    def by_class(name: str) -> dict[str, float]:
        return {kind: float(values[name]["ndcg10"][kinds == kind].mean()) for kind in sorted(set(street.kinds))}

    def named(name: str) -> dict[str, ScoreArray]:
        every = dict(values[name])
        for sort in ("photos", "search"):
            every |= {f"{sort}_{figure}": each for figure, each in values.get(f"{sort} {name}", {}).items()}
        return every

    means = {
        name: {figure: float(each.mean()) for figure, each in named(name).items()}
        | {"classes_ndcg10": float(np.mean([*by_class(name).values()]))}
        for name in METHODS
    }
    notes = [f"{told[1]} split(s), {len(kinds):,} photos"]
    for one, other in COMPARED:
        gain = paired(values[one]["ndcg10"], values[other]["ndcg10"], options.seed)
        notes.append(f"nDCG@10 of {one} - {other}: {gain.difference:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]")
    for kind, count in zip(*np.unique(kinds, return_counts=True), strict=True):
        each = ", ".join(f"{name} {by_class(name)[kind]:.3f}" for name in METHODS)
        notes.append(f"{kind} ({count} photos): {each}")
    for name in METHODS[1:]:
        low, high = interval(values[name]["ndcg10"], options.seed)
        notes.append(f"{name}, nDCG@10, 95 %: {low:.3f} to {high:.3f}")
    ours = means.pop("learned")
    return BenchResult(
        "streettoshop",
        ours,
        intervals={figure: interval(each, options.seed) for figure, each in named("learned").items()},
        peers=means,
        ratios={f"{figure}/{peer}": ours[figure] / of[figure] for peer, of in means.items() for figure in of},
        seed=options.seed,
        load=told[0],
        notes=tuple(notes),
    )
