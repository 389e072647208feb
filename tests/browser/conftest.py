import pytest

from browser.site import CHROMIUM, chromium, served
from serve.conftest import shop as shop


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with chromium() as browser:
        yield browser


@pytest.fixture
def site(shop):
    with served(shop) as address:
        yield address


@pytest.fixture
def page(browser):
    """Without JavaScript: everything must work that way."""
    context = browser.new_context(java_script_enabled=False, locale="en-US", viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()
