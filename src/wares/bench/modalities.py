"""``modalities``: what is left of a learned space where something is missing, damaged or wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from wares.bench import vectors
from wares.bench.fashion import Shelf, measure, ndcg10, photos_of, read_shelf
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
from wares.evaluate.compare import interval
from wares.protocols import Encoded, Fusion
from wares.registry import create, register
from wares.types import FloatArray, IntArray, ScoreArray

if TYPE_CHECKING:
    from PIL import Image

WRONG = 0.2  # of the labels that are learned from
HALF = 0.5  # of the products that have no photo
DAMAGED = ("crop", "blur", "jpeg", "tint")
PARTS = ("text", TERMS, "image", "colour")


@register("bench", "modalities")
def modalities(options: BenchOptions) -> BenchResult:
    """Queries like "Women Black Handbags" against whole fashion products, each modality left out in turn.

    Learned on one fold of titles and asked of the next; day 0 beside it. Photos are damaged before they are encoded.

    Figures
    -------
    whole
        nDCG@10 with titles and photos; relevant: gender, colour and type all hold
    no_text, no_terms, no_words, no_image, no_colour, no_photos
        the same without what titles mean, without the shop's own words, without both, without what photos look like,
        without their colours, without both
    half_photos
        the same where half of the products have no photo
    t2i_r10, typos_r10, crop_r10, blur_r10, jpeg_r10, tint_r10
        share of titles whose photo is among the first ten: as they are, with a typing error in each, with photos cut to
        70 %, blurred, saved at quality 10, and tinted
    wrong_labels
        ``photos`` (queries against photos alone) where a fifth of what is said of the products was wrong
    photos
        the same where it was right
    """
    busy = load()
    image = vectors.image_encoder(options, image_encoder.FP32)
    text, colour = create("encoder", text_encoder.NAME), create("encoder", colour_encoder.NAME)
    shelf = read_shelf(options, options.test, image, text, colour)
    kept, held = folds(shelf.titles, options.folds, options.seed)[0]
    train, test = shelf[kept], shelf[held]
    method = LearnedMethod(options, text, Bridge(text, image, colour))
    fusion, _ = method.learned(train)
    spoiled, _ = method.learned(_spoiled(train, options.seed))
    base = fusion.day_0
    ours = _whole(method, fusion, test, options.seed)
    theirs = _whole(method, base, test, options.seed)
    photos = photos_of(options, options.test)
    damaged = {
        name: replace(
            test,
            image=vectors.photos(options, image, _damaged(photos, held, name, options)),
            colour=vectors.photos(options, colour, _damaged(photos, held, name, options)),
        )
        for name in DAMAGED
    }
    typed = [_typo(title, Random(f"{options.seed}{title}")) for title in test.titles]
    mistyped = replace(test, words=vectors.texts(options, text, typed))
    for each, found in ((fusion, ours), (base, theirs)):
        found["t2i_r10"] = _photo_recall(method, each, test, test.titles)
        found["typos_r10"] = _photo_recall(method, each, mistyped, typed)
        found |= {f"{name}_r10": _photo_recall(method, each, of, of.titles) for name, of in damaged.items()}
        found["photos"] = _attributes(method, each, test)
    ours["wrong_labels"] = _attributes(method, spoiled, test)
    return BenchResult(
        "modalities",
        {name: float(values.mean()) for name, values in ours.items()},
        intervals={name: interval(values, options.seed) for name, values in ours.items()},
        peers={"day 0": {name: float(values.mean()) for name, values in theirs.items()}},
        seed=options.seed,
        load=busy,
        notes=(f"{len(train.titles):,} products learned from, {len(test.titles):,} asked",),
    )


def _whole(method: LearnedMethod, fusion: Fusion, test: Shelf, seed: int) -> dict[str, ScoreArray]:
    """nDCG@10 of every distinct query, with all modalities and without some."""
    parts = {
        "text": every(test.words),
        "image": every(test.image),
        "colour": every(test.colour),
    } | ({TERMS: method.terms(fusion, test.titles)} if isinstance(fusion, JointFusion) else {})
    half = np.random.default_rng(seed).random(len(test.titles)) < HALF
    fewer = {name: Encoded(parts[name].vectors, parts[name].present & half) for name in ("image", "colour")}
    missing: Mapping[str, Sequence[str]] = {
        "whole": (), "no_text": ("text",), "no_terms": (TERMS,), "no_words": ("text", TERMS),
        "no_image": ("image",), "no_colour": ("colour",), "no_photos": ("image", "colour"),
    }  # fmt: skip
    shown = {
        name: fusion.fuse({each: part for each, part in parts.items() if each not in without})[0]
        for name, without in missing.items()
    }
    shown["half_photos"] = fusion.fuse({**parts, **fewer})[0]
    asked, first, which = np.unique(np.array(test.asked), return_index=True, return_inverse=True)
    queries = _words(method, fusion, test.queries[first], [str(each) for each in asked])
    relevant = [which == row for row in range(len(asked))]
    return {
        name: np.array([ndcg10(query @ rows.T, right) for query, right in zip(queries, relevant, strict=True)])
        for name, rows in shown.items()
    }


def _words(method: LearnedMethod, fusion: Fusion, rows: FloatArray, texts: Sequence[str]) -> FloatArray:
    if isinstance(fusion, JointFusion):
        return method.words(fusion, rows, texts)
    found: FloatArray = fusion.fuse({"text": every(rows)})[0]
    return found


def _seen(fusion: Fusion, test: Shelf) -> FloatArray:
    rows: FloatArray = fusion.fuse({"image": every(test.image), "colour": every(test.colour)})[0]
    return rows


def _photo_recall(method: LearnedMethod, fusion: Fusion, test: Shelf, said: Sequence[str]) -> ScoreArray:
    """Of each distinct title whether its photo is among the first ten; ``said`` is what is asked instead of it."""
    by_title = dict(zip(test.titles, said, strict=True))

    def words(rows: FloatArray, texts: Sequence[str]) -> FloatArray:
        return _words(method, fusion, rows, [by_title.get(text, text) for text in texts])

    return measure(test, words, _seen(fusion, test))["t2i_r10"]


def _attributes(method: LearnedMethod, fusion: Fusion, test: Shelf) -> ScoreArray:
    def words(rows: FloatArray, texts: Sequence[str]) -> FloatArray:
        return _words(method, fusion, rows, texts)

    return measure(test, words, _seen(fusion, test))["attr_ndcg10"]


def _spoiled(shelf: Shelf, seed: int) -> Shelf:
    """A shelf of which a fifth of what is said of each product is said of another one."""
    generator = np.random.default_rng(seed)
    said = {}
    for name, values in shelf.said.items():
        mixed = np.array(values, dtype=object)
        rows = np.flatnonzero(generator.random(len(values)) < WRONG)
        mixed[rows] = mixed[generator.permutation(rows)]
        said[name] = tuple(str(value) for value in mixed)
    return replace(shelf, said=said)


def _damaged(photos: Sequence[Path], rows: IntArray, how: str, options: BenchOptions) -> list[Path]:
    """Damaged copies in the bench's cache, made when they are not there."""
    folder = options.cache_folder("damaged") / how
    folder.mkdir(exist_ok=True)
    paths = []
    for row in rows:
        path = folder / f"{photos[row].stem}.jpg"
        if not path.exists():
            path.write_bytes(_DAMAGE[how](photos[row].read_bytes()))
        paths.append(path)
    return paths


def _crop(data: bytes) -> bytes:
    picture = _opened(data)
    width, height = picture.size
    box = (0.15 * width, 0.15 * height, 0.85 * width, 0.85 * height)
    return _saved(picture.crop((round(box[0]), round(box[1]), round(box[2]), round(box[3]))))


def _blur(data: bytes) -> bytes:
    from PIL import ImageFilter

    return _saved(_opened(data).filter(ImageFilter.GaussianBlur(2)))


def _jpeg(data: bytes) -> bytes:
    return _saved(_opened(data), quality=10)


def _tint(data: bytes) -> bytes:
    """As under a warm lamp: more red, less blue."""
    from PIL import Image

    pixels = np.asarray(_opened(data), np.float32) * np.array([1.15, 1.0, 0.8], np.float32)
    return _saved(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)))


_DAMAGE: Mapping[str, Callable[[bytes], bytes]] = {"crop": _crop, "blur": _blur, "jpeg": _jpeg, "tint": _tint}


def _opened(data: bytes) -> "Image.Image":
    from PIL import Image

    return Image.open(BytesIO(data)).convert("RGB")


def _saved(picture: "Image.Image", quality: int = 92) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _typo(text: str, random: Random) -> str:
    """One letter left out, doubled, or changed with its neighbour."""
    if len(text) < 4:
        return text
    at = random.randrange(1, len(text) - 1)
    kind = random.choice(("out", "twice", "swap"))
    if kind == "out":
        return text[:at] + text[at + 1 :]
    if kind == "twice":
        return text[:at] + text[at] + text[at:]
    return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
