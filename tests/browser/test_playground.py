"""The playground in a browser: readable, usable without JavaScript, and as wide as the screen."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from browser.site import served
from browser.test_access import TARGETS
from browser.test_access import axe as axe
from browser.test_access import scripted as scripted
from serve.playground.conftest import shop as shop

pytestmark = pytest.mark.browser

PAGES = [
    "/playground?q=oak+lamp&b.weights.text=9&b.join=ranks",
    "/playground?q=lamp&b.weights.text=x&f=price:x&lang=zh",
    "/playground?q=lamp&lang=zh&b.generation=g00000099",
]


@pytest.fixture
def site(shop):
    with served(shop) as address:
        yield address


def test_axe_finds_nothing_targets_are_large_and_nothing_scrolls_sideways(scripted, site, axe, tmp_path):
    complaints = []
    scripted.on("console", lambda message: complaints.append(message.text))
    for place, path in enumerate(PAGES):
        scripted.goto(site + path)
        scripted.evaluate(axe)
        found = scripted.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        told = [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found["violations"]]
        assert told == [], path
        assert scripted.evaluate(TARGETS) == [], path
        assert scripted.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), path
        scripted.screenshot(path=tmp_path / f"playground-{place}.png", full_page=True)
    assert [one for one in complaints if "status of 400" not in one] == []


def test_the_sides_stand_beside_each_other_where_there_is_room(scripted, site):
    scripted.goto(site + PAGES[0])
    one, other = (scripted.locator(f"#side-{key}").bounding_box() for key in "AB")
    if scripted.viewport_size["width"] > 1000:
        assert one["y"] == other["y"]
        assert one["x"] + one["width"] < other["x"]
        assert abs(one["width"] - other["width"]) < 2
    else:
        assert one["y"] + one["height"] < other["y"]
        scripted.get_by_role("link", name="Go to B: as set").click()
        expect(scripted.locator("#side-B h2")).to_be_in_viewport()


def test_bars_begin_where_the_one_before_ended(scripted, site):
    scripted.goto(site + PAGES[0])
    bars = scripted.locator("#side-B .ledger").first.locator(".for, .against")
    boxes = bars.evaluate_all("""bars => bars.map(bar => {
        const box = bar.getBoundingClientRect()
        return bar.classList.contains('for') ? [box.left, box.right] : [box.right, box.left]
    })""")
    assert len(boxes) > 3
    assert all(abs(end - start) < 1 for (_, end), (start, _) in pairwise(boxes))
    assert max(abs(end - start) for start, end in boxes) > 20


def test_a_setting_is_typed_and_compared_without_javascript(page, site):
    page.goto(f"{site}/playground")
    page.get_by_label("Words", exact=True).fill("oak lamp")
    page.get_by_label("text", exact=True).fill("9")
    page.get_by_label("join", exact=True).select_option("ranks")
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(f"{site}/playground?q=oak+lamp&b.weights.text=9&b.join=ranks")
    expect(page.get_by_role("table", name=re.compile("How the page of B differs"))).to_contain_text(
        "Rank-biased overlap"
    )
    expect(page.locator("#side-B .move").first).to_be_visible()
    page.get_by_label("text", exact=True).fill("a lot")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("alert")).to_contain_text("Write a number from 0")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("text", exact=True)).to_be_in_viewport()
    page.get_by_role("link", name="B as live").click()
    expect(page).to_have_url(f"{site}/playground?q=oak+lamp")


def test_a_photo_is_sent_from_this_device(page, site, tmp_path):
    from PIL import Image

    Image.new("RGB", (40, 40), "green").save(tmp_path / "green.png")
    page.goto(f"{site}/playground?q=lamp&b.nearest=3")
    page.get_by_label("Photo from this device").set_input_files(tmp_path / "green.png")
    page.get_by_role("button", name="Search with it").click()
    expect(page).to_have_url(re.compile(r"/playground\?q=lamp&photo=[0-9a-f]{64}&b\.nearest=3$"))
    photo = page.get_by_role("img", name="The photo that is searched with")
    assert photo.evaluate("one => one.naturalWidth") == 40
