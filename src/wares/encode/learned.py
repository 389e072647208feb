"""A space that was learned from a catalogue: a tower for each modality, and gates that weigh them (numpy alone).

A model is a folder: ``model.safetensors`` holds the arrays, ``card.json`` says what it is, what it was learned from,
what it measured and the sha256 of the arrays. Where the card names the sha256 of ``model.onnx``, too, towers, gates
and trunk are there (:mod:`wares.encode.learnedonnx`). :mod:`wares.learn` writes it, everybody else reads it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import marisa_trie
import numpy as np

from wares.arrayfiles import chunks, mapped
from wares.encode.learnedonnx import FILE as GRAPH
from wares.encode.learnedonnx import Graph
from wares.encode.rows import readable
from wares.encode.weights import check_format, write
from wares.errors import EncodeError, WeightsError
from wares.protocols import Encoded
from wares.types import BoolArray, FloatArray

NAME = "learned.v1"
ARRAYS, CARD = "model.safetensors", "card.json"
TERMS = "terms"  # the modality of a text's own words
BEHAVIOUR = "behaviour"  # what shoppers did with a product, by its id; all other modalities come from frozen encoders
PRODUCTS = "products"  # array: which ones it was learned from, by the numbers of their ids
INT8, SCALES = ".int8", ".scales"
NORM_EPSILON = 1e-5  # as torch has it
FIX = "learn it again (`wares learn joint`), or serve another (`wares learn rollback`)"
# what reading a file that is not what its card says may raise
DAMAGE = OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RuntimeError, OverflowError
TOWER = ("mean", "scale", "skip.weight", "skip.bias", "into.weight", "into.bias", "out.weight", "out.bias", "gate")
TRUNK = ("norm.weight", "norm.bias", "into.weight", "into.bias", "out.weight", "out.bias")


@dataclass(frozen=True, slots=True, eq=False)
class LearnedSpace:
    """Vectors of several modalities → rows of one space, whatever subset of them is there.

    A tower is a linear map beside a network with one hidden layer, both of the features (their square roots where none
    was ever negative) standardised on the training set: h = S x + W₂ silu(W₁ x). The modalities that are present are
    weighted by a softmax over their gates gᵀ unit(h) + b (gated multimodal units: Arevalo et al., Gated multimodal
    units for information fusion, ICLR workshop 2017), added, and go through one residual layer that all share.

    Attributes
    ----------
    modalities
        In the order of the weights.
    dim
        D; what comes out of the network is longer where only its first dimensions are kept.
    arrays
        Those of :data:`TOWER` by ``modality.name``; of terms the rows (v, D) of the vocabulary and its trie.
    card
        What is known of the model.
    sha256
        Of the file of arrays, or of this and that of the graph.
    graph
        What runs instead of towers, gates and trunk, which are not among the arrays then.
    """

    modalities: tuple[str, ...]
    dim: int
    arrays: Mapping[str, Any]
    card: Mapping[str, Any]
    sha256: str
    graph: Graph | None = None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Map a model; the files must be those that its card names.

        Raises
        ------
        WeightsError
            It is not there, damaged, in a format that can run code, or not what a model is made of.
        """
        path = folder / ARRAYS
        try:
            card = json.loads((folder / CARD).read_text("utf-8"))
            check_format(path)
            if sha256_of(path) != card["sha256"]:
                raise ValueError(f"{ARRAYS} is not the file that its card names")
            arrays = restored(mapped(path)[0])
            modalities, dim = tuple(card["modalities"]), int(card["dim"])
            graph = Graph.read(folder / GRAPH, card["onnx"], modalities) if "onnx" in card else None
            if missing := [name for name in _wanted(modalities, graph is None) if name not in arrays]:
                raise ValueError(f"it lacks {missing[0]}")
            both = f"{card['sha256']}{card['onnx']}".encode() if graph else b""
            sha256 = hashlib.sha256(both).hexdigest() if graph else card["sha256"]
            found = cls(modalities, dim, arrays, card, sha256, graph)
            found._try_out()
        except WeightsError as error:
            raise WeightsError(f"the model in {folder} cannot be read: {error.message}", fix=FIX) from error
        except DAMAGE as error:
            raise WeightsError(f"the model in {folder} cannot be read: {error}", fix=FIX) from error
        return found

    @property
    def own(self) -> "dict[str, LookupEncoder]":
        """Encoders of what was learned by key: of a text's own words, and of what shoppers did with a product."""
        return {
            name: LookupEncoder(name, self.arrays[f"{name}.rows"], bytes(self.arrays[f"{name}.trie"]), self.sha256)
            for name in (TERMS, BEHAVIOUR)
            if f"{name}.rows" in self.arrays  # towers that are looked at while they learn know no product by its id
        }

    def inputs(self) -> dict[str, int]:
        """Modality → the dimension of its features."""
        if self.graph is not None:
            return dict(self.graph.sizes)
        sizes = {name: self.arrays[f"{name}.mean"].shape[0] for name in self.modalities if name != TERMS}
        return sizes | ({TERMS: self.arrays[f"{TERMS}.rows"].shape[1]} if TERMS in self.modalities else {})

    def project(self, parts: Mapping[str, Encoded]) -> tuple[FloatArray, FloatArray]:
        """(n, D) unit rows, and (n, m) the weights of the modalities; 0 where a product has none of them."""
        fused, weights = self._fused(parts) if self.graph is None else self.graph.fused(parts)
        fused = fused[:, : self.dim]
        return unit(np.sign(fused) if self.card.get("binary") else fused), weights

    @property
    def files(self) -> tuple[str, ...]:
        """What the model consists of, the card last."""
        return (ARRAYS, CARD) if self.graph is None else (ARRAYS, GRAPH, CARD)

    def weights(self) -> Mapping[str, Any]:
        """The arrays, those of towers, gates and trunk among them; a WeightsError where a graph runs instead."""
        if self.graph is not None:
            name, whole = self.card.get("name", ""), self.card.get("from", "")
            raise WeightsError(f"{name} is a graph, nothing can be made of it", fix=f"take {whole or 'another model'}")
        return self.arrays

    def _fused(self, parts: Mapping[str, Encoded]) -> tuple[FloatArray, FloatArray]:
        n = len(next(iter(parts.values())).present)
        rows = np.zeros((len(self.modalities), n, len(self.arrays["trunk.out.bias"])), np.float32)
        gates = np.full((n, len(self.modalities)), -np.inf, np.float32)
        for place, modality in enumerate(self.modalities):
            if (part := parts.get(modality)) is None or not part.present.any():
                continue
            some = part.present
            rows[place, some] = row = self._tower(modality, part.vectors[some])
            gate = self.arrays[f"{modality}.gate"]
            gates[some, place] = unit(row) @ gate[:-1] + gate[-1]
        known = np.isfinite(gates).any(1)
        weights = np.zeros_like(gates)
        weights[known] = np.exp(gates[known] - gates[known].max(1, keepdims=True))
        weights[known] /= weights[known].sum(1, keepdims=True)
        fused = np.einsum("nm,mnd->nd", weights, rows)
        fused[known] = self._trunk(fused[known])
        return fused, weights

    def labels(self, parts: Mapping[str, Encoded]) -> dict[str, FloatArray]:
        """(n, v) how likely each value of each label is, by the rows and, where a product is seen, by that too.

        The values are in the card.
        """
        found = {}
        rows, (hidden, seen) = self.project(parts)[0], self._read(parts)
        for place, name in enumerate(self.card.get("labels", {})):
            head = f"label.{place}"
            logits = rows @ self.arrays[f"{head}.weight"][:, : self.dim].T + self.arrays[f"{head}.bias"]
            if seen.any():
                logits[seen] = (logits[seen] + hidden @ self.arrays[f"{head}.seen"].T) / 2
            raised = np.exp(logits - logits.max(1, keepdims=True))
            found[name] = np.asarray(raised / raised.sum(1, keepdims=True), np.float32)
        return found

    def check_encoders(self, encoders: Mapping[str, str]) -> None:
        """Refuse features that come from other encoders than those it was learned from, by modality."""
        known = self.card.get("encoders", {})
        for name in self.modalities:
            if name in known and encoders.get(name) != known[name]:
                raise WeightsError(f"the model was learned from other {name} vectors than there are now", fix=FIX)

    def _try_out(self) -> None:
        """ValueError or the like where the arrays do not belong together, or are no numbers."""
        if not all(np.isfinite(array).all() for array in self.arrays.values() if array.dtype.kind == "f"):
            raise ValueError("some of its numbers are not finite")
        one = {
            name: Encoded(np.ones((1, size), np.float32), np.ones(1, np.bool_)) for name, size in self.inputs().items()
        }
        if not one:
            raise ValueError("it has no modalities")
        rows, _ = self.project(one)
        if not 0 < self.dim == rows.shape[1] or not np.isfinite(rows).all():
            raise ValueError(f"it does not give {self.dim} dimensions")
        if (terms := self.own.get(TERMS)) is not None and terms.dim != self.inputs()[TERMS]:
            raise ValueError(f"its terms are of {terms.dim} dimensions")

    def _tower(self, modality: str, vectors: FloatArray) -> FloatArray:
        if modality == TERMS:
            return unit(vectors)
        skip, skip_bias, *network, _ = (self.arrays[f"{modality}.{name}"] for name in TOWER[2:])
        x = self._standard(modality, vectors)
        return np.asarray(x @ skip.T + skip_bias + _layers(x, *network), np.float32)

    def _standard(self, modality: str, vectors: FloatArray) -> FloatArray:
        mean, scale = self.arrays[f"{modality}.mean"], self.arrays[f"{modality}.scale"]
        return np.asarray((rooted(vectors, self.card["rooted"][modality]) - mean) * scale, np.float32)

    def _read(self, parts: Mapping[str, Encoded]) -> tuple[FloatArray, BoolArray]:
        """(s, h) what the labels' own network makes of what is seen, and (n,) which products are."""
        hidden: Any = 0
        seen = np.zeros(len(next(iter(parts.values())).present), np.bool_)
        for modality, part in parts.items():
            if (weight := self.arrays.get(f"read.{modality}.weight")) is not None:
                read = self._standard(modality, part.vectors) @ weight.T + self.arrays[f"read.{modality}.bias"]
                hidden, seen = hidden + part.present[:, None] * read, seen | part.present
        return _silu(hidden[seen] if seen.any() else np.zeros((0, 1), np.float32)), seen

    def _trunk(self, rows: FloatArray) -> FloatArray:
        weight, bias, *network = (self.arrays[f"trunk.{name}"] for name in TRUNK)
        centred = rows - rows.mean(1, keepdims=True)
        normed = centred / np.sqrt((centred**2).mean(1, keepdims=True) + NORM_EPSILON) * weight + bias
        return np.asarray(rows + _layers(normed, *network), np.float32)


def _wanted(modalities: Sequence[str], towers: bool) -> list[str]:
    """The arrays that a model has to have."""
    wanted = [f"{key}.{name}" for key in (TERMS, BEHAVIOUR) if key in modalities for name in ("rows", "trie")]
    if towers:
        wanted += [f"trunk.{name}" for name in TRUNK]
        for modality in modalities:
            wanted += [f"{modality}.{name}" for name in (("gate",) if modality == TERMS else TOWER)]
    return wanted


def _layers(x: FloatArray, into: FloatArray, into_bias: FloatArray, out: FloatArray, out_bias: FloatArray) -> Any:
    return _silu(x @ into.T + into_bias) @ out.T + out_bias


def _silu(x: FloatArray) -> FloatArray:
    return np.asarray(x / (1 + np.exp(-np.clip(x, -60, 60))), np.float32)


class LookupEncoder:
    """Keys such as the words of a text → the mean direction of what was learned of them.

    Parameters
    ----------
    modality
        What the keys are of.
    rows : (v, D)
        By the number of the key in the trie.
    trie
        A marisa trie as bytes.
    version
        Changes with them.
    """

    def __init__(self, modality: str, rows: FloatArray, trie: bytes, version: str) -> None:
        self.modality = modality
        self._rows = rows
        self._trie = marisa_trie.Trie()
        self._trie.frombytes(trie)
        self.space = f"{modality}:{version[:16]}"
        self.fingerprint = f"{NAME}:{self.space}"

    @property
    def dim(self) -> int:
        return int(self._rows.shape[1])

    def encode(self, items: Sequence[Sequence[str]]) -> Encoded:
        """(n, D) unit rows; an item without a key that was learned is absent."""
        vectors = np.zeros((len(items), self.dim), np.float32)
        for row, keys in enumerate(items):
            if known := [number for key in keys if (number := self._number(key)) is not None]:
                vectors[row] = self._rows[known].sum(0)
        present = np.asarray(np.linalg.norm(vectors, axis=1) > 1e-6, np.bool_)
        return Encoded(unit(vectors) * present[:, None], present)

    def row(self, key: str) -> FloatArray | None:
        """(D,) what was learned of a key, None if nothing was."""
        number = self._number(key)
        return None if number is None else self._rows[number]

    def _number(self, key: str) -> int | None:
        try:
            number: int | None = self._trie.get(key)
        except UnicodeEncodeError:  # a lone surrogate
            return None
        return number

    def encode_query(self, item: Sequence[str]) -> FloatArray:
        """(D,) unit vector; without a key that was learned it is an EncodeError."""
        encoded = self.encode([item])
        if not encoded.present[0]:
            raise EncodeError(f"nothing of the query was learned: {self.modality}", fix="leave this modality out")
        vector: FloatArray = encoded.vectors[0]
        return vector


def vocabulary(keys: Sequence[str]) -> tuple[bytes, list[str]]:
    """A trie of distinct keys as bytes, and the keys by their numbers in it; what cannot be written is left out."""
    trie = marisa_trie.Trie([key for key in keys if readable(key, len(key)) == key])
    return trie.tobytes(), [trie.restore_key(number) for number in range(len(trie))]


def write_model(
    folder: Path, arrays: Mapping[str, Any], card: Mapping[str, Any], graph: bytes | None = None
) -> dict[str, Any]:
    """Write arrays, a graph where there is one, and the card, which is last and has the sha256 of each."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ARRAYS
    write(path, chunks(arrays))
    hashes = {"sha256": sha256_of(path)}
    if graph is not None:
        write(folder / GRAPH, [graph])
        hashes["onnx"] = hashlib.sha256(graph).hexdigest()
    return write_card(folder, {name: value for name, value in card.items() if name != "onnx"} | hashes)


def write_card(folder: Path, card: Mapping[str, Any]) -> dict[str, Any]:
    """Write what is known of a model whose arrays stay as they are."""
    write(folder / CARD, [json.dumps(dict(card), indent=1, ensure_ascii=False).encode()])
    return dict(card)


def quantized(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Matrices as whole numbers from -127 to 127 with a scale for each row; the rest as it is."""
    found: dict[str, Any] = {}
    for name, array in arrays.items():
        if array.ndim == 2 and array.dtype == np.float32:
            scale = np.maximum(np.abs(array).max(1, keepdims=True), 1e-12) / 127
            found |= {f"{name}{INT8}": np.round(array / scale).astype(np.int8), f"{name}{SCALES}": scale}
        else:
            found[name] = array
    return found


def restored(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What :func:`quantized` made, as numbers again."""
    found = {name: array for name, array in arrays.items() if not name.endswith((INT8, SCALES))}
    for name in arrays:
        if name.endswith(INT8):
            own = name.removesuffix(INT8)
            found[own] = arrays[name].astype(np.float32) * arrays[f"{own}{SCALES}"]
    return found


def size_of(folder: Path) -> int:
    """Bytes of what a model knows, without its card."""
    return sum(path.stat().st_size for name in (ARRAYS, GRAPH) if (path := folder / name).is_file())


def name_of(folder: Path) -> str:
    """What a model is called; its copy in a generation keeps the name."""
    return str(json.loads((folder / CARD).read_text("utf-8"))["name"])


def sha256_of(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rooted(vectors: FloatArray, is_rooted: bool) -> FloatArray:
    """Square roots of features that are never negative, so that a few strong ones do not decide."""
    return np.sqrt(np.maximum(vectors, 0)) if is_rooted else vectors


def unit(rows: Any) -> FloatArray:
    """Rows of length 1; zeros stay."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12), np.float32)
