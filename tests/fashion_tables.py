"""A few fashion products in the tables of the real data set, for benches that serve them."""

import csv
from pathlib import Path

from wares.bench.shops import MAPPINGS

COLUMNS = [
    "product_id",
    "title",
    "image",
    "master_category",
    "sub_category",
    "article_type",
    "base_colour",
    "gender",
    "season",
    "year",
    "usage",
]
COLOURS, KINDS = ("Red", "Blue", "Black"), ("Dress", "Jeans", "Watch", "Shoes")


def write(data: Path) -> None:
    """Thirty products in each of the two tables."""
    for table in ("open/products.csv", "text-only/products_no_image.csv"):
        path = data / table
        path.parent.mkdir()
        with path.open("w") as file:
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            for number in range(30):
                colour, kind = COLOURS[number % 3], KINDS[number % 4]
                named = (
                    f"{path.parent.name}{number}",
                    f"Luma {colour} {kind} model {number}",
                    "",
                    "Apparel",
                    kind,
                    kind,
                )
                rows.writerow((*named, colour, "Women", "Summer", "2011", "Casual"))


def mapping(folder: Path) -> Path:
    """That of the real data set, without compression."""
    known = folder / "fashion-products.toml"
    known.write_text((MAPPINGS / known.name).read_text("utf-8").replace(".csv.gz", ".csv"), "utf-8")
    return known
