"""Colour names of photos as numbers, so that the cache of vectors keeps them too."""

from collections.abc import Sequence

import numpy as np

from wares.encode.colour import NAMES, colour_names
from wares.encode.photos import encode_each
from wares.protocols import Encoded
from wares.types import FloatArray

SHARE = 0.2  # of a photo's product that a colour must cover to be named
MOST = 3  # colours of one product


class ColourNamesEncoder:
    """Photo → share of each colour name, (n, names), rows that sum to at most 1; a table, not a space of vectors."""

    modality = "colour names"
    space = "colour-names"
    dim = len(NAMES)
    fingerprint = f"colour-names:1:{len(NAMES)}"

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    def encode(self, items: Sequence[bytes]) -> Encoded:
        """(n, names) shares; empty bytes are absent."""
        return encode_each(items, self.encode_query, self.dim, self.threads)

    def encode_query(self, item: bytes) -> FloatArray:
        """(names,) shares of one photo."""
        shares = {colour.name: colour.share for colour in colour_names(item)}
        return np.array([shares.get(english, 0.0) for english, _ in NAMES], np.float32)


def main_colours(shares: FloatArray) -> tuple[str, ...]:
    """English names of the colours that cover enough of one of the photos (photos, names), the largest share first."""
    if not len(shares):
        return ()
    best = shares.max(axis=0)
    order = [english for english, _ in NAMES]
    return tuple(order[name] for name in np.argsort(-best, kind="stable")[:MOST] if best[name] >= SHARE)
