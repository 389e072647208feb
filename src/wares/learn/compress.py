"""A model made smaller: shorter vectors, whole numbers, fewer weights, one bit a dimension, a graph. No torch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from wares.encode.learned import BEHAVIOUR, PRODUCTS, TERMS, LearnedSpace, quantized, size_of, write_card, write_model
from wares.errors import TrainingError
from wares.learn.catalogue import SEEN
from wares.protocols import Encoded

# arrays that are no part of a graph, or not of it alone: what is known by key, and what tells labels
KEPT = (
    *(f"{key}.{part}" for key in (TERMS, BEHAVIOUR) for part in ("rows", "trie")),
    *(f"{seen}.{part}" for seen in SEEN for part in ("mean", "scale")),
    "label.",
    "read.",
    PRODUCTS,
)


@dataclass(frozen=True, slots=True)
class Compression:
    """How much of a model is left.

    Attributes
    ----------
    dim
        Dimensions that are kept, the first ones; 0: all.
    int8
        Matrices as whole numbers of eight bits with a scale for each row (Jacob et al., Quantization and training of
        neural networks for efficient integer-arithmetic-only inference, CVPR 2018).
    pruned
        Share of the weights of each layer that become 0, the smallest ones (Han et al., Learning both weights and
        connections for efficient neural networks, NIPS 2015).
    binary
        Each dimension of a vector is its sign.
    onnx
        Towers, gates and trunk as an ONNX graph; with ``int8`` they also compute in whole numbers.
    """

    dim: int = 0
    int8: bool = False
    pruned: float = 0.0
    binary: bool = False
    onnx: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.pruned < 1 and self.dim >= 0):
            raise TrainingError(f"{self} is out of range", fix="dim from 0, pruned from 0 to below 1")


def compress(
    space: LearnedSpace, how: Compression, folder: Path, rows: Mapping[str, Encoded] | None = None
) -> dict[str, Any]:
    """Write a smaller model into a folder; its card, with how large it is.

    Parameters
    ----------
    rows
        n of each modality, such as those that were learned from: what the scales of a graph in whole numbers are
        measured on.

    Raises
    ------
    TrainingError
        It has fewer dimensions than are to be kept, or there are no rows to measure scales on.
    WeightsError
        It is a graph already.
    """
    if how.dim > space.dim:
        raise TrainingError(f"the model has {space.dim} dimensions, not {how.dim}", fix=f"--dim {space.dim} or less")
    arrays = space.weights()
    if how.pruned:
        arrays = {name: _pruned(array, how.pruned) if _is_weight(name) else array for name, array in arrays.items()}
    graph = _graph(replace(space, arrays=arrays), how, rows or {}) if how.onnx else None
    if graph is not None:
        arrays = {name: array for name, array in arrays.items() if name.startswith(KEPT)}
    if how.int8:
        arrays = quantized(arrays)
    card = {
        **space.card,
        "name": folder.name,
        "from": space.card.get("name", ""),
        "dim": how.dim or space.dim,
        "binary": how.binary or bool(space.card.get("binary")),
        "compression": asdict(how),
        "metrics": {},
    }
    written = write_model(folder, arrays, card, graph)
    return write_card(folder, {**written, "bytes": size_of(folder)})


def _graph(space: LearnedSpace, how: Compression, rows: Mapping[str, Encoded]) -> bytes:
    from wares.learn.onnxgraph import graph_of, static_int8

    graph = graph_of(space)
    return static_int8(graph, space.inputs(), rows) if how.int8 else graph


def _is_weight(name: str) -> bool:
    return name.endswith(".weight") and not name.startswith("trunk.norm")


def _pruned(weights: Any, share: float) -> Any:
    """The same with its smallest weights at 0."""
    limit = np.quantile(np.abs(weights), share)
    return np.where(np.abs(weights) < limit, np.float32(0), weights)
