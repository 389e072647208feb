"""Shops that fault tests break: a few products, words alone, nothing to train."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from wares.config import Config
from wares.shop import Shop

ROOT = Path(__file__).parents[1]
PLAIN = {"encode.image": "", "encode.colour": "", "encode.fusion": "", "encode.clips": ""}


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
