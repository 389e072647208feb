"""Accessibility and size of every page: axe-core, targets, and no sideways scrolling."""

import pytest
from hatch_build import install

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/?q=plate",
    "/?q=mug&lang=zh",
    "/?q=nothing&f.brand=Kiln",
    "/?f.category=Home&page=9",
    "/p/mug",
    "/p/mug?lang=zh",
    "/p/none",
]
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
    """What axe-core finds on the page, with its first details open: nothing."""
    for details in page.locator("details").all()[:6]:
        details.evaluate("element => element.open = true")
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found["violations"]] == []


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(scripted, site, axe, path):
    scripted.goto(site + path)
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


@pytest.mark.parametrize("path", PAGES)
def test_targets_are_large_enough_and_nothing_scrolls_sideways(scripted, site, path):
    scripted.goto(site + path)
    assert scripted.evaluate(TARGETS) == []
    assert scripted.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


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
