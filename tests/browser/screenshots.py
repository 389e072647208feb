"""Pictures of the pages for the docs, taken of a built shop: ``python -m tests.browser.screenshots SHOP_FOLDER``."""

import sys
from pathlib import Path

from tests.browser.site import chromium, served

from wares.config import Config
from wares.shop import Shop

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
MAX_BYTES = 300_000
SEARCH = "/?q=dress"
SIZE = {"width": 1280, "height": 1240}


def main(folder: Path) -> None:
    shop = Shop.open(Config.load(options={"shop.folder": folder}))
    try:
        with served(shop) as site, chromium() as browser:
            page = browser.new_context(viewport=SIZE, locale="en-US", java_script_enabled=False).new_page()
            page.goto(site + SEARCH)
            save(page, "search-page.jpg")
            page.locator(".results .card-title a").first.click()
            save(page, "product-page.jpg")
    finally:
        shop.close()


def save(page, name: str) -> None:
    """Take the picture at the best quality that fits."""
    page.wait_for_load_state("networkidle")
    for quality in (88, 80, 70, 60, 50):
        picture = page.screenshot(type="jpeg", quality=quality)
        if len(picture) <= MAX_BYTES:
            break
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / name).write_bytes(picture)
    print(f"{PICTURES / name}: {len(picture):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
