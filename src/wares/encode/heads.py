"""A linear head: which of some classes the features of a photo show, and how sure that is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from wares.arrayfiles import DIGEST, Arrays, chunks, digest, mapped
from wares.encode.weights import write
from wares.errors import EncodeError, WeightsError
from wares.types import FloatArray, IntArray, ScoreArray

NAME = "linear-head.v1"


@dataclass(frozen=True, slots=True, eq=False)
class LinearHead:
    """Scores that are linear in the features, and probabilities from them.

    Attributes
    ----------
    labels
        (k,) names of the classes, each once.
    matrix : (d, k)
    bias : (k,)
    temperature
        What scores are divided by before the softmax.
    """

    labels: tuple[str, ...]
    matrix: FloatArray
    bias: FloatArray
    temperature: float = 1.0

    def scores(self, features: FloatArray) -> ScoreArray:
        """(n, k) of (n, d) features; other widths, NaN and Inf are an EncodeError."""
        if features.ndim != 2 or features.shape[1] != len(self.matrix):
            raise EncodeError(
                f"features of shape {features.shape} for a head of width {len(self.matrix)}",
                fix="encode with the encoders that the head was learned with",
            )
        if not np.isfinite(features).all():
            raise EncodeError("the features have NaN or Inf", fix="leave out what could not be encoded")
        return np.asarray(features @ self.matrix + self.bias, np.float64)

    def probabilities(self, features: FloatArray) -> ScoreArray:
        """(n, k) rows that sum to 1."""
        return softmax(self.scores(features) / self.temperature)

    def predict(self, features: FloatArray) -> tuple[IntArray, ScoreArray]:
        """(n,) positions in ``labels`` of the likeliest class, and (n,) its probability."""
        likely = self.probabilities(features)
        return np.asarray(likely.argmax(1), np.int64), likely.max(1, initial=0.0)

    def at(self, temperature: float) -> Self:
        """The same head with another temperature."""
        return replace(self, temperature=temperature)

    def save(self, folder: Path) -> None:
        """Write ``head.safetensors``, and ``head.json`` with its checksum; no pickles."""
        record = {"name": NAME, "labels": self.labels, "temperature": self.temperature}
        keep(folder, "head", {"matrix": self.matrix, "bias": self.bias}, record)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map what ``save`` wrote; a changed or missing file is a WeightsError."""
        record, arrays = kept(folder, "head", NAME)
        return cls(tuple(record["labels"]), arrays["matrix"], arrays["bias"], float(record["temperature"]))


def keep(folder: Path, stem: str, arrays: Arrays, record: Mapping[str, Any]) -> None:
    """Write arrays as ``stem.safetensors``, and a record that has a ``name`` as ``stem.json`` with their checksum."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}.safetensors"
    write(path, chunks(arrays))
    text = json.dumps({**record, DIGEST: digest(path)}, indent=1, ensure_ascii=False)
    write(folder / f"{stem}.json", [text.encode()])


def kept(folder: Path, stem: str, name: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The record and the arrays that :func:`keep` wrote, mapped; a WeightsError if they changed or are missing."""
    path = folder / f"{stem}.safetensors"
    try:
        record: dict[str, Any] = json.loads((folder / f"{stem}.json").read_text("utf-8"))
        if record["name"] != name or digest(path) != record[DIGEST]:
            raise ValueError("it is not what was written")
        return record, mapped(path)[0]
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(f"the {stem} in {folder} cannot be read: {error}", fix="learn and save it again") from error


def softmax(scores: ScoreArray) -> ScoreArray:
    """(n, k) probabilities of (n, k) log odds, each row shifted by its highest so that none overflows."""
    odds = np.exp(scores - scores.max(1, keepdims=True, initial=-np.inf))
    return np.asarray(odds / odds.sum(1, keepdims=True), np.float64)
