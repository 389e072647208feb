"""A model made smaller: shorter vectors, whole numbers, fewer weights, one bit a dimension. No torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wares.encode.learned import ARRAYS, LearnedSpace, quantized, write_model
from wares.errors import TrainingError


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
    """

    dim: int = 0
    int8: bool = False
    pruned: float = 0.0
    binary: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.pruned < 1 and self.dim >= 0):
            raise TrainingError(f"{self} is out of range", fix="dim from 0, pruned from 0 to below 1")


def compress(space: LearnedSpace, how: Compression, folder: Path) -> dict[str, Any]:
    """Write a smaller model into a folder; its card, with how large both files are."""
    if how.dim > space.dim:
        raise TrainingError(f"the model has {space.dim} dimensions, not {how.dim}", fix=f"--dim {space.dim} or less")
    arrays: Mapping[str, Any] = dict(space.arrays)
    if how.pruned:
        arrays = {name: _pruned(array, how.pruned) if _is_weight(name) else array for name, array in arrays.items()}
    if how.int8:
        arrays = quantized(arrays)
    card = {
        **space.card,
        "name": folder.name,
        "from": space.card.get("name", ""),
        "dim": how.dim or space.dim,
        "binary": how.binary or bool(space.card.get("binary")),
        "compression": {"dim": how.dim, "int8": how.int8, "pruned": how.pruned, "binary": how.binary},
        "metrics": {},
    }
    written = write_model(folder, arrays, card)
    return write_model(folder, arrays, {**written, "bytes": (folder / ARRAYS).stat().st_size})


def _is_weight(name: str) -> bool:
    return name.endswith(".weight") and not name.startswith("trunk.norm")


def _pruned(weights: Any, share: float) -> Any:
    """The same with its smallest weights at 0."""
    limit = np.quantile(np.abs(weights), share)
    return np.where(np.abs(weights) < limit, np.float32(0), weights)
