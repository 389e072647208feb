"""Drawn clothes in the tables of the fashion products, and an encoder that sees a little of them."""

import csv
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wares.bench import vectors
from wares.bench.harness import BenchOptions
from wares.protocols import Encoded

COLOURS = {"Red": (200, 30, 30), "Blue": (30, 60, 200), "Green": (30, 150, 60), "Black": (20, 20, 20)}


class Seeing:
    """Mean colours of a 4 × 4 grid; no classes."""

    modality, space, dim, fingerprint = "image", "seeing", 48, "seeing"

    def encode(self, items: list[bytes]) -> Encoded:
        rows = [np.asarray(Image.open(BytesIO(item)).resize((4, 4)), np.float32).ravel() + 1 for item in items]
        return Encoded(
            np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32), np.ones(len(rows), bool)
        )

    def classifier(self) -> tuple[np.ndarray, np.ndarray]:
        return np.random.default_rng(0).normal(size=(1000, 48)).astype(np.float32), np.zeros(1000, np.float32)


def draw(path: Path, colour: str, generator: np.random.Generator, ground: int = 250) -> None:
    """A square of a colour on a light ground."""
    pixels = np.full((20, 20, 3), ground, np.uint8)
    pixels[4:16, 4:16] = np.clip(np.array(COLOURS[colour]) + generator.integers(-9, 9, 3), 0, 255)
    Image.fromarray(pixels).save(path)


def write(folder: Path, kinds: tuple[str, ...] = ("Shirt",), splits: tuple[str, ...] = ("open", "other")) -> None:
    """48 products of four colours in each split, of a kind for each colour, in turn."""
    generator = np.random.default_rng(0)
    for split in splits:
        (folder / split / "images").mkdir(parents=True)
        with (folder / split / "products.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["product_id", "title", "gender", "article_type", "base_colour", "image"])
            for row in range(48):
                name, kind = list(COLOURS)[row % 4], kinds[row % len(kinds)]
                draw(folder / split / "images" / f"{row}.png", name, generator)
                writer.writerow([row, f"{name} {kind.lower()} {row // 8}", "Men", kind, name, f"images/{row}.png"])


def options(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, crossed: bool = True, only: tuple[str, ...] = ()
) -> BenchOptions:
    """Of a bench that sees drawn clothes."""
    monkeypatch.setattr(vectors, "image_encoder", lambda *_: Seeing())
    return BenchOptions(folder, test="open" if crossed else "other", folds=3, cache=folder / "cache", only=only)
