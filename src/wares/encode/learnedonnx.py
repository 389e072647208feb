"""The network of a learned space as an ONNX graph in onnxruntime: what serves needs neither torch nor onnx for it.

The graph takes, for each modality by its place, features ``x0`` (n, d) and whether they are there ``p0`` (n,), and
gives ``fused`` (n, D) before it is cut and made a unit row, and the weights of the modalities ``weights`` (n, m).
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from wares.encode.weights import check_format
from wares.protocols import Encoded
from wares.types import FloatArray

FILE = "model.onnx"
ROWS = 4096  # at a time, so that the memory it takes does not grow with the catalogue


class Graph:
    """A graph that was opened, on one core: an index asks for many products at once, and has its own threads.

    Parameters
    ----------
    data
        The file.
    modalities
        In the order of its inputs.

    Raises
    ------
    ValueError
        It is no such graph, or refers to other files.
    """

    def __init__(self, data: bytes, modalities: Sequence[str]) -> None:
        import onnxruntime

        if b"location" in data:  # the key without which nothing outside of the file can be named
            raise ValueError(f"{FILE} refers to data in other files")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4  # what is wrong is raised
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
            inputs = {each.name: (each.type, each.shape) for each in self._session.get_inputs()}
            outputs = {each.name: each.shape for each in self._session.get_outputs()}
        except Exception as error:  # onnxruntime's own are of no one kind
            raise ValueError(f"{FILE} is no graph: {error}") from error
        self._modalities = tuple(modalities)
        wanted = {f"{kind}{place}" for kind in "xp" for place in range(len(modalities))}
        if set(inputs) != wanted or set(outputs) != {"fused", "weights"}:
            raise ValueError(f"{FILE} does not take {', '.join(modalities)}")
        self.sizes = {name: int(inputs[f"x{place}"][1][1]) for place, name in enumerate(modalities)}
        self.dim = int(outputs["fused"][1])

    @classmethod
    def read(cls, path: Path, sha256: str, modalities: Sequence[str]) -> Self:
        """Open the file that a card names; the bytes that are hashed are those that are opened."""
        check_format(path)
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ValueError(f"{FILE} is not the file that its card names")
        return cls(data, modalities)

    def fused(self, parts: Mapping[str, Encoded]) -> tuple[FloatArray, FloatArray]:
        """(n, D) rows, zeros where nothing is there, and (n, m) the weights of the modalities."""
        n = len(next(iter(parts.values())).present)
        rows = np.zeros((n, self.dim), np.float32)
        weights = np.zeros((n, len(self._modalities)), np.float32)
        for start in range(0, n, ROWS):
            some = slice(start, start + ROWS)
            try:
                rows[some], weights[some] = self._session.run(["fused", "weights"], inputs_of(parts, self.sizes, some))
            except Exception as error:
                raise ValueError(f"{FILE} does not run: {error}") from error
        return rows, weights


def inputs_of(parts: Mapping[str, Encoded], sizes: Mapping[str, int], some: slice) -> dict[str, Any]:
    """Some rows as the inputs of a graph, by name; what is absent is zeros, whatever stood there.

    Parameters
    ----------
    sizes
        Modality → the dimension of its features, in the order of the inputs.
    """
    n = len(next(iter(parts.values())).present[some])
    found: dict[str, Any] = {}
    for place, (name, size) in enumerate(sizes.items()):
        part = parts.get(name)
        present = np.zeros(n, np.bool_) if part is None else part.present[some]
        vectors = np.zeros((n, size), np.float32)
        if part is not None:
            vectors[present] = part.vectors[some][present]
        found |= {f"x{place}": vectors, f"p{place}": present}
    return found
