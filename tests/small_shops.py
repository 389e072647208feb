"""Shops that fault tests break: a few products, words alone, nothing to train."""

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from wares.config import Config
from wares.encode.rows import encode_query_text, encode_texts
from wares.protocols import Encoded
from wares.registry import register
from wares.shop import Shop
from wares.types import Hits, Query

ROOT = Path(__file__).parents[1]
PLAIN = {"encode.text": "letters.v1", "encode.image": "", "encode.colour": "", "encode.fusion": "", "encode.clips": ""}


@register("encoder", "letters.v1")
class LettersEncoder:
    """Texts by how often they have which letters, in no time."""

    modality, space, dim, fingerprint = "text", "letters", 32, "letters:1"

    def encode(self, items: list[str]) -> Encoded:
        return encode_texts(items, _letters, dim=self.dim, limit=500, name="letters")

    def encode_query(self, item: str) -> np.ndarray:
        return encode_query_text(item, _letters, limit=500, name="letters")


def _letters(texts: list[str]) -> np.ndarray:
    return np.array([np.bincount([ord(sign) % 32 for sign in text], minlength=32) for text in texts], np.float32)


def config_of(folder: Path, **options: object) -> Config:
    return Config.load(options={"shop.folder": folder / "shop", **PLAIN, **options}, environment={})


def write_feed(path: Path, names: Iterable[str], word: str = "lamp") -> Path:
    """One product a name, all of them with the word in the title."""
    with path.open("w", encoding="utf-8") as file:
        for name in names:
            fields = {"id": name, "title": f"{word} {name}", "language": "en", "variants": [{"id": f"{name}-v"}]}
            file.write(json.dumps(fields) + "\n")
    return path


def filled(folder: Path, products: int = 30, **options: object) -> Shop:
    """A shop open for writing that took in ``p0`` … ."""
    shop = Shop.open(config_of(folder, **options), write=True)
    feed = write_feed(folder / "feed.jsonl", (f"p{n}" for n in range(products)))
    assert shop.ingest(feed).accepted == products
    return shop


def environment(**more: str) -> dict[str, str]:
    """Of a child that runs the code under test."""
    paths = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
    return {**os.environ, **paths, **more}


class Recorded:
    """A shop, with every query that reached it."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.queries: list[Query] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._shop, name)

    def search(self, query: Query) -> Hits:
        self.queries.append(query)
        return self._shop.search(query)


def shim_of(source: str, folder: Path) -> Path:
    """A library for LD_PRELOAD, compiled from C."""
    (folder / "shim.c").write_text(source)
    command = ["gcc", "-shared", "-fPIC", "-o", str(folder / "shim.so"), str(folder / "shim.c"), "-ldl"]
    subprocess.run(command, check=True)
    return folder / "shim.so"
