"""The pages of a real shop: the demo's products, taken in, encoded and searched."""

import re

import orjson
import pytest
from playwright.sync_api import expect

from browser.site import CHROMIUM, served
from wares.catalog.demo import build
from wares.config import Config
from wares.shop import Shop

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PRODUCTS = 30


@pytest.fixture(scope="module")
def feed(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    return build(tmp_path_factory.mktemp("feed"), products=PRODUCTS, workers=1).products_file


@pytest.fixture(scope="module")
def site(tmp_path_factory, feed):
    shop = Shop.open(Config.load(options={"shop.folder": tmp_path_factory.mktemp("shop")}, environment={}), write=True)
    try:
        shop.ingest(feed)
        with served(shop) as address:
            yield address
    finally:
        shop.close()


@pytest.fixture(scope="module")
def products(feed):
    return [orjson.loads(line) for line in feed.read_bytes().splitlines()]


def cards(page):
    return page.locator(".results .card-title")


def titles(page) -> list[str]:
    return cards(page).all_inner_texts()


def test_every_product_has_a_page_with_photos_that_load(page, site, products):
    for product in products[:5]:
        answer = page.goto(f"{site}/p/{product['id']}")
        assert answer.status == 200
        expect(page.get_by_role("heading", level=1)).to_have_text(product["title"])
        photos = page.locator(".shots img")
        assert photos.count() > 0
        page.wait_for_load_state("networkidle")
        assert photos.first.evaluate("image => image.complete && image.naturalWidth > 0")
        expect(page.get_by_role("heading", name="Similar products")).to_be_visible()


def test_words_in_both_languages_find_a_product(page, site, products):
    for product in products[:3]:
        for language, title in (("en", product["title"]), ("zh", product["translations"]["zh"]["title"])):
            page.goto(f"{site}/?lang={language}")
            page.get_by_role("searchbox").fill(title)
            page.get_by_role("searchbox").press("Enter")
            expect(page.get_by_role("status")).to_contain_text(title)
            assert title in titles(page)[:3]
            assert page.locator(".results mark").count() > 0


def test_a_photo_finds_its_product(page, site, products, feed):
    product = products[0]
    page.goto(site)
    page.locator("summary", has_text="Photo").click()
    page.get_by_label("Choose or take a photo").set_input_files(feed.parent / product["media"][0]["url"])
    page.get_by_role("button", name="Search with this photo").click()
    expect(cards(page).first).to_have_text(product["title"])


def test_facets_and_pages_of_everything(page, site):
    page.goto(site)
    expect(page.locator("#main").get_by_text(f"{PRODUCTS} products", exact=True)).to_be_visible()
    seen = titles(page)
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**/?page=2")
    seen += titles(page)
    assert len(seen) == PRODUCTS
    page.goto(site)
    brands = page.locator(".filters section", has=page.get_by_role("heading", name="Brand"))
    name, count = brands.get_by_role("link").first.inner_text().split("\n")
    brands.get_by_role("link").first.click()
    expect(page.get_by_role("status")).to_have_text("1 product" if count == "1" else f"{count} products")
    expect(page.get_by_role("link", name=re.compile(f"Remove filter: Brand: {re.escape(name)}"))).to_be_visible()


def test_chinese_facets_are_in_chinese(page, site):
    page.goto(f"{site}/?lang=zh")
    categories = page.locator(".filters section", has=page.get_by_role("heading", name="分类"))
    labels = categories.locator("bdi").all_text_contents()
    assert labels
    assert [label for label in labels if not re.search("[一-鿿]", label)] == []
