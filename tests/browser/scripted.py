"""A page with JavaScript that complains about nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@contextmanager
def scripted_page(browser, viewport=DESKTOP, prepared="", **options) -> Iterator:
    """A page whose console stays empty; ``prepared`` is run before its own scripts."""
    context = browser.new_context(locale="en-US", viewport=viewport, **options)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("dialog", lambda dialog: page.complaints.append("a dialog opened"))
    if prepared:
        page.add_init_script(prepared)
    yield page
    assert page.complaints == [], page.complaints
    context.close()
