"""Vectors that benches share, kept between runs by content and encoder."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from wares.bench.harness import BenchOptions
from wares.encode.cache import VectorCache, content_key
from wares.protocols import Encoder
from wares.registry import create
from wares.types import FloatArray


def image_encoder(options: BenchOptions, name: str) -> Encoder[bytes]:
    """An image encoder whose converted weights are kept in the benches' cache."""
    encoder: Encoder[bytes] = create("encoder", name, folder=options.cache_folder("weights"), threads=options.threads)
    return encoder


def photos(options: BenchOptions, encoder: Encoder[bytes], paths: Sequence[Path]) -> FloatArray:
    """(n, d) unit rows of photos; the first run over some thousand takes a minute or two."""
    keys = [content_key(path.read_bytes()) for path in paths]
    return _cache(options.cache_folder("vectors")).encode(encoder, keys, lambda row: paths[row].read_bytes()).vectors


def texts(options: BenchOptions, encoder: Encoder[str], items: Sequence[str]) -> FloatArray:
    """(n, d) unit rows of texts."""
    keys = [content_key(item) for item in items]
    return _cache(options.cache_folder("vectors")).encode(encoder, keys, lambda row: items[row]).vectors


@cache
def _cache(folder: Path) -> VectorCache:
    return VectorCache(folder)
