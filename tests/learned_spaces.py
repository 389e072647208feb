"""Learned spaces for tests: models of random arrays, and a catalogue whose right answers are known by construction."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

import numpy as np

from wares.encode.learned import TERMS, LearnedSpace, unit, vocabulary, write_model
from wares.learn.catalogue import Asked, Catalogue, Label, numbered
from wares.learn.compress import Compression, compress
from wares.learn.data import Data
from wares.learn.phrases import phrases
from wares.protocols import Encoded
from wares.registry import register

SIZES = {"text": 16, "image": 24, "colour": 8}
WORDS = ("blue", "chair", "lamp", "red", "灯")
COLOURS = ("red", "blue", "green", "white", "black", "amber")
KINDS = ("lamp", "chair", "desk", "vase", "rug", "mirror")
TEXT, IMAGE = 24, 16


def random_arrays(
    sizes: Mapping[str, int] = SIZES, *, dim: int = 12, words: Sequence[str] = WORDS, seed: int = 0
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arrays and card of a model that was never trained."""
    generator = np.random.default_rng(seed)

    def drawn(*shape: int) -> np.ndarray:
        return np.asarray(generator.normal(size=shape) / np.sqrt(shape[-1]), np.float32)

    arrays: dict[str, Any] = {}
    for name, size in sizes.items():
        arrays |= {
            f"{name}.mean": drawn(size),
            f"{name}.scale": np.abs(drawn(size)) + 1,
            f"{name}.gate": drawn(dim + 1),
        }
        for part, rows, columns in (("skip", dim, size), ("into", 20, size), ("out", dim, 20)):
            arrays |= {f"{name}.{part}.weight": drawn(rows, columns), f"{name}.{part}.bias": drawn(rows)}
    if words:
        trie, ordered = vocabulary(sorted(words))
        arrays |= {f"{TERMS}.rows": drawn(len(ordered), dim), f"{TERMS}.trie": np.frombuffer(trie, np.uint8)}
        arrays[f"{TERMS}.gate"] = drawn(dim + 1)
    arrays |= {"trunk.norm.weight": drawn(dim), "trunk.norm.bias": drawn(dim)}
    for part, rows, columns in (("into", 2 * dim, dim), ("out", dim, 2 * dim)):
        arrays |= {f"trunk.{part}.weight": drawn(rows, columns), f"trunk.{part}.bias": drawn(rows)}
    modalities = [*sizes, *([TERMS] if words else [])]
    card = {"modalities": modalities, "dim": dim, "rooted": {name: name == "colour" for name in sizes}}
    return arrays, card


def telling(arrays: Mapping[str, Any], card: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same model with a label of three values."""
    generator = np.random.default_rng(1)
    shapes = {
        "label.0.weight": (3, card["dim"]), "label.0.bias": (3,), "label.0.seen": (3, 6),
        "read.image.weight": (6, SIZES["image"]), "read.image.bias": (6,),
    }  # fmt: skip
    drawn = {name: generator.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return {**arrays, **drawn}, {**card, "labels": {"colour": ["red", "blue", "green"]}}


def write_random(folder: Path, share: float = 0.5, *, about: Mapping[str, Any] | None = None, **settings: Any) -> Path:
    """A model of random arrays on the disk."""
    arrays, card = random_arrays(**settings)
    data = {"products": 40, "sha256": "0"}
    write_model(folder, arrays, card | {"name": folder.name, "share": share, "data": data} | dict(about or {}))
    return folder


def write_graph(folder: Path, share: float = 0.5, *, int8: bool = True, **settings: Any) -> Path:
    """A model of random arrays that runs as a graph, made of one beside it."""
    space = LearnedSpace.read(write_random(folder.with_name("joint-0999"), share, **settings))
    sizes = {name: size for name, size in space.inputs().items() if name != TERMS}
    rows = random_parts(200, sizes, seed=9)
    if "terms" in space.own:
        rows["terms"] = space.own["terms"].encode([[word] for word in WORDS] * (200 // len(WORDS)))
    compress(space, Compression(int8=int8, onnx=True), folder, rows)
    return folder


def random_parts(n: int, sizes: Mapping[str, int] = SIZES, *, seed: int = 0, share: float = 0.7) -> dict[str, Encoded]:
    """Unit rows of each modality, some of them absent; colours are never negative."""
    generator = np.random.default_rng(seed)
    parts = {}
    for name, size in sizes.items():
        rows = unit(generator.normal(size=(n, size)))
        present = generator.random(n) < share
        parts[name] = Encoded((np.abs(rows) if name == "colour" else rows) * present[:, None], present)
    return parts


@register("fusion", "apart.v1")
class Apart:
    """Words and photos side by side: neither finds the other."""

    modalities = ("text", "image")
    own: Mapping[str, object] = {}

    def __init__(self, sizes: Mapping[str, int] | None = None) -> None:
        self._sizes = dict(sizes or {"text": TEXT, "image": IMAGE})
        self.dim = sum(self._sizes.values())
        self.fingerprint = f"apart:{self._sizes}"

    def fit(self, parts: Mapping[str, Encoded], groups: Sequence[str]) -> Self:
        assert all(len(part.present) == len(groups) for part in parts.values())
        return self

    def fuse(self, parts: Mapping[str, Encoded]) -> tuple[np.ndarray, np.ndarray]:
        n = len(next(iter(parts.values())).present)
        absent = {
            name: Encoded(np.zeros((n, size), np.float32), np.zeros(n, np.bool_)) for name, size in self._sizes.items()
        }
        every = absent | {name: part for name, part in parts.items() if name in self._sizes}
        present = np.stack([every[name].present for name in self.modalities], axis=1)
        weights = present / np.maximum(present.sum(1, keepdims=True), 1)
        return unit(np.hstack([every[name].vectors for name in self.modalities])), np.asarray(weights, np.float32)

    def query(self, parts: Mapping[str, np.ndarray]) -> np.ndarray:
        return self.fuse({name: Encoded(row[None], np.ones(1, np.bool_)) for name, row in parts.items()})[0][0]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sizes").write_text(repr(list(self._sizes.values())))

    @classmethod
    def load(cls, folder: Path) -> Self:
        text, image = (int(size) for size in (folder / "sizes").read_text().strip("[]").split(","))
        return cls({"text": text, "image": image})


def drawn_for(name: str, size: int) -> np.ndarray:
    """The same unit vector for the same name, (size,)."""
    seed = int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return unit(np.random.default_rng(seed).normal(size=size))


def encode(texts: Sequence[str]) -> Encoded:
    """Texts as the sum of their words."""
    rows = [sum((drawn_for(f"word {word}", TEXT) for word in text.split()), np.zeros(TEXT)) for text in texts]
    return Encoded(
        unit(np.array(rows, np.float32).reshape(-1, TEXT)), np.array([bool(text.split()) for text in texts], np.bool_)
    )


def terms(text: str, language: str = "") -> list[str]:
    return text.split()


def catalogue(n: int = 240, *, seed: int = 0, noise: float = 0.15, photos: float = 1.0) -> Catalogue:
    """Products of a colour and a kind, in turn, each with a word of its own in the title.

    A photo shows which of the 36 pairs a product is, in a direction that has nothing to do with the words: who knows
    the catalogue finds the photos of every pair, who does not finds none.
    """
    generator = np.random.default_rng(seed)
    pairs = np.stack([np.arange(n) % len(COLOURS), np.arange(n) // len(COLOURS) % len(KINDS)], axis=1)
    titles = [f"{COLOURS[a]} {KINDS[b]} name{row}" for row, (a, b) in enumerate(pairs)]
    shown = np.array([drawn_for(f"photo {a} {b}", IMAGE) for a, b in pairs])
    there = generator.random(n) < photos
    image = unit(shown + noise * generator.normal(size=shown.shape)) * there[:, None]
    parts = {"text": encode(titles), "image": Encoded(np.asarray(image, np.float32), there)}
    if not there.any():
        del parts["image"]
    labels = {"colour": Label(pairs[:, 0], {"en": COLOURS}), "kind": Label(pairs[:, 1], {"en": KINDS})}
    rows = np.arange(n)
    title = Asked(tuple(titles), "title", "en", rows, rows, np.ones(n, np.float32))
    ids = tuple(f"p{row}" for row in range(n))
    return Catalogue(
        ids, numbered(ids), parts, tuple(tuple(text.split()) for text in titles), labels,
        (title, phrases(labels, "en", seed, range(n))),
        np.asarray(pairs[:, 0] / len(COLOURS), np.float32),
        np.stack([rows[:-len(COLOURS)], rows[len(COLOURS):]], axis=1),
    )  # fmt: skip


def data(products: Catalogue | None = None) -> Data:
    """What a model is made of."""
    made = catalogue() if products is None else products
    return Data(made, encode, terms, Apart(), "apart.v1", {"text": "words:1", "image": "pairs:1"})
