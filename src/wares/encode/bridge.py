"""Words, photos and colours of a product → one vector, without labels: the catalogue's own photo–text pairs teach it.

A fused vector has two halves. The first lies in the text encoder's space: words as they are, a photo as the words that
are predicted for it: ConSE, and ridge regression on what ConSE leaves. The second is the space in which the photos and
the words of this catalogue agree most (canonical correlations). With few pairs or none there is only the first half,
and of that mostly ConSE.

Everything is closed form: one pass over the pairs, two eigendecompositions, no learning rate and no torch.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from wares.arrayfiles import DIGEST, chunks, digest, mapped
from wares.encode.conse import ConSE
from wares.encode.moments import Moments, best_penalty, canonical, eigen, inverse_root
from wares.encode.weights import write
from wares.errors import EncodeError, WeightsError
from wares.protocols import Encoded, Encoder
from wares.registry import register
from wares.types import BoolArray, FloatArray, ScoreArray

NAME = "bridge.v1"
MODALITIES = ("text", "image", "colour")
SHARES = np.array([0.5, 0.4, 0.1], np.float32)  # of a product that has all three
CANONICAL_SHARE = 0.7  # of the second half, where there are pairs enough to learn it
ENOUGH_PAIRS = 50
CANONICAL_PENALTY = 0.2  # of the ridge penalty: ranking wants less of it than the squared error does
RANDOM_FEATURES = 1024
PRIOR_PAIRS = 10  # pairs that ConSE's own scale is worth
COLOUR_SCALE = 0.5
CHUNK = 1024


@dataclass(frozen=True, slots=True, eq=False)
class _Maps:
    """What was learned: x are photo features (p), t text vectors (d), φ text features (q), r the rank.

    ``rooted``: image vectors go in as their square roots, as none of them was negative.
    """

    rooted: FloatArray
    share: FloatArray
    x_mean: FloatArray
    x_to_text: FloatArray
    text_mean: FloatArray
    conse_scale: FloatArray
    conse_mean: FloatArray
    features: FloatArray
    phase: FloatArray
    phi_mean: FloatArray
    phi_to_shared: FloatArray
    x_to_shared: FloatArray


@register("fusion", NAME)
class Bridge:
    """One space for products and queries of words, photos and colours.

    Parameters
    ----------
    text
        Encoder whose space the first half lies in.
    image, colour
        Encoders of photos; None: products have none. An image encoder of the text encoder's own space needs no map.
    rank
        Dimensions of the second half.
    seed
        Of the random features of the words.
    """

    modalities = MODALITIES
    own: Mapping[str, Encoder[Any]] = MappingProxyType({})

    def __init__(
        self,
        text: Encoder[str],
        image: Encoder[Any] | None = None,
        colour: Encoder[Any] | None = None,
        rank: int = 256,
        seed: int = 0,
    ) -> None:
        shared = image is not None and image.space == text.space
        encoders = (image, text) if image and not shared else None
        self._set(
            {
                "text": text.dim,
                "image": image.dim if image else 0,
                "colour": colour.dim if colour else 0,
                "rank": 0 if shared else rank,
                "seed": seed,
                "shared": shared,
            },
            encoders,
        )
        names = [part.fingerprint for part in (text, image, colour) if part]
        self._fingerprint = _digest(json.dumps([NAME, self._sizes, names]).encode())

    def _set(self, sizes: Mapping[str, int], encoders: tuple[Encoder[Any], Encoder[str]] | None = None) -> None:
        self._sizes = dict(sizes)
        self._encoders = encoders
        self._conse: ConSE | None = None
        self._maps: _Maps | None = None
        self._fingerprint = ""

    @property
    def dim(self) -> int:
        return self._sizes["text"] + self._sizes["rank"]

    @property
    def fingerprint(self) -> str:
        return f"{NAME}:{self._fingerprint}"

    def fit(self, parts: Mapping[str, Encoded], groups: Sequence[str]) -> Self:
        """A copy fitted on the rows that have words and a photo; with none of them, an unfitted copy."""
        fitted = self._copy()
        text = parts["text"]
        image, colour = (self._part(parts, name, len(text.present)) for name in ("image", "colour"))
        complete = text.present.copy()
        for part in (image, colour):
            complete &= part.present if part.vectors.shape[1] else True
        rows = np.flatnonzero(complete)
        if self._sizes["shared"] or not len(rows) or not self._sizes["image"] + self._sizes["colour"]:
            return fitted
        conse = fitted._conse = self._zero_shot()
        chunks = np.array_split(rows, range(CHUNK, len(rows), CHUNK))
        rooted = all(bool((image.vectors[chunk] >= 0).all()) for chunk in chunks)
        generator = np.random.default_rng(self._sizes["seed"])
        features = generator.normal(size=(self._sizes["text"], RANDOM_FEATURES)).astype(np.float32)
        phase = generator.uniform(0, 2 * np.pi, RANDOM_FEATURES).astype(np.float32)

        def pairs() -> Iterator[tuple[ScoreArray, ScoreArray]]:
            for chunk in chunks:
                some = [Encoded(part.vectors[chunk], part.present[chunk]) for part in (image, colour)]
                guess = _guess(conse, some[0], self._sizes["text"])
                words = np.hstack([_random_features(text.vectors[chunk], features, phase), guess])
                yield _photo_features(some[0], some[1], rooted).astype(np.float64), words.astype(np.float64)

        moments = Moments.of(pairs())
        learned = _learn(moments, self._sizes, len({groups[int(row)] for row in rows}), conse is not None)
        learned |= {"rooted": np.array([rooted]), "features": features, "phase": phase}
        fitted._maps = _Maps(
            **{name: np.asarray(value, np.float32) for name, value in learned.items()},
        )
        fitted._fingerprint = _digest(*(value.tobytes() for value in fitted._arrays().values()))
        return fitted

    def fuse(self, parts: Mapping[str, Encoded]) -> tuple[FloatArray, FloatArray]:
        """(n, D) unit rows, and the weights (n, 3) of words, photo and colour."""
        n = len(next(iter(parts.values())).present)
        text, image, colour = (self._part(parts, name, n) for name in MODALITIES)
        present = np.stack([text.present, image.present, colour.present], axis=1)
        present[:, 1:] &= self._readable()
        weights = SHARES * present
        weights /= np.maximum(weights.sum(1, keepdims=True), 1e-12)
        of_photo = present[:, 1] | present[:, 2]
        fused = np.zeros((n, self.dim), np.float32)
        fused[text.present] = weights[text.present, :1] * self._from_text(text.vectors[text.present])
        shown = [Encoded(part.vectors[of_photo], part.present[of_photo]) for part in (image, colour)]
        fused[of_photo] += weights[of_photo, 1:].sum(1, keepdims=True) * self._from_photo(shown[0], shown[1])
        return _unit(fused), weights

    def query(self, parts: Mapping[str, FloatArray]) -> FloatArray:
        """(D,) unit vector for any of words, photo and colour."""
        fused, weights = self.fuse({name: Encoded(row[None], np.ones(1, np.bool_)) for name, row in parts.items()})
        if not weights.any():
            raise EncodeError(
                f"a query of {', '.join(parts) or 'nothing'} has no vector yet",
                fix="fit the fusion on a catalogue with photos (`wares rebuild`), or ask with words",
            )
        vector: FloatArray = fused[0]
        return vector

    def save(self, folder: Path) -> None:
        """Write ``bridge.safetensors``, and ``bridge.json`` with its checksum; no pickles."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "bridge.safetensors"
        write(path, chunks(self._arrays()))
        record = {"name": NAME, "sizes": self._sizes, "fingerprint": self._fingerprint, DIGEST: digest(path)}
        (folder / "bridge.json").write_text(json.dumps(record, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map what ``save`` wrote; a changed or missing file is a WeightsError."""
        path = folder / "bridge.safetensors"
        try:
            record = json.loads((folder / "bridge.json").read_text("utf-8"))
            if record["name"] != NAME or digest(path) != record[DIGEST]:
                raise ValueError("it is not what was written")
            arrays, _ = mapped(path)
            bridge = cls.__new__(cls)
            bridge._set(record["sizes"])
        except (OSError, ValueError, KeyError) as error:
            raise WeightsError(f"the fusion in {folder} cannot be read: {error}", fix="run `wares rebuild`") from error
        bridge._fingerprint = record["fingerprint"]
        if "conse.matrix" in arrays:
            bridge._conse = ConSE(*(arrays[f"conse.{field.name}"] for field in fields(ConSE)))
        if "x_mean" in arrays:
            bridge._maps = _Maps(**{field.name: arrays[field.name] for field in fields(_Maps)})
        return bridge

    def _copy(self) -> Self:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        return copy

    def _arrays(self) -> dict[str, Any]:
        conse = self._zero_shot()
        arrays = {f"conse.{field.name}": getattr(conse, field.name) for field in fields(ConSE)} if conse else {}
        maps = {field.name: getattr(self._maps, field.name) for field in fields(_Maps)} if self._maps else {}
        return arrays | maps

    def _zero_shot(self) -> ConSE | None:
        """ConSE, made when it is first needed: naming a thousand classes takes seconds."""
        if self._conse is None and self._encoders is not None:
            self._conse = ConSE.of(*self._encoders)
        return self._conse

    def _part(self, parts: Mapping[str, Encoded], name: str, n: int) -> Encoded:
        size = self._sizes[name]
        absent = Encoded(np.zeros((n, size), np.float32), np.zeros(n, np.bool_))
        return parts.get(name, absent) if size else absent

    def _readable(self) -> BoolArray:
        """(2,) whether photos and colours can be turned into vectors yet."""
        if self._sizes["shared"]:
            return np.array([True, False])
        if self._maps is not None:
            return np.array([True, True])
        return np.array([self._sizes["image"] > 0 and self._zero_shot() is not None, False])

    def _halves(self, first: FloatArray, second: Any) -> FloatArray:
        share = float(self._maps.share[0]) if self._maps else 0.0
        both = np.zeros((len(first), self.dim), np.float32)
        both[:, : first.shape[1]] = np.sqrt(1 - share) * first
        if second is not None and share:
            both[:, first.shape[1] : first.shape[1] + second.shape[1]] = np.sqrt(share) * _unit(second)
        return both

    def _from_text(self, text: FloatArray) -> FloatArray:
        maps = self._maps
        if maps is None:
            return self._halves(text, None)
        words = _random_features(text, maps.features, maps.phase)
        return self._halves(text, (words - maps.phi_mean) @ maps.phi_to_shared)

    def _from_photo(self, image: Encoded, colour: Encoded) -> FloatArray:
        maps = self._maps
        if self._sizes["shared"]:
            return self._halves(image.vectors, None)
        guess = _guess(self._conse, image, self._sizes["text"])
        if maps is None:
            return self._halves(guess, None)
        x = _photo_features(image, colour, bool(maps.rooted[0]), maps.x_mean) - maps.x_mean
        seen = np.where(image.present[:, None], guess - maps.conse_mean, 0)
        predicted = maps.text_mean + maps.conse_scale * seen + x @ maps.x_to_text
        return self._halves(_unit(predicted), x @ maps.x_to_shared)


def _learn(moments: Moments, sizes: Mapping[str, int], groups: int, has_conse: bool) -> dict[str, Any]:
    """The maps from the moments of photo features with (text, random features of it, ConSE's guess)."""
    d, wide = sizes["text"], moments.yy.shape[0] - sizes["text"]
    text, words, guess = slice(d), slice(wide), slice(wide, None)
    # ConSE, scaled by how well it explains the words; before there are many pairs, as it is
    agreement, energy = (float(np.trace(moments.yy[guess, part])) for part in (text, guess))
    prior = PRIOR_PAIRS / max(moments.n, 1) * (1.0 if has_conse else 0.0)
    scale = max(0.0, (agreement + prior) / (energy + prior)) if has_conse else 0.0
    text_mean, conse_mean = moments.mean_y[text], moments.mean_y[guess]
    if has_conse:
        text_mean = (moments.n * text_mean + PRIOR_PAIRS * conse_mean) / (moments.n + PRIOR_PAIRS)
    # ridge regression on what ConSE leaves, penalised as leave-one-out says
    values, vectors = eigen(moments.xx)
    left = moments.xy[:, text] - scale * moments.xy[:, guess]
    projected = vectors.T @ left
    unexplained = float(np.trace(moments.yy[text, text])) - 2 * scale * agreement + scale**2 * energy
    penalty = best_penalty(values, projected, unexplained, groups)
    damped = values + penalty * max(float(values.mean()), 1e-12)
    learned = {
        "share": np.array([CANONICAL_SHARE if groups >= ENOUGH_PAIRS else 0.0]),
        "x_mean": moments.mean_x,
        "x_to_text": vectors @ (projected / damped[:, None]),
        "text_mean": text_mean,
        "conse_scale": np.array([scale]),
        "conse_mean": conse_mean,
        "phi_mean": moments.mean_y[words],
        "phi_to_shared": np.zeros((wide, 0)),
        "x_to_shared": np.zeros((len(values), 0)),
    }
    if groups >= ENOUGH_PAIRS:
        pairs = replace(moments, mean_y=moments.mean_y[words], xy=moments.xy[:, words], yy=moments.yy[words, words])
        roots = (
            inverse_root(values, vectors, CANONICAL_PENALTY * penalty),
            inverse_root(*eigen(pairs.yy), CANONICAL_PENALTY * penalty),
        )
        learned["x_to_shared"], learned["phi_to_shared"] = canonical(pairs, *roots, sizes["rank"])
    return learned


def _photo_features(image: Encoded, colour: Encoded, rooted: bool, mean: FloatArray | None = None) -> FloatArray:
    """(n, p) image vectors beside colour vectors; what is absent is the mean if there is one, else 0."""
    vectors = np.sqrt(np.maximum(image.vectors, 0)) if rooted else image.vectors
    x = np.hstack([vectors, COLOUR_SCALE * colour.vectors])
    if mean is not None:
        x[~image.present, : vectors.shape[1]] = mean[: vectors.shape[1]]
        x[~colour.present, vectors.shape[1] :] = mean[vectors.shape[1] :]
    return np.asarray(x, np.float32)


def _random_features(text: FloatArray, features: Any, phase: Any) -> FloatArray:
    """(n, d + f) text vectors beside random Fourier features of them (Rahimi & Recht, NIPS 2007)."""
    return np.hstack([text, np.sqrt(2 / len(phase)) * np.cos(text @ features + phase)]).astype(np.float32)


def _guess(conse: ConSE | None, image: Encoded, dim: int) -> FloatArray:
    """(n, d) what ConSE says of the photos; 0 where there is none."""
    guess = np.zeros((len(image.present), dim), np.float32)
    if conse is not None:
        guess[image.present] = conse.predict(image.vectors[image.present])
    return guess


def _unit(rows: Any) -> FloatArray:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), np.float32)


def _digest(*parts: bytes) -> str:
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()[:16]
