"""Results that change in place: what a shopper with JavaScript has beside what everybody has."""

import re

import pytest
from playwright.sync_api import expect

from browser.scripted import DESKTOP, PHONE, scripted_page
from browser.site import served
from serve.small_shop import SmallShop
from wares.types import Money, Product, Variant

pytestmark = pytest.mark.browser


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(browser, request):
    with scripted_page(browser, request.param) as page:
        yield page


@pytest.fixture
def desktop(browser):
    with scripted_page(browser) as page:
        yield page


@pytest.fixture
def phone(browser):
    with scripted_page(browser, PHONE) as page:
        yield page


def status(page):
    return page.get_by_role("status")


def cards(page):
    return page.locator(".results .card-title")


def mark(page):
    """Something that a page load would wipe out."""
    page.evaluate("window.kept = true")


def kept(page) -> bool:
    return page.evaluate("window.kept === true")


def test_words_change_the_results_without_a_page_load(page, site):
    page.goto(site)
    mark(page)
    page.get_by_role("combobox").fill("plate")
    page.get_by_role("combobox").press("Enter")
    page.wait_for_url("**/?q=plate")
    expect(status(page)).to_have_text("9 products for “plate”")
    expect(page).to_have_title("9 products for “plate” · Small & Sons")
    assert kept(page)
    assert page.evaluate("document.activeElement.id") == "q"
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Find it by words. Or show us a photo.")
    expect(status(page)).to_have_text("11 products")
    assert kept(page)
    assert page.get_by_role("combobox").input_value() == ""
    page.go_forward()
    expect(status(page)).to_have_text("9 products for “plate”")
    assert page.get_by_role("combobox").input_value() == "plate"


def test_a_facet_keeps_the_focus_and_the_language_links_follow(desktop, site):
    desktop.goto(f"{site}/?q=plate")
    mark(desktop)
    choice = desktop.get_by_role("complementary").get_by_role("link", name=re.compile("Kiln"))
    choice.focus()
    desktop.keyboard.press("Enter")
    expect(status(desktop)).to_have_text("5 products for “plate”")
    assert kept(desktop)
    expect(choice).to_be_focused()
    expect(choice).to_have_attribute("aria-current", "true")
    expect(desktop.get_by_role("link", name="中文")).to_have_attribute("href", "/?q=plate&f.brand=Kiln&lang=zh")
    desktop.get_by_role("link", name="Remove filter: Brand: Kiln").click()
    expect(status(desktop)).to_have_text("9 products for “plate”")
    expect(desktop.locator("#results")).to_be_focused()


def test_more_is_loaded_below_and_back_restores_it(page, site):
    page.goto(f"{site}/?q=plate")
    mark(page)
    first = cards(page).all_inner_texts()
    page.get_by_role("link", name="Load more").click()
    expect(cards(page)).to_have_count(8)
    page.wait_for_url("**/?q=plate&through=2")
    assert cards(page).all_inner_texts()[:4] == first
    expect(status(page)).to_contain_text("8 of 9 shown")
    expect(cards(page).nth(4).get_by_role("link")).to_be_focused()
    page.get_by_role("link", name="Load more").click()
    expect(cards(page)).to_have_count(9)
    expect(page.get_by_role("link", name="Load more")).to_have_count(0)
    assert len(set(cards(page).all_inner_texts())) == 9
    assert kept(page)
    last = cards(page).last
    last.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    last.get_by_role("link").click()
    expect(page.locator(".offer")).to_be_visible()
    page.go_back()
    expect(cards(page)).to_have_count(9)
    page.wait_for_function("place => Math.abs(scrollY - place) < 40", arg=place)


def test_numbered_pages_start_at_their_top(page, site):
    page.goto(f"{site}/?q=plate")
    mark(page)
    page.get_by_role("link", name="Page 2", exact=True).click()
    page.wait_for_url("**/?q=plate&page=2")
    expect(page.get_by_text("Page 2 of 3")).to_be_visible()
    expect(page.get_by_text("Page 2 of 3")).to_be_in_viewport()
    assert kept(page)
    expect(page.locator("#results")).to_be_focused()


def test_cards_are_shapes_while_results_are_on_their_way(desktop, site):
    desktop.goto(f"{site}/?q=plate")
    going = desktop.context.new_cdp_session(desktop)
    going.send("Network.enable")
    going.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 600, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    desktop.get_by_role("complementary").get_by_role("link", name=re.compile("Kiln")).click()
    expect(desktop.locator("main")).to_have_attribute("aria-busy", "true")
    shape = "getComputedStyle(document.querySelector('.results .card'), '::after').backgroundImage"
    assert "linear-gradient" in desktop.evaluate(shape)
    expect(status(desktop)).to_have_text("5 products for “plate”")
    expect(desktop.locator("main")).not_to_have_attribute("aria-busy", "true")


def test_an_old_request_gives_way_to_a_newer_one(desktop, site):
    desktop.goto(site)
    held = []
    desktop.route("**/?q=mug", lambda route: held.append(route))
    desktop.get_by_role("combobox").fill("mug")
    desktop.get_by_role("combobox").press("Enter")
    desktop.wait_for_timeout(50)
    desktop.get_by_role("combobox").fill("plate")
    desktop.get_by_role("combobox").press("Enter")
    expect(status(desktop)).to_have_text("9 products for “plate”")
    assert len(held) == 1
    assert desktop.url.endswith("/?q=plate")


@pytest.mark.parametrize("answer", ["offline", "json"])
def test_a_failed_request_is_told_and_can_be_repeated(browser, site, answer):
    with scripted_page(browser) as page:
        page.goto(f"{site}/?q=plate")
        fails = [True]

        def answered(route):
            if not fails:
                route.continue_()
            elif answer == "offline":
                route.abort()
            else:
                route.fulfill(status=503, content_type="application/problem+json", body="{}")

        page.route("**/?q=mug", answered)
        page.get_by_role("combobox").fill("mug")
        page.get_by_role("combobox").press("Enter")
        expect(page.get_by_text("The shop did not answer")).to_be_visible()
        expect(cards(page)).to_have_count(4)
        fails.clear()
        page.get_by_role("button", name="Try again").click()
        page.wait_for_url("**/?q=mug")
        expect(cards(page)).to_have_count(1)
        page.complaints[:] = [one for one in page.complaints if "Failed to load" not in one and "htmx:error" not in one]


def test_an_error_page_takes_the_place_of_results(desktop, site):
    desktop.goto(site)
    desktop.get_by_role("combobox").fill("boom")
    desktop.get_by_role("combobox").press("Enter")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Something went wrong on our side")
    desktop.complaints[:] = [one for one in desktop.complaints if "status of 500" not in one]


def test_the_drawer_keeps_the_focus_until_escape(phone, site):
    phone.goto(f"{site}/?q=plate")
    opener = phone.get_by_role("link", name="Filters", exact=True)
    opener.click()
    drawer = phone.get_by_role("dialog", name="Filters")
    expect(drawer).to_be_visible()
    inside = "document.getElementById('filters').contains(document.activeElement)"
    for _ in range(30):
        phone.keyboard.press("Tab")
        assert phone.evaluate(inside)
    phone.keyboard.press("Shift+Tab")
    assert phone.evaluate(inside)
    drawer.get_by_role("link", name=re.compile("Kiln")).click()
    expect(status(phone)).to_have_text("5 products for “plate”")
    expect(drawer).to_be_visible()
    assert phone.evaluate(inside)
    phone.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(phone.get_by_role("link", name=re.compile("Filters"))).to_be_focused()


def test_the_price_slider_writes_numbers_and_narrows(desktop, site):
    desktop.goto(f"{site}/?q=plate")
    slider = desktop.get_by_role("slider", name="Highest price, slider")
    slider.fill("13")
    slider.dispatch_event("change")
    desktop.wait_for_url(re.compile("max=13"))
    expect(status(desktop)).to_have_text("4 products for “plate”")
    expect(desktop.get_by_label("Highest price", exact=False).last).to_have_value("13")
    expect(desktop.get_by_role("slider", name="Highest price, slider")).to_have_attribute("aria-valuetext", "13 USD")


def test_the_theme_is_turned_and_remembered(page, site):
    page.goto(site)
    button = page.get_by_role("button", name="Dark theme")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Dark theme").click()
    assert page.evaluate(ground) == light


def test_what_was_looked_at_is_shown_and_can_be_forgotten(desktop, site):
    desktop.goto(f"{site}/p/mug")
    expect(desktop.get_by_role("region", name="You looked at")).to_have_count(0)
    desktop.goto(f"{site}/p/plate1")
    rail = desktop.get_by_role("region", name="You looked at")
    expect(rail.get_by_role("link")).to_have_text(["Stoneware Mug"])
    expect(rail).to_contain_text("Remembered only in this browser.")
    desktop.goto(f"{site}/?lang=zh")
    rail = desktop.get_by_role("region", name="最近浏览")
    expect(rail.locator(".card-title")).to_have_text(["Dinner Plate 1", "粗陶马克杯"])
    rail.get_by_role("button", name="清除浏览记录").click()
    expect(rail).to_have_count(0)
    desktop.reload()
    expect(desktop.get_by_role("region", name="最近浏览")).to_have_count(0)


@pytest.fixture
def branded(tmp_path):
    """A shop of many brands."""
    named = [f"Marke {letter}" for letter in "ABCDEFGHIJKL"] + ["Ölig", "春田"]
    products = [
        Product(id=f"p{n}", title="Plate", brand=brand, variants=(Variant(f"V{n}", price=Money(100 * n + 100, "USD")),))
        for n, brand in enumerate(named)
    ]
    with served(SmallShop(products, tmp_path)) as address:
        yield address


def test_a_long_facet_can_be_searched_in(desktop, branded):
    desktop.goto(f"{branded}/?q=plate")
    group = desktop.locator("[data-facet]", has=desktop.get_by_role("heading", name="Brand"))
    box = desktop.get_by_role("searchbox", name="Search in: Brand")
    expect(group.get_by_role("link")).to_have_count(8)
    box.fill("OLIG")
    expect(group.get_by_role("link")).to_have_text([re.compile("Ölig")])
    box.fill("田")
    expect(group.get_by_role("link")).to_have_text([re.compile("春田")])
    box.fill("nobody")
    expect(group.get_by_role("link")).to_have_count(0)
    expect(group.get_by_text("Nothing by that name.")).to_be_visible()
    box.fill("marke l")
    group.get_by_role("link").click()
    expect(status(desktop)).to_have_text("1 product for “plate”")


def test_another_variant_is_shown_in_place(page, site):
    page.goto(f"{site}/?q=mug")
    page.get_by_role("link", name="Stoneware Mug", exact=True).click()
    expect(page.locator(".offer")).to_contain_text("$19.00")
    mark(page)
    blue = page.get_by_role("link", name="Blue", exact=True)
    blue.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/mug?variant=MUG-B-S*")
    expect(page.locator(".offer")).to_contain_text("$21.00")
    expect(blue).to_be_focused()
    assert kept(page)
    page.go_back()
    page.wait_for_url("**/?q=mug")
    expect(status(page)).to_have_text("1 product for “mug”")
