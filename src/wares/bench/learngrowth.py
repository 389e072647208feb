"""``learngrowth``: what learning takes as the catalogue grows: seconds, memory, and the size of the model."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from wares.bench import vectors
from wares.bench.fashion import Shelf, read_shelf
from wares.bench.fashionlearned import WORDS, catalogue, every
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.memory import MEGABYTE, apart
from wares.bench.timing import load
from wares.encode import colour as colour_encoder
from wares.encode import image as image_encoder
from wares.encode import text as text_encoder
from wares.encode.bridge import NAME as BRIDGE
from wares.encode.bridge import Bridge
from wares.encode.learned import ARRAYS, unit
from wares.encode.words import WordsAnalyzer
from wares.protocols import Encoded
from wares.registry import create, register
from wares.types import FloatArray

SIZES = (0, 10_000, 40_000, 100_000)  # 0: the products as they are
NOISE = 0.3  # of a made vector, beside the real one of length 1
QUICK = (60, 60)  # steps of learning where it is to be quick


@dataclass(frozen=True, slots=True)
class Grown:
    """What one learning took.

    Attributes
    ----------
    seconds, learning
        Of everything after the features are there, and of the learning itself.
    peak, before
        Megabytes that were resident at the most, and when the features were there and nothing was learned.
    size
        Megabytes of the model.
    products, queries
        Of the catalogue, and texts that ask for them.
    worth
        Figure → day 0 and learned, on products that neither saw.
    """

    seconds: float
    learning: float
    peak: float
    before: float
    size: float
    products: int
    queries: int
    worth: Mapping[str, tuple[float, float]]


@register("bench", "learngrowth")
def learngrowth(options: BenchOptions) -> BenchResult:
    """``wares learn joint`` on fashion products as they are, and on 10,000, 40,000 and 100,000 of them.

    Larger catalogues repeat real products under titles of their own (one more word), with vectors moved by noise: what
    is learned of them is worth nothing as a figure, what it takes is. Vectors of products and of queries are there
    already, as in a shop that learns again; each size is learned in a process of its own. ``--only`` takes some of
    real, 10k, 40k and 100k, ``--quick`` learns in 60 steps.

    Figures
    -------
    real_s, 10k_s, 40k_s, 100k_s
        seconds from the features to the measured model: learning, choosing how much it counts, and measuring
    real_learn_s, 10k_learn_s, 40k_learn_s, 100k_learn_s
        of these the learning itself
    real_peak_mb, 10k_peak_mb, 40k_peak_mb, 100k_peak_mb
        most megabytes that were resident in the process, the features and the interpreter included
    real_features_mb, 10k_features_mb, 40k_features_mb, 100k_features_mb
        megabytes that were resident before it began
    real_model_mb, 10k_model_mb, 40k_model_mb, 100k_model_mb
        megabytes of the model
    real_phrase_photo, 10k_phrase_photo, 40k_phrase_photo, 100k_phrase_photo
        nDCG@10 of what is said of products that were never learned from, against their photos; real: worth comparing
    """
    busy = load()
    image = vectors.image_encoder(options, image_encoder.FP32)
    text, colour = create("encoder", text_encoder.NAME), create("encoder", colour_encoder.NAME)
    shelf = read_shelf(options, options.test, image, text, colour)
    figures: dict[str, float] = {}
    day_0: dict[str, float] = {}
    notes = []
    named = {f"{size // 1000}k" if size else "real": size for size in SIZES}
    with TemporaryDirectory(prefix="wares-bench-") as scratch:
        folder = Path(scratch)
        keep(shelf, folder, spoken(options, shelf))
        for name in options.parts(tuple(named)):
            found = apart(grown, folder, named[name], options).value
            figures |= {
                f"{name}_s": found.seconds,
                f"{name}_learn_s": found.learning,
                f"{name}_peak_mb": found.peak,
                f"{name}_features_mb": found.before,
                f"{name}_model_mb": found.size,
                f"{name}_phrase_photo": found.worth["phrase_photo"][1],
            }
            day_0[f"{name}_phrase_photo"] = found.worth["phrase_photo"][0]
            worth = ", ".join(f"{each} {old:.3f} → {new:.3f}" for each, (old, new) in found.worth.items())
            notes.append(f"{name}: {found.products:,} products, {found.queries:,} queries, {worth}")
    return BenchResult("learngrowth", figures, {}, {"day 0": day_0}, seed=options.seed, load=busy, notes=tuple(notes))


def spoken(options: BenchOptions, shelf: Shelf) -> dict[str, FloatArray]:
    """Everything that is said of products, in each language, and its vector: phrases are made of these."""
    text = create("encoder", text_encoder.NAME)
    values = sorted({value for of in shelf.said.values() for value in of if value})
    words = sorted({*values, *(each for of in WORDS.values() for value, each in of.items() if value in values)})
    return dict(zip(words, vectors.texts(options, text, words), strict=True))


def keep(shelf: Shelf, folder: Path, spoken: Mapping[str, FloatArray]) -> None:
    """Write a shelf and the vectors of words for the processes that learn from it."""
    arrays = {
        "words": shelf.words,
        "image": shelf.image,
        "colour": shelf.colour,
        "spoken": np.stack([*spoken.values()]),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    texts = {"titles": shelf.titles, "said": dict(shelf.said), "spoken": [*spoken]}
    (folder / "texts.json").write_text(json.dumps(texts), "utf-8")


def grown(folder: Path, n: int, options: BenchOptions) -> Grown:
    """Learn from a shelf that was kept, grown to n products (0: as it is), in this process."""
    from wares.learn.data import Data
    from wares.learn.objective import Settings
    from wares.learn.space import make

    shelf, known = _kept(folder)
    if n:
        shelf = _grown(shelf, n, options.seed)
    analyzer = WordsAnalyzer()
    titles = dict(zip(shelf.titles, shelf.words, strict=True))
    longest, dim = max(len(phrase.split()) for phrase in known), shelf.words.shape[1]

    def encode(texts: Sequence[str]) -> Encoded:
        rows = [titles[text] if text in titles else _phrase(text, known, longest) for text in texts]
        return every(np.array(rows, np.float32).reshape(len(rows), dim))

    image = vectors.image_encoder(options, image_encoder.FP32)
    bridge = Bridge(create("encoder", text_encoder.NAME), image, create("encoder", colour_encoder.NAME))
    data = Data(catalogue(shelf, analyzer, options.seed), encode, analyzer.terms, bridge, BRIDGE, {})
    settings = Settings(seed=options.seed, threads=options.threads)
    settings = replace(settings, steps=QUICK) if options.quick else settings
    del shelf
    before = _resident("VmRSS")
    start = time.perf_counter()
    made = make(data, folder / f"{n}" / "joint-0001", settings)
    seconds = time.perf_counter() - start
    return Grown(
        seconds,
        float(made.card["seconds"]),
        _resident("VmHWM"),
        before,
        (made.folder / ARRAYS).stat().st_size / MEGABYTE,
        len(data.catalogue),
        sum(len(each.texts) for each in data.catalogue.asked),
        {name: (made.before.means[name], each) for name, each in made.after.means.items()},
    )


def _resident(name: str) -> float:
    """Megabytes of this process; ``VmHWM`` is the most there ever were (that of the system's accounting, ``ru_maxrss``,
    would begin with those of the process that started it)."""
    status = Path("/proc/self/status")
    found = re.search(rf"^{name}:\s+(\d+) kB", status.read_text(), re.MULTILINE) if status.is_file() else None
    return 1024 * int(found[1]) / MEGABYTE if found else float("nan")


def _kept(folder: Path) -> tuple[Shelf, dict[str, FloatArray]]:
    texts = json.loads((folder / "texts.json").read_text("utf-8"))
    words, image, colour, spoken = (np.load(folder / f"{name}.npy") for name in ("words", "image", "colour", "spoken"))
    titles = tuple(texts["titles"])
    none = np.zeros((len(titles), 0), np.float32)
    said = {name: tuple(of) for name, of in texts["said"].items()}
    shelf = Shelf(titles, titles, titles, said, words, none, none, image, colour)
    return shelf, dict(zip(texts["spoken"], spoken, strict=True))


def _grown(shelf: Shelf, n: int, seed: int) -> Shelf:
    """Products of a shelf again and again, each with one more word in its title and vectors near the real ones."""
    generator = np.random.default_rng(seed)
    rows = np.arange(n) % len(shelf.titles)
    titles = tuple(f"{shelf.titles[row]} model{number // 3}" for number, row in enumerate(rows))
    said = {name: tuple(values[row] for row in rows) for name, values in shelf.said.items()}
    words, image, colour = (_moved(part, rows, generator) for part in (shelf.words, shelf.image, shelf.colour))
    none = np.zeros((n, 0), np.float32)
    return Shelf(titles, titles, titles, said, words, none, none, image, colour)


def _moved(vectors: FloatArray, rows: np.ndarray, generator: np.random.Generator) -> FloatArray:
    """(n, d) rows with noise of their own, as long as they were; what was never negative stays so."""
    d = vectors.shape[1]
    found = np.empty((len(rows), d), np.float32)
    for start in range(0, len(rows), 4096):
        some = vectors[rows[start : start + 4096]]
        lengths = np.linalg.norm(some, axis=1, keepdims=True)
        moved = some + NOISE / np.sqrt(d) * lengths * generator.standard_normal(some.shape, np.float32)
        moved = np.maximum(moved, 0) if (vectors >= 0).all() else moved
        found[start : start + 4096] = unit(moved) * lengths
    return found


def _phrase(text: str, known: Mapping[str, FloatArray], longest: int) -> FloatArray:
    """The mean of the vectors of what a phrase is made of."""
    words, found, start = text.split(), [], 0
    while start < len(words):
        ends = range(min(len(words), start + longest), start, -1)
        end = next((end for end in ends if " ".join(words[start:end]) in known), start + 1)
        found.append(known.get(" ".join(words[start:end])))
        start = end
    rows = [row for row in found if row is not None] or [*_inside(text, known)]
    return np.asarray(unit(np.sum(rows, axis=0)), np.float32)


def _inside(text: str, known: Mapping[str, FloatArray]) -> Sequence[FloatArray]:
    """Of a language without spaces."""
    return [row for word, row in known.items() if word in text]
