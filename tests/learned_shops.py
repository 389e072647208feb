"""Small shops that have something to learn from: things of a colour, a kind and a maker, in photos of one colour."""

import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from learned_spaces import write_random
from small_shops import config_of
from wares.config import Config
from wares.encode.learned import unit
from wares.encode.models import Models
from wares.protocols import Encoded
from wares.registry import register
from wares.shop import Shop
from wares.types import Query

COLOURS = ("red", "blue", "green", "amber")
KINDS = ("lamp", "chair", "desk", "vase")
MAKERS = ("ikon", "vasa", "lund")
SERIES = ("", " alto", " bora", " cima", " dune")  # of 48 products each
EYES = 12
SOURCES = {"text": "letters:1", "image": "eyes:1"}
LEARNING = {
    "encode.image": "eyes.v1",
    "encode.fusion": "bridge.v1",
    "search.words_patience": 5.0,  # a machine that is busy is no fault
    "gate.queries": 8,
}
QUERIES = (Query("red lamp"), Query("vasa desk"), Query("something blue"), Query("lund green"))


@register("encoder", "eyes.v1")
class EyesEncoder:
    """Photos by the colours of their corners."""

    modality, space, dim, fingerprint = "image", "eyes", EYES, "eyes:1"

    def encode(self, items: list[bytes]) -> Encoded:
        rows = [np.asarray(Image.open(io.BytesIO(item)).convert("RGB").resize((2, 2))).reshape(-1) for item in items]
        vectors = unit(np.array(rows, np.float32).reshape(-1, EYES) - 100)
        return Encoded(vectors, np.ones(len(items), np.bool_))

    def encode_query(self, item: bytes) -> np.ndarray:
        return self.encode([item]).vectors[0]


def title_of(number: int) -> tuple[str, str, str]:
    """Colour, maker and kind of a product."""
    return COLOURS[number % 4], MAKERS[number // 16 % 3], KINDS[number // 4 % 4]


def write_feed(folder: Path, first: int = 0, last: int = 48, *, photos: bool = True) -> Path:
    """Products ``p0`` …, and their photos beside the feed: a colour for each of 16 kinds of things in a colour."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "feed.jsonl").open("w", encoding="utf-8") as file:
        for number in range(first, last):
            colour, maker, kind = title_of(number)
            product: dict[str, Any] = {
                "id": f"p{number}",
                "title": f"{colour} {maker} {kind}{SERIES[number // 48]}",
                "language": "en",
            }
            product |= {"brand": maker.title(), "attributes": {"kind": kind}, "description": f"a {kind} by {maker}"}
            product["variants"] = [{"id": f"v{number}", "options": {"color": colour}}]
            if photos and number % 5:
                shown = np.random.default_rng([number % 16, 7]).integers(20, 220, 3) + number // 48
                Image.new("RGB", (64, 64), tuple(int(each) for each in shown)).save(folder / f"{number}.png")
                product["media"] = [{"url": f"{number}.png", "kind": "image"}]
            file.write(json.dumps(product) + "\n")
    return folder / "feed.jsonl"


def settings(folder: Path, **options: object) -> Config:
    return config_of(folder, **{**LEARNING, **options})


def opened(folder: Path, *, write: bool = True, **options: object) -> Shop:
    return Shop.open(settings(folder, **options), write=write)


def filled(folder: Path, **options: object) -> Path:
    """A folder with a shop of 48 products that was closed again."""
    with closing(opened(folder, **options)) as shop:
        assert shop.ingest(write_feed(folder / "feed")).accepted == 48
    return folder


def learned(folder: Path, share: float = 0.5, seed: int = 0, **about: Any) -> str:
    """The name of another model of random arrays that fits such a shop."""
    target = Models(folder / "shop" / "models").new("joint")
    sizes, words = {"text": 32, "image": EYES}, ("red", "blue", "lamp", "chair", "desk", "vasa", "ikon")
    write_random(target, share, sizes=sizes, words=words, seed=seed, about={"encoders": SOURCES, **about})
    return target.name


def answers(shop: Shop) -> list[tuple[tuple[str, ...], list[float], int]]:
    """Pages of some queries, and of what is like a product."""
    found = [*(shop.search(query) for query in QUERIES), shop.similar("p3"), shop.similar("p40")]
    return [(hits.ids, hits.scores.tolist(), hits.total) for hits in found]


def served(shop: Shop) -> str:
    """The model that the facts of the generation name."""
    return str(shop._live._generations.current().facts["model"])
