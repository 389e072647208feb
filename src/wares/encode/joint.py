"""What day 0 knows of a product beside what was learned from the shop's own data: two halves of one vector.

The first half is another fusion, fitted on the catalogue as ever; the second is a :class:`LearnedSpace`. Whatever the
model knows nothing of (a new brand, a word that was never there) is found by the first half as before.
"""

import shutil
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from wares.encode.learned import FIX, LearnedSpace, LookupEncoder, unit
from wares.errors import EncodeError, UnknownPart, WeightsError
from wares.protocols import Encoded, Fusion
from wares.registry import factory, register
from wares.types import FloatArray

NAME = "joint.v1"
MODEL, BASE, RECORD = "model", "base", "base.txt"


@register("fusion", NAME)
class JointFusion:
    """A learned space beside another fusion.

    Parameters
    ----------
    base
        The fusion of the first half.
    model
        Folder of the model.
    base_name
        What ``base`` is registered as.

    Raises
    ------
    WeightsError
        The model is damaged, or was made by other encoders than those of ``base``.
    """

    def __init__(self, base: Fusion, model: Path, base_name: str) -> None:
        self._base = base
        self._base_name = base_name
        self._folder = model
        self._space = LearnedSpace.read(model)
        if not 0 <= self.share <= 1:
            raise WeightsError(f"the model in {model} counts for {self.share:g} of a cosine", fix=FIX)

    @property
    def day_0(self) -> Fusion:
        """The fusion of the first half."""
        return self._base

    @cached_property
    def own(self) -> dict[str, LookupEncoder]:
        return self._space.own

    @property
    def modalities(self) -> tuple[str, ...]:
        own = self._space.modalities
        return (*own, *(name for name in self._base.modalities if name not in own))

    @property
    def dim(self) -> int:
        return self._base.dim + self._space.dim

    @property
    def fingerprint(self) -> str:
        return f"{NAME}:{self._space.sha256[:16]}:{self._base.fingerprint}"

    @property
    def share(self) -> float:
        """Of the learned half in a cosine."""
        return float(self._space.card.get("share", np.nan))

    def fit(self, parts: Mapping[str, Encoded], groups: Sequence[str]) -> Self:
        """A copy whose first half is fitted; the second was learned before."""
        self._check(parts)
        return self._with(self._base.fit(parts, groups))

    def fuse(self, parts: Mapping[str, Encoded]) -> tuple[FloatArray, FloatArray]:
        """(n, D) unit rows, and (n, m) the weights of the modalities in both halves together."""
        self._check(parts)
        first, first_weights = self._base.fuse(parts)
        second, second_weights = self._space.project(parts)
        known = np.stack([first_weights.any(1), second_weights.any(1)], axis=1)
        shares = known * np.array([1 - self.share, self.share], np.float32)
        shares = np.where(shares.any(1, keepdims=True), shares, known)  # what one half alone knows is not lost
        shares = np.divide(shares, shares.sum(1, keepdims=True), where=known.any(1, keepdims=True), out=shares)
        halves = [np.sqrt(shares[:, :1]) * first, np.sqrt(shares[:, 1:]) * second]
        weights = np.zeros((len(first), len(self.modalities)), np.float32)
        for names, each, share in (
            (self._base.modalities, first_weights, shares[:, :1]),
            (self._space.modalities, second_weights, shares[:, 1:]),
        ):
            for column, name in enumerate(names):
                weights[:, self.modalities.index(name)] += share[:, 0] * each[:, column]
        return unit(np.hstack(halves)), weights

    def query(self, parts: Mapping[str, FloatArray]) -> FloatArray:
        """(D,) unit vector for any of the modalities."""
        fused, known = np.zeros((1, self.dim), np.float32), False
        if parts:
            one = {name: Encoded(row[None], np.ones(1, np.bool_)) for name, row in parts.items()}
            fused, weights = self.fuse(one)
            known = bool(weights.any())
        if not known:
            raise EncodeError(f"a query of {', '.join(parts) or 'nothing'} has no vector", fix="ask with words")
        vector: FloatArray = fused[0]
        return vector

    def save(self, folder: Path) -> None:
        """Keep both halves, the model as it was written."""
        self._base.save(folder / BASE)
        (folder / RECORD).write_text(self._base_name, "utf-8")
        (folder / MODEL).mkdir(parents=True, exist_ok=True)
        for name in self._space.files:
            shutil.copyfile(self._folder / name, folder / MODEL / name)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """As it was saved; a changed or missing file is a WeightsError."""
        try:
            name = (folder / RECORD).read_text("utf-8")
            kind: Any = factory("fusion", name)
        except (OSError, ValueError, UnknownPart) as error:
            raise WeightsError(f"the fusion in {folder} cannot be read: {error}", fix="run `wares rebuild`") from error
        return cls(kind.load(folder / BASE), folder / MODEL, name)

    def _with(self, base: Fusion) -> Self:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._base = base
        return copy

    def _check(self, parts: Mapping[str, Encoded]) -> None:
        """Features of another dimension come from other encoders than those it was learned from."""
        for name, size in self._space.inputs().items():
            if name in parts and parts[name].vectors.shape[1] != size:
                found = parts[name].vectors.shape[1]
                raise WeightsError(f"the model was learned from {name} of {size} dimensions, not {found}", fix=FIX)
