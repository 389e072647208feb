"""What ``make demo`` shows: a shop is built, indexed, searched in a few telling ways, and served."""

import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import orjson

from wares import terminal
from wares.catalog.demo import build
from wares.config import Config
from wares.encode import weights
from wares.errors import WaresError
from wares.search.filters import parse
from wares.serve import run
from wares.shop import Shop
from wares.types import Query

SHOWN = 4
PATIENCE = 15.0  # seconds for the page to answer the first time


def show(folder: Path, *, products: int, port: int, check: bool) -> None:
    """Build what is not there yet, search, and serve until Ctrl-C; or fetch each page once and return."""
    started = time.monotonic()
    config = Config.load(None, {"shop.folder": folder / "shop", "shop.name": "Wares Demo", "serve.port": port})
    ready = folder / "ready"
    if not ready.exists():
        prepare(config, folder / "feed", products)
        ready.touch()
    Shop.open(config, write=True).close()  # an older index is made anew
    shop = Shop.open(config)
    try:
        for number, (title, query) in enumerate(telling(folder / "feed")):
            terminal.say(f"\n▸ {title}")
            terminal.hits(shop, query, shop.search(query), as_json=False)
            if not number:
                terminal.say(f"  the first result came {time.monotonic() - started:.1f} s after the start")
        address = f"http://{config.serve.host}:{port}"
        if check:
            fetch_pages(shop, address)
        else:
            terminal.say(f"\nThe shop is open: {address}  (Ctrl-C closes it)")
            run(shop, config.serve.host, port)
    finally:
        shop.close()


def prepare(config: Config, feed: Path, products: int) -> None:
    """Convert the weights, build the feed and take it in, with what its shoppers did."""
    with terminal.progress() as progress:
        weights.prepare(config.weights_folder(), progress, names=("efficientnet-lite2",))
        built = build(feed, products=products, progress=progress)
        shop = Shop.open(config, write=True)
        try:
            report = shop.ingest(built.products_file, progress=progress)
            progress("keep what shoppers did", 0, 0)
            events = shop.feedback(built.events_file)
        finally:
            shop.close()
    terminal.say(report.summary())
    terminal.say(f"{built.photos:,} photos, {built.clips} clips, {built.reviews:,} reviews, {events:,} events")


def telling(feed: Path) -> Iterator[tuple[str, Query]]:
    """A few searches, each with a line that says what it shows."""
    photo = seen_elsewhere(feed)
    yield "words: warm hat for winter", Query("warm hat for winter", page_size=SHOWN)
    yield "meaning, not words: something for cooking soup", Query("something for cooking soup", page_size=SHOWN)
    yield "words in Chinese: 送给妈妈的项链", Query("送给妈妈的项链", page_size=SHOWN, language="zh")
    yield "a shopper's photo of an armchair", Query(photo=photo, page_size=SHOWN)
    yield "the same photo with words: in green", Query("green", photo=photo, page_size=SHOWN)
    filters = parse("price:20..60 in_stock:true")
    asked = Query("beanie", filters=filters, facets=("brand", "color"), page_size=SHOWN)
    yield "filters and facets: beanie, 20 to 60, in stock", asked
    yield "what the shop does not carry: diesel engine oil 5W-30", Query("diesel engine oil 5W-30", page_size=SHOWN)


def seen_elsewhere(feed: Path) -> bytes:
    """An armchair in a room as a shopper's camera saw it: mirrored, off the middle, small and saved badly."""
    from PIL import Image, ImageOps

    with open(feed / "products.jsonl", "rb") as lines:
        every = (orjson.loads(line) for line in lines)
        chair = next((each for each in every if "armchair" in each["title"].lower()), None)
    if chair is None:
        raise WaresError("the demo shop has no armchair", fix="build it with more --products")
    with Image.open(feed / chair["media"][1]["url"]) as photo:
        width, height = photo.size
        seen = ImageOps.mirror(photo).crop((width // 10, height // 12, width, height)).resize((320, 320))
    file = BytesIO()
    seen.save(file, "JPEG", quality=50)
    return file.getvalue()


def fetch_pages(shop: Shop, address: str) -> None:
    """Serve, fetch the search page, a search in each language and a product once, and fail where one fails."""
    threading.Thread(target=run, args=(shop, shop.config.serve.host, shop.config.serve.port), daemon=True).start()
    with httpx.Client(base_url=address, timeout=PATIENCE, trust_env=False) as client:
        wait_for(client)
        found = client.get("/v1/search", params={"q": "shoes"}).raise_for_status().json()
        for path in ("/", "/?q=shoes", "/?q=%E9%9E%8B&lang=zh", found["hits"][0]["url"], found["hits"][0]["image"]):
            answer = client.get(path).raise_for_status()
            terminal.say(f"  {answer.status_code} {path} ({len(answer.content):,} bytes)")


def wait_for(client: httpx.Client) -> None:
    """Until the server answers."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            client.get("/healthz").raise_for_status()
            return
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
