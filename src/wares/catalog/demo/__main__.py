"""``python -m wares.catalog.demo FOLDER``: build a demo shop, and with ``--sheet`` its contact sheet."""

import argparse
from pathlib import Path

from wares.catalog.demo import build, contact_sheet


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m wares.catalog.demo", description="Build a seeded demo shop.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--products", type=int, default=1200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sheet", type=Path, help="write a contact sheet of the photos to this JPEG")
    asked = parser.parse_args()
    shop = build(asked.folder, seed=asked.seed, products=asked.products, workers=asked.workers)
    print(f"{shop.folder}: {shop.products} products, {shop.photos} photos, {shop.clips} clips, {shop.reviews} reviews,")
    print(f"{shop.shoppers} shoppers, {shop.events} events, {shop.queries} judged queries")
    if asked.sheet:
        print(contact_sheet(shop.folder, asked.sheet, 104, columns=13, cell=112))


if __name__ == "__main__":
    _main()
