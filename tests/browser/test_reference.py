"""The API's page in a browser: readable by anybody, at any width, in both themes, without scripts."""

import pytest
from playwright.sync_api import expect

from browser.test_access import TARGETS
from browser.test_access import axe as axe
from browser.test_access import scripted as scripted

pytestmark = pytest.mark.browser


def test_axe_finds_nothing_targets_are_large_and_nothing_scrolls_sideways(scripted, site, axe):
    asked, complaints = [], []
    scripted.on("request", lambda request: asked.append(request.url))
    scripted.on("console", lambda message: complaints.append(message.text))
    scripted.goto(f"{site}/v1/docs")
    assert scripted.evaluate(TARGETS) == []
    assert scripted.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    scripted.evaluate("() => document.querySelectorAll('details').forEach(each => each.open = true)")
    scripted.evaluate(axe)
    found = scripted.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found["violations"]] == []
    assert [url for url in asked if not url.startswith(site)] == []
    assert complaints == []


def test_it_is_walked_without_scripts(page, site):
    page.goto(f"{site}/v1/docs")
    page.get_by_role("navigation", name="Contents").get_by_role("link", name="POST search", exact=True).click()
    expect(page.locator("#searching-posted h3")).to_be_in_viewport()
    page.locator("#searching-posted").get_by_role("link", name="SearchAnswer").click()
    expect(page.locator("#SearchAnswer h3")).to_be_in_viewport()
    page.locator("#SearchAnswer").get_by_role("link", name="Hit").click()
    expect(page.locator("#Hit h3")).to_be_in_viewport()
