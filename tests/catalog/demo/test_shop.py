"""One small shop is built twice and everything in it is looked at."""

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from wares.catalog.demo import DemoShop, build, contact_sheet
from wares.catalog.demo.shapes import SHAPES
from wares.catalog.demo.vocabulary import kinds
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import ingest
from wares.catalog.store import CatalogStore

HAN = re.compile(r"[\u4e00-\u9fff]")
PRODUCTS = 22


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> DemoShop:
    return build(tmp_path_factory.mktemp("shop"), seed=11, products=PRODUCTS, workers=1)


@pytest.fixture(scope="module")
def products(shop: DemoShop) -> list[dict[str, Any]]:
    return _lines(shop.products_file)


def test_the_same_seed_gives_the_same_bytes_whatever_the_workers(shop: DemoShop, tmp_path: Path) -> None:
    again = build(tmp_path, seed=11, products=PRODUCTS, workers=2)
    assert _digest(again.folder) == _digest(shop.folder)


def test_the_native_reader_takes_every_row_without_a_warning(shop: DemoShop, tmp_path: Path) -> None:
    store = CatalogStore(f"sqlite:///{tmp_path}/catalogue.sqlite")
    try:
        report = ingest(open_feed(shop.products_file), store)
    finally:
        store.close()
    assert (report.accepted, report.bad_rows, report.warned, report.held) == (PRODUCTS, 0, 0, ""), report.warnings


def test_another_seed_gives_another_shop(products: list[dict[str, Any]], tmp_path: Path) -> None:
    other = build(tmp_path, seed=12, products=2, workers=1)
    assert _lines(other.products_file)[0]["title"] != products[0]["title"]


def test_ids_are_unique_and_counts_are_true(shop: DemoShop, products: list[dict[str, Any]]) -> None:
    assert len({p["id"] for p in products}) == len(products) == shop.products == PRODUCTS
    skus = [v["id"] for p in products for v in p["variants"]]
    assert len(set(skus)) == len(skus) > PRODUCTS
    photos = {m["url"] for p in products for m in p["media"] if m["type"] == "image"}
    assert len(photos) == shop.photos == len(list((shop.folder / "photos").iterdir()))
    assert shop.clips == len(list((shop.folder / "clips").iterdir())) >= 2
    assert shop.reviews == sum(len(p.get("reviews", [])) for p in products) > PRODUCTS


def test_every_product_has_two_photos_that_decode(shop: DemoShop, products: list[dict[str, Any]]) -> None:
    for product in products:
        photos = [m for m in product["media"] if m["type"] == "image"]
        assert len(photos) >= 2
        for photo in photos:
            with Image.open(shop.folder / photo["url"]) as image:
                image.load()
                assert image.size == (480, 480)
                low, high = image.convert("L").getextrema()
                assert high - low > 60, f"{photo['url']} shows nothing"


def test_clips_decode(shop: DemoShop) -> None:
    import av

    for path in (shop.folder / "clips").iterdir():
        with av.open(str(path)) as clip:
            frames = list(clip.decode(video=0))
            assert clip.streams.video[0].codec_context.name == "h264"
        assert 2.0 <= len(frames) / 16 <= 3.0


def test_both_languages_are_present(products: list[dict[str, Any]]) -> None:
    for product in products:
        chinese = product["translations"]["zh"]
        assert product["title"].isprintable()
        assert not HAN.search(product["title"] + product["description"])
        for text in (chinese["title"], chinese["description"], chinese["categories"][0]):
            assert HAN.search(text)
        assert len(product["description"]) > 80
        assert len(chinese["description"]) > 30
    assert len({p["title"] for p in products}) == len(products)
    assert {r["language"] for p in products for r in p.get("reviews", [])} == {"en", "zh"}


def test_trade_numbers_check_and_prices_are_whole_minor_units(products: list[dict[str, Any]]) -> None:
    from stdnum import ean

    numbers = [b["value"] for p in products for v in p["variants"] for b in v["barcodes"]]
    assert all(ean.is_valid(n) and len(n) == 13 for n in numbers)
    assert len(set(numbers)) == len(numbers)
    for variant in (v for p in products for v in p["variants"]):
        assert isinstance(variant["price"]["amount"], int)
        assert variant["price"]["amount"] > 0
        assert variant["price"]["currency"] == "USD"
        assert variant.get("list_price", variant["price"])["amount"] >= variant["price"]["amount"]
        assert (variant["availability"] == "in_stock") == (variant["stock"] > 0)


def test_photos_name_colours_that_are_for_sale(products: list[dict[str, Any]]) -> None:
    for product in products:
        for_sale = {v["options"]["color"] for v in product["variants"]}
        shown = {m["options"]["color"] for m in product["media"] if m.get("options")}
        assert shown <= for_sale
        assert not shown or shown == for_sale


def test_links_point_at_other_products(products: list[dict[str, Any]]) -> None:
    ids = {p["id"] for p in products}
    found = [(p["id"], link["id"]) for p in products for link in p.get("links", [])]
    assert found
    assert all(target in ids and target != own for own, target in found)


def test_opinions_are_the_truth_about_reviews(shop: DemoShop, products: list[dict[str, Any]]) -> None:
    reviews = {r["id"]: r for p in products for r in p.get("reviews", [])}
    truth = _lines(shop.folder / "opinions.jsonl")
    assert {t["review_id"] for t in truth} == set(reviews)
    mean = Counter[bool]()
    for row in truth:
        assert set(row["aspects"].values()) <= {1, -1}
        mean[sum(row["aspects"].values()) > 0] += reviews[row["review_id"]]["rating"]
    size = Counter(sum(t["aspects"].values()) > 0 for t in truth)
    assert mean[True] / size[True] > mean[False] / size[False]


def test_propensities_are_known_and_clicks_follow_impressions(shop: DemoShop, products: list[dict[str, Any]]) -> None:
    events = _lines(shop.events_file)
    assert len(events) == shop.events > 500
    assert len({e["event_id"] for e in events}) == len(events)
    ids = {p["id"] for p in products}
    shown: dict[tuple[str, str], tuple[int, float]] = {}
    for event in events:
        what = event["event_attributes"]
        product, place = what["object"]["object_id"], (what["position"]["ordinal"], what["propensity"])
        assert product in ids
        assert 0 < place[1] <= 1
        assert place[0] >= 1
        if event["action_name"] == "impression":
            shown[event["query_id"], product] = place
        else:
            assert shown[event["query_id"], product] == place
    actions = Counter(e["action_name"] for e in events)
    assert actions["impression"] > actions["click"] > actions["add_to_cart"] > actions["purchase"] > 0
    times = [e["timestamp"] for e in events]
    assert min(times)[:10] < "2026-08-10" < "2026-10-25" < max(times)[:10]
    searches = {s["query_id"]: s for s in _lines(shop.searches_file)}
    assert {e["query_id"] for e in events} == set(searches)
    assert all(product in searches[query]["object_ids"] for query, product in shown)


def test_judgements_grade_products_the_shop_carries(shop: DemoShop, products: list[dict[str, Any]]) -> None:
    queries = {q["query_id"]: q for q in _lines(shop.queries_file)}
    assert len(queries) == shop.queries
    assert {q["language"] for q in queries.values()} == {"en", "zh"}
    best: Counter[str] = Counter()
    ids = {p["id"] for p in products}
    for line in shop.qrels_file.read_text("utf-8").splitlines():
        query, zero, product, grade = line.split()
        assert zero == "0"
        assert product in ids
        assert 0 <= int(grade) <= 3
        best[query] = max(best[query], int(grade))
    for key, query in queries.items():
        assert best[key] == (3 if query["carried"] else 0), query
    assert any(not q["carried"] for q in queries.values())


def test_the_vocabulary_is_large_enough_for_a_whole_shop() -> None:
    assert len({k.path[0] for k in kinds()}) >= 40
    assert len({" > ".join(k.path[0].split(" > ")[:2]) for k in kinds()}) >= 18
    known = {k.key for k in kinds()}
    for kind in kinds():
        assert kind.shape in SHAPES
        assert set(kind.goes_with) <= known - {kind.key}
        for text in (kind.path, kind.name, kind.also, *kind.has):
            assert not HAN.search(text[0])
            assert HAN.search(text[1])
    assert {k.shape for k in kinds()} == set(SHAPES)


def test_a_contact_sheet_shows_the_photos(shop: DemoShop, tmp_path: Path) -> None:
    path = contact_sheet(shop.folder, tmp_path / "pictures" / "sheet.jpg", 12, columns=4, cell=60)
    with Image.open(path) as image:
        assert image.size == (240, 180)


def test_a_shop_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="products ≥ 1"):
        build(tmp_path, products=0)
