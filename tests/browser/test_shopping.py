"""A shopper's ways through the pages, without JavaScript."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def upload(data: bytes) -> dict:
    return {"name": "photo.png", "mimeType": "image/png", "buffer": data}


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 80), "red").save(out, "PNG")
    return out.getvalue()


def cards(page):
    return page.locator(".results .card-title")


def titles(page) -> list[str]:
    return cards(page).all_inner_texts()


def search(page, words):
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("button", name="Search", exact=True).click()


def test_words_find_a_product_and_its_page(page, site):
    page.goto(site)
    search(page, "mug")
    page.wait_for_url("**/?q=mug")
    expect(page.get_by_role("status")).to_have_text("1 product for “mug”")
    expect(page.locator("mark")).to_have_text("Mug")
    page.get_by_role("link", name="Stoneware Mug", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stoneware Mug")
    page.get_by_role("link", name="Blue").click()
    page.wait_for_url("**/p/mug?variant=MUG-B-S")
    expect(page.get_by_text("Only 3 left").first).to_be_visible()
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Kitchen").click()
    expect(page.get_by_role("status")).to_have_text("10 products")


def test_why_this_opens_without_script(page, site):
    page.goto(f"{site}/?q=mug")
    reason = page.get_by_text("Your words are in its texts")
    assert not reason.is_visible()
    page.locator("summary", has_text="Why this?").click()
    assert reason.is_visible()


def test_a_ticked_facet_narrows_the_results_and_keeps_its_neighbours_counts(page, site):
    page.goto(f"{site}/?q=plate")
    filters = page.get_by_role("complementary", name="Filters")
    filters.get_by_role("link", name=re.compile("Kiln")).click()
    expect(page.get_by_role("status")).to_have_text("5 products for “plate”")
    expect(filters.get_by_role("link", name=re.compile("Ember"))).to_have_text(re.compile(r"Ember\s+4"))
    filters.get_by_role("link", name=re.compile("Ember")).click()
    expect(page.get_by_role("status")).to_have_text("9 products for “plate”")
    page.get_by_role("link", name="Remove filter: Brand: Kiln").click()
    expect(page.get_by_role("status")).to_have_text("4 products for “plate”")
    page.get_by_role("link", name="Clear all").click()
    expect(page.get_by_role("status")).to_have_text("9 products for “plate”")


def test_prices_and_sorting(page, site):
    page.goto(f"{site}/?q=plate")
    page.get_by_label("Lowest price").fill("11")
    page.get_by_label("Highest price").fill("13")
    page.get_by_role("button", name="Apply").click()
    expect(cards(page)).to_have_text(["Dinner Plate 1", "Dinner Plate 2", "Dinner Plate 3"])
    page.locator("summary", has_text="Sort by").click()
    page.get_by_role("link", name="Price: high to low").click()
    expect(cards(page)).to_have_text(["Dinner Plate 3", "Dinner Plate 2", "Dinner Plate 1"])


def test_pages_have_addresses(page, site):
    page.goto(f"{site}/?q=plate")
    first = titles(page)
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**/?q=plate&page=2")
    second = titles(page)
    assert not set(first) & set(second)
    page.go_back()
    expect(cards(page)).to_have_text(first)
    page.goto(f"{site}/?q=plate&page=2")
    expect(cards(page)).to_have_text(second)


def test_a_photo_finds_and_stays_with_words_and_filters(page, site, shop):
    page.goto(site)
    page.locator("summary", has_text="Photo").click()
    page.get_by_label("Choose or take a photo").set_input_files(upload(png()))
    page.get_by_label("Add words, if you like").fill("plate")
    page.get_by_role("button", name="Search with this photo").click()
    page.wait_for_url(re.compile(r"photo=[0-9a-f]{64}"))
    expect(page.get_by_alt_text("Your photo")).to_be_visible()
    page.get_by_role("complementary").get_by_role("link", name=re.compile("Kiln")).click()
    expect(page.get_by_role("status")).to_have_text("5 products for “plate”")
    assert shop.queries[-1].photo is not None
    page.get_by_role("link", name="Remove photo").click()
    expect(page.get_by_alt_text("Your photo")).to_have_count(0)
    assert shop.queries[-1].photo is None
    assert shop.queries[-1].text == "plate"


def test_a_bad_photo_is_told_and_the_words_kept(page, site):
    page.goto(f"{site}/?q=mug")
    page.locator("summary", has_text="Photo").click()
    page.get_by_label("Choose or take a photo").set_input_files(upload(b"no photo"))
    page.get_by_role("button", name="Search with this photo").click()
    expect(page.get_by_role("alert")).to_contain_text("could not be read as a photo")
    assert page.get_by_role("searchbox").input_value() == "mug"


def test_chinese(page, site):
    page.goto(f"{site}/?q=mug")
    page.get_by_role("navigation", name="Language").get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    page.get_by_role("searchbox", name="搜索商品").fill("马克杯")
    page.get_by_role("button", name="搜索", exact=True).click()
    expect(cards(page)).to_have_text(["粗陶马克杯"])
    page.get_by_role("link", name="粗陶马克杯", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("粗陶马克杯")
    expect(page.get_by_text("保温好。")).to_be_visible()


def test_the_filters_are_a_drawer_on_a_phone(page, site):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/?q=plate")
    drawer = page.get_by_role("complementary", name="Filters")
    assert not drawer.is_visible()
    page.get_by_role("link", name="Filters", exact=True).click()
    expect(drawer).to_be_visible()
    drawer.get_by_role("link", name=re.compile("Kiln")).click()
    expect(drawer).not_to_be_visible()
    expect(page.get_by_role("status")).to_have_text("5 products for “plate”")


def test_the_keyboard_reaches_the_content_first(page, site):
    page.goto(site)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    assert skip.evaluate("link => link === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#main")
