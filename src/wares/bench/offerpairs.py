"""The labelled pairs of ``product-matching`` as offers, their features, and how they are kept apart."""

import gzip
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wares.bench import vectors
from wares.bench.harness import BenchOptions
from wares.encode.text import NAME as ENCODER
from wares.errors import ConfigError
from wares.learn.blocks import blocks, components
from wares.learn.offers import FEATURES, Offer, Offers
from wares.registry import create
from wares.types import BoolArray, FloatArray, IntArray, ScoreArray

SAMPLES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class OfferPairs:
    """p pairs of n titles.

    Attributes
    ----------
    features : (p, f)
    pairs : (p, 2)
        Which titles: two offers with one title are one.
    match : (p,)
    source : (p,)
        Number of the source in ``sources``.
    titles
        How many there are.
    """

    features: FloatArray
    pairs: IntArray
    match: BoolArray
    source: IntArray
    sources: tuple[str, ...]
    titles: int

    def column(self, name: str) -> ScoreArray:
        """(p,) one of the features, 0 where it is unknown."""
        return np.nan_to_num(self.features[:, FEATURES.index(name)].astype(np.float64))

    @property
    def components(self) -> IntArray:
        """(n,) which titles pairs connect."""
        return components(self.pairs, self.titles)

    def blocks(self, k: int) -> IntArray:
        """(p, 2) the block of each title of a pair."""
        strata = np.zeros(self.titles, np.int64)
        strata[self.pairs] = self.source[:, None]
        return blocks(self.pairs, self.match, strata, k)[self.pairs]

    def others(self, told: IntArray) -> IntArray:
        """The rows without a title of the rows that are told."""
        seen = np.zeros(self.titles, bool)
        seen[self.pairs[told]] = True
        return np.flatnonzero(~seen[self.pairs].any(1)).astype(np.int64)

    def weights(self, rows: IntArray, seed: int) -> FloatArray:
        """(samples, r) how often each pair counts when products, with all that is compared with them, are drawn anew.

        A pair of two products counts the product of how often each was drawn (Owen, "The pigeonhole bootstrap", 2007).
        """
        product = components(self.pairs[self.match], self.titles)
        ends = product[self.pairs[rows]]
        count = int(product.max()) + 1
        draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), SAMPLES).astype(np.float32)
        left, right = draws[:, ends[:, 0]], draws[:, ends[:, 1]]
        return np.where(ends[:, 0] == ends[:, 1], left, left * right)


def read(options: BenchOptions, *folders: str) -> tuple[OfferPairs, IntArray]:
    """The pairs of some folders, and (p,) the number of the folder of each; the catalogues are those of all of them.

    Raises
    ------
    ConfigError
        There are no pairs in a folder.
    """
    parts = [_rows(options.folder(folder) / "pairs.jsonl.gz") for folder in folders]
    rows = [row for part in parts for row in part]
    sources = tuple(dict.fromkeys(row["source"] for row in rows))
    source = np.array([sources.index(row["source"]) for row in rows], np.int64)
    features = np.empty((len(rows), len(FEATURES)), np.float32)
    encoder = create("encoder", ENCODER)
    for number in range(len(sources)):
        here = np.flatnonzero(source == number)
        place: dict[Offer, int] = {}
        pairs = [[place.setdefault(_offer(rows[row][side]), len(place)) for side in ("left", "right")] for row in here]
        encoded = vectors.texts(options, encoder, [offer.title for offer in place])
        features[here] = Offers(list(place), encoded).features(np.array(pairs, np.int64))
    titles: dict[str, int] = {}
    ends = [[titles.setdefault(_offer(row[side]).title, len(titles)) for side in ("left", "right")] for row in rows]
    match = np.array([row["match"] == 1 for row in rows])
    folder = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return OfferPairs(features, np.array(ends, np.int64), match, source, sources, len(titles)), folder


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        raise ConfigError(f"there is no {path}", fix="--data names the folder of product-matching")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _offer(side: dict[str, Any]) -> Offer:
    try:
        price = float(side.get("price") or "nan")
    except ValueError:
        price = math.nan
    return Offer(
        title=side.get("title") or side["name"],
        brand=side.get("brand") or side.get("manufacturer") or "",
        model=side.get("modelno") or "",
        details=f"{side.get('description') or ''} {side.get('category') or ''}".strip(),
        price=price if price > 0 else math.nan,
    )
