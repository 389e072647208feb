"""Suggestions under the search box, with JavaScript; that the box works without is tried everywhere else."""

import pytest
from playwright.sync_api import expect

from browser.scripted import PHONE, scripted_page
from browser.site import served
from serve.conftest import reading as reading

pytestmark = pytest.mark.browser


@pytest.fixture
def site(reading):
    with served(reading) as address:
        yield address


@pytest.fixture
def scripted(browser):
    with scripted_page(browser, PHONE) as page:
        yield page


def test_the_keyboard_walks_the_suggestions(scripted, site):
    scripted.goto(site)
    box = scripted.get_by_role("combobox", name="Search products")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("plate")
    options = scripted.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options).to_have_count(5)
    expect(box).to_have_attribute("aria-expanded", "true")
    assert options.nth(2).locator("bdi").inner_text() == "<b>plate</b>"
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    assert box.input_value() == "dinner plate"
    assert scripted.evaluate("document.documentElement.scrollWidth") <= 390
    box.press("Escape")
    expect(options).to_have_count(0)
    assert box.input_value() == "plate"
    box.press_sequentially(" 1")
    expect(options).to_have_count(1)
    box.press("ArrowUp")
    box.press("Enter")
    scripted.wait_for_url("**/p/plate1?lang=en")


def test_enter_searches_for_what_was_typed(scripted, site):
    scripted.goto(site)
    box = scripted.get_by_role("combobox")
    box.press_sequentially("plate")
    expect(scripted.get_by_role("option").first).to_be_visible()
    box.press("Enter")
    scripted.wait_for_url("**/?q=plate")


def test_a_suggestion_can_be_clicked(scripted, site):
    scripted.goto(site)
    scripted.get_by_role("combobox").press_sequentially("plate")
    scripted.get_by_role("option", name="Plates").click()
    scripted.wait_for_url("**/?f.category=Home*")


def test_nothing_is_asked_while_a_word_is_being_composed(scripted, site):
    asked = []
    scripted.on("request", lambda request: asked.append(request.url))
    scripted.goto(site)
    asked.clear()
    scripted.get_by_role("combobox").evaluate("""box => {
        box.value = "pla"
        box.dispatchEvent(new InputEvent("input", {isComposing: true, bubbles: true}))
    }""")
    scripted.wait_for_timeout(400)
    assert [url for url in asked if "/api/" in url] == []


def test_what_was_composed_is_asked_once_it_is_written(scripted, site):
    scripted.goto(site)
    scripted.get_by_role("combobox").evaluate("""box => {
        box.focus()
        box.value = "pla"
        box.dispatchEvent(new InputEvent("input", {isComposing: true, bubbles: true}))
        box.value = "plate"
        box.dispatchEvent(new CompositionEvent("compositionend", {bubbles: true}))
    }""")
    expect(scripted.get_by_role("option")).to_have_count(5)


def test_an_old_request_is_aborted_and_its_answer_never_shown(scripted, site):
    scripted.goto(site)
    held, ended = [], []
    scripted.route("**/suggest?q=plat&*", lambda route: held.append(route))
    scripted.on("requestfailed", lambda request: ended.append(request.failure))
    box = scripted.get_by_role("combobox")
    with scripted.expect_request("**/suggest?q=plat&*"):
        box.press_sequentially("plat")
    box.press_sequentially("e")
    expect(scripted.get_by_role("option")).to_have_count(5)
    assert len(held) == 1
    assert ended == ["net::ERR_ABORTED"]


def test_recent_searches_are_offered_until_they_are_cleared(scripted, site):
    scripted.goto(site)
    box = scripted.get_by_role("combobox")
    box.click()
    expect(scripted.get_by_role("option")).to_have_count(0)
    for words in ("mug", "plate", "mug"):
        box.fill(words)
        box.press("Enter")
        scripted.wait_for_url(f"**/?q={words}")
    asked = []
    scripted.on("request", lambda request: asked.append(request.url))
    box.fill("")
    options = scripted.get_by_role("option")
    expect(options.locator("bdi")).to_have_text(["mug", "plate"])
    expect(options.first).to_contain_text("searched before")
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Enter")
    scripted.wait_for_url("**/?q=plate")
    assert [url for url in asked if "suggest" in url] == []
    scripted.reload()
    box.fill("")
    scripted.get_by_role("button", name="Clear recent searches").click()
    expect(options).to_have_count(0)
    scripted.reload()
    box.fill("")
    box.press("ArrowDown")
    expect(options).to_have_count(0)


def test_another_script_does_not_run(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto(site)
    ran = page.evaluate("""() => new Promise(done => {
        const script = document.createElement("script")
        script.textContent = "window.ran = true"
        document.head.append(script)
        setTimeout(() => done(window.ran === true), 100)
    })""")
    assert ran is False
    context.close()
