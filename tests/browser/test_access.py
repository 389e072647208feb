"""Accessibility and size of every page: axe-core, targets, and no sideways scrolling."""

import re
from pathlib import Path

import pytest
from hatch_build import install
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "product-page.jpg"

PAGES = [
    "/",
    "/?lang=zh",
    "/?q=plate",
    "/?q=mug&lang=zh",
    "/?q=nothing&f.brand=Kiln",
    "/?f.category=Home&page=9",
    "/?f.brand=Nobody&min=99999&lang=zh",
    "/p/mug",
    "/p/mug?lang=zh",
    "/p/none?lang=zh",
]
# As a reader may space a text (WCAG 1.4.12), and about as wide as other fonts are.
SPACED = (
    """() => Object.assign(document.body.style, {letterSpacing: '0.12em', wordSpacing: '0.16em', lineHeight: 1.5})"""
)
TARGETS = """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
    .filter(e => e.checkVisibility() && !e.closest('p, td, th, .card-title'))
    .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.width < 24 || box.height < 24) && box.right > 0 && box.bottom > 0)
    .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core, of the lock that the pages are bundled with."""
    return (install() / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=lambda given: f"{given[0]}-{given[1]}")
def scripted(browser, request):
    """With JavaScript, which only the checks need."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale="en-US")
    yield context.new_page()
    context.close()


def assert_accessible(page, axe) -> None:
    """What axe-core finds on the page, with its first details open, and on its other theme: nothing."""
    page.evaluate("() => [...document.querySelectorAll('details')].slice(0, 6).forEach(each => each.open = true)")
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    page.get_by_role("button", name=re.compile("Dark theme|深色主题")).dispatch_event("click")
    found["violations"] += page.evaluate("() => axe.run(document, {runOnly: ['color-contrast']})")["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found["violations"]] == []


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_targets_are_large_enough_and_nothing_scrolls_sideways(scripted, site, axe, path):
    scripted.goto(site + path)
    assert scripted.evaluate(TARGETS) == []
    assert scripted.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(scripted, axe)
    scripted.evaluate(SPACED)
    assert scripted.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_axe_finds_nothing_in_what_scripts_open(scripted, site, axe):
    scripted.goto(f"{site}/p/plate1")
    scripted.goto(f"{site}/?q=mug&lang=zh")
    expect(scripted.get_by_role("region", name="最近浏览")).to_be_visible()
    scripted.locator("#q").fill("")
    scripted.locator("#q").press("ArrowDown")
    assert_accessible(scripted, axe)
    scripted.locator(".why > summary").first.click()
    expect(scripted.get_by_role("dialog", name="为什么推荐？")).to_be_visible()
    assert_accessible(scripted, axe)
    scripted.keyboard.press("Escape")
    if scripted.viewport_size["width"] < 800:
        scripted.locator("[data-drawer]").click()
        expect(scripted.get_by_role("dialog", name="筛选")).to_be_visible()
        assert_accessible(scripted, axe)
        scripted.keyboard.press("Escape")
    scripted.locator("#photo-search").evaluate("menu => menu.open = true")
    scripted.locator("#photo_file").set_input_files(PICTURE)
    expect(scripted.locator(".preview")).to_be_visible()
    assert_accessible(scripted, axe)


def test_axe_would_find_a_missing_label_and_a_faint_text(scripted, site, axe):
    scripted.goto(site)
    scripted.evaluate("""() => {
        document.querySelector('label[for=q]').remove()
        document.querySelector('.hero p').style.color = '#888888'
        document.querySelector('.hero p').style.backgroundColor = '#999999'
        document.querySelector('#q').removeAttribute('placeholder')
    }""")
    scripted.evaluate(axe)
    found = scripted.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert {"label", "color-contrast"} <= {one["id"] for one in found["violations"]}


def test_nothing_comes_from_elsewhere(scripted, site):
    asked = []
    scripted.on("request", lambda request: asked.append(request.url))
    complaints = []
    scripted.on("console", lambda message: complaints.append(message.text))
    for path in ("/", "/p/mug"):
        scripted.goto(site + path)
    assert asked
    assert [url for url in asked if not url.startswith(site)] == []
    assert complaints == []
