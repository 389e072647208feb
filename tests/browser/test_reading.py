"""What a shopper sees and can undo of what the search understood, without JavaScript."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from browser.site import served
from browser.test_access import assert_accessible
from browser.test_access import axe as axe
from browser.test_access import scripted as scripted
from serve.conftest import reading as reading

pytestmark = pytest.mark.browser

STATES = [
    "/?q=white+plate+under+15+without+gold",
    "/?q=白色盘子15元以下不要金的&lang=zh",
    "/?q=plaet&max=13",
    "/?q=plate+in+99&without=x&literal=0",
    "/?q=unobtainium&lang=zh",
    "/?q=plate&like=mug",
    "/explain?q=plate&id=plate1&lang=zh",
]


@pytest.fixture
def site(reading):
    with served(reading) as address:
        yield address


def status(page):
    return page.get_by_role("status")


def test_a_chip_taken_away_changes_the_address_and_the_results(page, site):
    page.goto(f"{site}/?q=plate+under+15")
    expect(status(page)).to_contain_text("6 products")
    expect(page.get_by_text("Price ≤ $15.00")).to_be_visible()
    page.get_by_role("link", name="Take away the condition “under 15” (Price ≤ $15.00)").click()
    page.wait_for_url("**/?q=plate+under+15&without=price%3A..1500")
    expect(status(page)).to_contain_text("9 products")
    page.get_by_role("link", name="Read all words again").click()
    expect(status(page)).to_contain_text("6 products")


def test_another_spelling_can_be_taken_or_left(page, site):
    page.goto(f"{site}/?q=plat")
    page.get_by_role("link", name="Did you mean “plate”?").click()
    page.wait_for_url("**/?q=plate")
    page.goto(f"{site}/?q=plaet")
    expect(page.get_by_text("Showing results for “plate”.")).to_be_visible()
    page.get_by_role("link", name="Search instead for “plaet”").click()
    page.wait_for_url("**/?q=plaet&literal=1")
    expect(page.get_by_text("exactly as typed")).to_be_visible()


def test_the_histogram_is_drawn_and_shows_the_chosen_prices(page, site):
    page.goto(f"{site}/?q=plate&max=13")
    picture = page.get_by_role("img", name=re.compile("How many products at which price"))
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box["width"] > 150
    assert box["height"] > 40
    colours = picture.locator("rect").evaluate_all("bars => bars.map(bar => getComputedStyle(bar).fill)")
    assert colours[0] != colours[-1]


def test_what_is_not_carried_does_not_look_like_results(page, site):
    page.goto(f"{site}/?q=unobtainium")
    expect(page.get_by_role("heading", name="We don't carry that. The nearest we have:")).to_be_visible()
    nearest = page.get_by_role("region", name="We don't carry that. The nearest we have:")
    assert nearest.evaluate("one => getComputedStyle(one).borderTopStyle") == "dashed"
    page.goto(f"{site}/?q=plate")
    assert page.locator(".results").evaluate("one => getComputedStyle(one).borderTopStyle") == "none"


def test_why_this_opens_and_its_points_add_up_to_the_score(page, site, reading):
    page.goto(f"{site}/?q=mug")
    page.locator("summary", has_text="Why this?").click()
    lines = page.locator(".why .share").all_inner_texts()
    numbers = [Decimal(line.replace("−", "-")) for line in lines]
    assert sum(numbers[:-1]) == numbers[-1] == Decimal("2.00")
    page.get_by_role("link", name="What would move it?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Why this place?")
    expect(page.get_by_text("In stock: it would not be found.")).to_be_visible()
    page.get_by_role("link", name="Back to the results").click()
    page.wait_for_url("**/?q=mug")


def test_like_this_but_with_other_words(page, site, reading):
    page.goto(f"{site}/p/mug")
    page.get_by_role("link", name="More like this").first.click()
    page.wait_for_url("**/?like=mug")
    page.get_by_role("searchbox").fill("plate")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url(re.compile("like=mug"))
    assert (reading.queries[-1].like, reading.queries[-1].text) == ("mug", "plate")
    page.get_by_role("link", name="No longer like this").click()
    page.wait_for_url("**/?q=plate")


def test_chinese_chips(page, site):
    page.goto(f"{site}/?q=白色盘子15元以下不要金的&lang=zh")
    expect(page.get_by_role("list", name="已理解为").get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_text("价格 ≤ US$15.00")).to_be_visible()
    page.get_by_role("link", name="不再排除“不要金的”（不含金）").click()
    expect(page.get_by_role("list", name="已理解为").get_by_role("listitem")).to_have_count(2)


@pytest.mark.parametrize("path", STATES)
@pytest.mark.parametrize("width", [390, 1280])
def test_no_state_scrolls_sideways(page, site, path, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.locator("a, summary, button").evaluate_all("""all => all
        .filter(e => e.checkVisibility() && !e.closest('p, td, th, .card-title'))
        .map(e => [e.className, e.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.width < 24 || box.height < 24) && box.right > 0 && box.bottom > 0)
        .map(([name]) => name)""")
    assert small == []


# Each at one width; assert_accessible looks at both themes.
@pytest.mark.parametrize(
    ("path", "scripted"),
    [(path, [(1280, "light"), (390, "dark")][n % 2]) for n, path in enumerate(STATES)],
    indirect=["scripted"],
)
def test_axe_finds_nothing(scripted, site, axe, path):
    scripted.goto(site + path)
    assert_accessible(scripted, axe)


@pytest.mark.parametrize("scripted", [(390, "light"), (1280, "dark")], indirect=True)
def test_why_this_is_a_dialog_that_says_what_would_move_it(scripted, site):
    scripted.goto(f"{site}/?q=mug")
    opener = scripted.locator("summary", has_text="Why this?")
    opener.click()
    dialog = scripted.get_by_role("dialog", name="Why this?")
    expect(dialog).to_contain_text("Stoneware Mug")
    expect(dialog).to_contain_text("Your words are in its texts")
    expect(dialog).to_contain_text("In stock: it would not be found.")
    assert scripted.evaluate("document.querySelector('#why').contains(document.activeElement)")
    scripted.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
