"""Pictures of every page to look through: ``python tests/browser/screenshots.py FOLDER [--shop SHOP] [--docs]``.

Each is taken in both languages, at phone and desktop width, light and dark. Without ``--shop`` a demo shop is
built first; ``--docs`` takes the pictures of the docs instead. The machine needs a font for Chinese.
"""

import argparse
import sys
import tempfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser.site import chromium, served
from wares.catalog.demo import build
from wares.config import Config
from wares.shop import Shop

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
PRODUCTS = 240
MAX_BYTES = 300_000
WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}
WORDS = {"en": "dress", "zh": "连衣裙"}
READ = {"en": "blue dress under 100 without cotton", "zh": "100元以下的蓝色连衣裙"}
SPELT = {"en": "drses", "zh": "lianyiqun"}
UNKNOWN = {"en": "submarine periscope", "zh": "潜艇潜望镜"}


def pages(language: str, product: str) -> dict[str, str]:
    """The addresses of the pages, by name."""
    found = {
        "front": "/?",
        "results": f"/?q={WORDS[language]}",
        "read": f"/?q={READ[language]}",
        "spelling": f"/?q={SPELT[language]}",
        "narrowed": f"/?q={WORDS[language]}&max=120&rating=3&f.color=Blue&f.color=Black",
        "unknown": f"/?q={UNKNOWN[language]}",
        "nothing": "/?min=99999",
        "product": f"/p/{product}?",
        "explain": f"/explain?q={WORDS[language]}&id={product}",
        "missing": "/p/none?",
        "reference": "/v1/docs?",
        "playground": f"/playground?q={WORDS[language]}&size=6&b.weights.text=4&b.join=ranks",
    }
    return {name: f"{path}&lang={language}" for name, path in found.items()}


def steps(page, name: str) -> None:
    """What is opened on a page, as pictures of their own."""
    narrow = page.viewport_size["width"] < 800
    if name == "results":
        page.locator(".why > summary").first.click()
        page.wait_for_timeout(300)
        yield "why"
        page.keyboard.press("Escape")
        page.locator("#q").fill("")
        page.locator("#q").press_sequentially("bl")
        page.locator("#suggestions li").first.wait_for()
        yield "suggestions"
        page.keyboard.press("Escape")
        if narrow:
            page.locator("[data-drawer]").click()
            yield "drawer"
            page.keyboard.press("Escape")
    if name == "front":
        page.locator("#photo-search > summary").click()
        yield "photo"
        page.locator("#photo_file").set_input_files(PICTURES / "product-page.jpg")
        page.locator(".preview").wait_for()
        yield "crop"


def everything(site: str, browser, folder: Path, product: str) -> None:
    """Take all pictures."""
    for language in WORDS:
        for width, (wide, high) in WIDTHS.items():
            for theme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": wide, "height": high},
                    color_scheme=theme,
                    locale="en-US",
                    reduced_motion="reduce",
                )
                page = context.new_page()
                for name, path in pages(language, product).items():
                    page.goto(site + path)
                    page.wait_for_load_state("networkidle")
                    where = f"{language}-{width}-{theme}.jpg"
                    page.screenshot(path=folder / f"{name}-{where}", type="jpeg", quality=80)
                    for step in steps(page, name):
                        page.screenshot(path=folder / f"{name}-{step}-{where}", type="jpeg", quality=80)
                context.close()
    print(f"{len(list(folder.glob('*.jpg')))} pictures in {folder}")


def docs(site: str, browser) -> None:
    """The pictures of the docs: a search, a product, three phones beside each other, the playground."""
    page = browser.new_context(viewport={"width": 1280, "height": 1000}, locale="en-US").new_page()
    page.goto(f"{site}/?q={WORDS['en']}")
    product = site + page.locator(".results .card-title a").first.get_attribute("href")
    playground = site + pages("en", "")["playground"] + "#difference"
    for name, address in (("search-page", page.url), ("product-page", product), ("playground", playground)):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        keep(name, page)
    phone = browser.new_context(viewport={"width": 390, "height": 780}, locale="en-US").new_page()
    shots = []
    for language, drawer in (("en", False), ("en", True), ("zh", False)):
        phone.goto(f"{site}/?q={WORDS[language]}&lang={language}")
        phone.wait_for_load_state("networkidle")
        if drawer:
            phone.locator("[data-drawer]").click()
        shots.append(Image.open(BytesIO(phone.screenshot())).convert("RGB"))
    beside = Image.new("RGB", (sum(each.width + 24 for each in shots) - 24, shots[0].height), "white")
    for place, shot in enumerate(shots):
        beside.paste(shot, (place * (shot.width + 24), 0))
    keep("phones", beside)


def keep(name: str, shown) -> None:
    """A page or a picture, at the best quality that fits."""
    path = PICTURES / f"{name}.jpg"
    if not isinstance(shown, Image.Image):
        shown = Image.open(BytesIO(shown.screenshot())).convert("RGB")
    for quality in (88, 80, 70, 60, 50):
        shown.save(path, "JPEG", quality=quality, optimize=True)
        if path.stat().st_size <= MAX_BYTES:
            break
    print(f"{path}: {path.stat().st_size:,} bytes")


@contextmanager
def opened(folder: Path | None):
    """A shop that is there, or a demo shop."""
    with tempfile.TemporaryDirectory() as made:
        config = Config.load(options={"shop.folder": folder or Path(made) / "shop"}, environment={})
        shop = Shop.open(config, write=folder is None)
        try:
            if folder is None:
                shop.ingest(build(Path(made) / "feed", products=PRODUCTS, workers=2).products_file)
            yield shop
        finally:
            shop.close()


def main() -> None:
    """See the top of this file."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--shop", type=Path)
    asked.add_argument("--docs", action="store_true")
    options = asked.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with opened(options.shop) as shop, served(shop) as site, chromium() as browser:
        if options.docs:
            docs(site, browser)
        else:
            page = browser.new_page()
            page.goto(f"{site}/?q={WORDS['en']}")
            href = page.locator(".results .card-title a").first.get_attribute("href")
            everything(site, browser, options.folder, href.removeprefix("/p/").split("?")[0])


if __name__ == "__main__":
    main()
