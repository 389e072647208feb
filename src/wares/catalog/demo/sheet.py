"""The contact sheet: a page of a shop's photos, for people."""

from pathlib import Path

import orjson


def contact_sheet(
    folder: Path, out: Path, n: int = 96, *, columns: int = 12, cell: int = 120, quality: int = 82
) -> Path:
    """Lay ``n`` products' photos of a built shop on one JPEG, studio and scene in turn, spread over all kinds."""
    from PIL import Image

    with (folder / "products.jsonl").open("rb") as lines:
        products = [orjson.loads(line) for line in lines]
    n = min(n, len(products))
    sheet = Image.new("RGB", (columns * cell, -(-n // columns) * cell), "white")
    for k in range(n):
        photos = [m["url"] for m in products[k * len(products) // n]["media"] if m["type"] == "image"]
        with Image.open(folder / photos[(k + k // columns) % 2]) as photo:
            small = photo.resize((cell, cell), Image.Resampling.LANCZOS, reducing_gap=3.0)
        sheet.paste(small, (k % columns * cell, k // columns * cell))
    out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(out, quality=quality, optimize=True, progressive=True)
    return out
