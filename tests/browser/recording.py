"""The moving picture of the README: ``python tests/browser/recording.py DEMO`` writes docs/pictures/tour.webp.

DEMO is the folder of ``wares demo``. A shopper types, narrows, shows a photo, asks why, and does it all in Chinese; the
machine needs a font for that (such as Debian's fonts-noto-cjk).
"""

import argparse
import io
import sys
from pathlib import Path

from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser.site import chromium, served
from wares.config import Config
from wares.demo import seen_elsewhere
from wares.shop import Shop

TARGET = Path(__file__).parents[2] / "docs" / "pictures" / "tour.webp"
SIZE = (1200, 750)
MAX_BYTES = 3_000_000
WORDS, CHINESE = "table lamp", "台灯"
KEY, LOOK, READ = 110, 900, 2200  # milliseconds a frame is shown: a letter, a step, something to read


SEEN = """() => !document.querySelector('.htmx-request') && [...document.images].every(each =>
    each.complete || each.getBoundingClientRect().top > innerHeight || each.getBoundingClientRect().bottom < 0)"""


class Film:
    """Frames of one page, each with how long it is shown and where the pointer is."""

    def __init__(self, page) -> None:
        self.page = page
        self.frames: list[tuple[Image.Image, int]] = []

    def shoot(self, milliseconds: int, pointer=None) -> None:
        """One frame; ``pointer`` is an element that is about to be pressed."""
        frame = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        if pointer is not None and (box := pointer.bounding_box()):
            _press(frame, box["x"] + min(box["width"] / 2, 60), box["y"] + box["height"] / 2)
        self.frames.append((frame, milliseconds))

    def press(self, element, milliseconds: int = LOOK) -> None:
        """Show what is pressed, press it, and show what came of it."""
        element.scroll_into_view_if_needed()
        self.shoot(500, element)
        element.click()
        self.settle()
        self.shoot(milliseconds)

    def settle(self) -> None:
        """Wait for answers, and for the photos that are in sight."""
        self.page.wait_for_timeout(150)
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function(SEEN)
        self.page.wait_for_timeout(350)

    def type(self, box, text: str) -> None:
        """Letter by letter, with what is suggested meanwhile."""
        for letter in text:
            box.press_sequentially(letter)
            self.page.wait_for_timeout(260)
            self.shoot(KEY)
        self.settle()
        self.shoot(LOOK)

    def save(self, path: Path) -> int:
        """At the best quality that fits; returns how many bytes it has."""
        pictures, times = zip(*self.frames, strict=True)
        for quality in (80, 70, 60, 50, 40):
            pictures[0].save(
                path,
                "WEBP",
                save_all=True,
                append_images=pictures[1:],
                duration=list(times),
                loop=0,
                quality=quality,
                method=4,
            )
            if path.stat().st_size <= MAX_BYTES:
                break
        return path.stat().st_size


def play(film: Film, site: str, photo: bytes) -> None:
    """What the shopper does."""
    page = film.page
    page.goto(site)
    film.settle()
    film.shoot(LOOK)
    box = page.locator("#q")
    box.click()
    film.type(box, WORDS)
    search(film, box, WORDS)
    colours = page.locator(".filters section", has=page.get_by_role("heading", name="Colour"))
    film.press(colours.locator(".choice").first, READ)
    film.press(page.locator("#photo-search > summary"))
    page.locator("#photo_file").set_input_files({"name": "seen.jpg", "mimeType": "image/jpeg", "buffer": photo})
    page.locator(".preview").wait_for()
    page.locator("#photo_q").fill("")
    film.shoot(READ)
    page.get_by_role("button", name="Search with this photo").click()
    page.locator(".yours").wait_for()
    film.settle()
    film.shoot(READ)
    film.press(page.locator(".why > summary").first, READ)
    page.keyboard.press("Escape")
    film.press(page.locator("#languages a").last, READ)
    film.press(page.locator(".yours .chip"), LOOK)
    page.evaluate("() => scrollTo(0, 0)")
    box.click()
    film.type(box, CHINESE)
    search(film, box, CHINESE)


def search(film: Film, box, text: str) -> None:
    """Search for what was typed, and show what was found."""
    box.press("Enter")
    film.page.locator("#results", has_text=text).wait_for()
    film.settle()
    film.shoot(READ)


def _press(frame: Image.Image, x: float, y: float) -> None:
    """A ring where the pointer presses."""
    ring = Image.new("RGBA", frame.size)
    draw = ImageDraw.Draw(ring)
    draw.ellipse((x - 16, y - 16, x + 16, y + 16), fill=(31, 91, 75, 90), outline=(31, 91, 75, 230), width=3)
    frame.paste(ring, (0, 0), ring)


def main() -> None:
    """See the top of this file."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("demo", type=Path)
    demo = asked.parse_args().demo
    options = {"shop.folder": demo / "shop", "shop.name": "Wares Demo"}
    shop = Shop.open(Config.load(options=options, environment={}))
    try:
        with served(shop) as site, chromium() as browser:
            context = browser.new_context(
                viewport={"width": SIZE[0], "height": SIZE[1]}, locale="en-US", reduced_motion="reduce"
            )
            film = Film(context.new_page())
            play(film, site, seen_elsewhere(demo / "feed"))
            size = film.save(TARGET)
    finally:
        shop.close()
    seconds = sum(time for _, time in film.frames) / 1000
    print(f"{TARGET}: {len(film.frames)} frames, {seconds:.0f} s, {size:,} bytes")


if __name__ == "__main__":
    main()
