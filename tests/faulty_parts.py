"""An encoder and a ranker that fail as they are told to, and rankers that are worse than ours, and as good."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from small_shops import LettersEncoder
from wares.errors import WeightsError
from wares.protocols import Encoded
from wares.rank.linear import LinearRanker
from wares.registry import register


class Fault:
    """What is wrong now; ``asked`` counts the calls that reached the part."""

    encoder = ""
    ranker = ""
    asked = 0
    go_on = threading.Event()


@contextmanager
def broken(**how: str) -> Iterator[None]:
    """Parts that fail in a way until the block ends."""
    Fault.asked = 0
    Fault.go_on.clear()
    for part, fault in how.items():
        setattr(Fault, part, fault)
    try:
        yield
    finally:
        Fault.encoder = Fault.ranker = ""
        Fault.go_on.set()


@register("encoder", "faulty.v1")
class FaultyEncoder(LettersEncoder):
    """Letters, or what :class:`Fault` says."""

    def __init__(self) -> None:
        if Fault.encoder == "missing":
            raise WeightsError("letters.onnx cannot be read", fix="prepare it again")

    @property
    def fingerprint(self) -> str:
        return "faulty:2" if Fault.encoder == "other dimension" else "faulty:1"

    @property
    def dim(self) -> int:
        return 48 if Fault.encoder == "other dimension" else 32

    def encode(self, items: list[str]) -> Encoded:
        if Fault.encoder == "corrupt":
            raise WeightsError("letters.onnx has sha256 1234…, not abcd…", fix="prepare it again")
        found = super().encode(items) if self.dim == 32 else self._larger(items)
        vectors = {"nan": np.full_like(found.vectors, np.nan), "zero": np.zeros_like(found.vectors)}
        return Encoded(vectors.get(Fault.encoder, found.vectors), found.present)

    def encode_query(self, item: str) -> np.ndarray:
        Fault.asked += 1
        sound = super().encode_query(item)
        match Fault.encoder:
            case "hang":
                Fault.go_on.wait(30)
            case "corrupt":
                raise WeightsError("letters.onnx has sha256 1234…, not abcd…", fix="prepare it again")
            case "raise":
                raise RuntimeError("device lost")
            case "nan":
                return np.full_like(sound, np.nan)
            case "infinite":
                return np.full_like(sound, np.inf)
            case "zero":
                return np.zeros_like(sound)
            case "long":
                return 3 * sound
            case "wrong shape":
                return sound[:-1]
        return sound if self.dim == 32 else self._larger([item]).vectors[0]

    def _larger(self, items: list[str]) -> Encoded:
        found = LettersEncoder().encode(items)
        return Encoded(np.pad(found.vectors, ((0, 0), (0, 16))), found.present)


@register("ranker", "faulty.v1")
class FaultyRanker:
    """The linear ranker, or what :class:`Fault` says."""

    def __init__(self) -> None:
        if Fault.ranker == "missing":
            raise OSError("model.txt is not there")
        self._sound = LinearRanker()

    @property
    def contribution_names(self) -> tuple[str, ...]:
        return self._sound.contribution_names

    def contributions(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        shares = self._sound.contributions(features, names)
        match Fault.ranker:
            case "raise":
                raise RuntimeError("not a tree")
            case "hang":
                Fault.go_on.wait(30)
            case "nan":
                return np.full_like(shares, np.nan)
            case "wrong shape":
                return shares[:, :-1]
        return shares


@register("ranker", "twin.v1")
class TwinRanker(LinearRanker):
    """As good as ours."""


@register("ranker", "reversed.v1")
class ReversedRanker(LinearRanker):
    """The worst first."""

    def contributions(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        return -super().contributions(features, names)
