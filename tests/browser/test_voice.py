"""Search by voice: by the browser where it can, else by the shop, else not offered."""

import pytest
from playwright.sync_api import expect

from browser.scripted import scripted_page
from browser.site import served
from wares.encode.speech import SpeechReader, Transcript
from wares.serve.storefront.speech import Speech

pytestmark = pytest.mark.browser

BY_BROWSER = """
window.SpeechRecognition = class {
    start() { window.heard = this }
    abort() { window.aborted = true; this.onend() }
}
"""
NONE = "delete window.SpeechRecognition; delete window.webkitSpeechRecognition;"
BY_SERVER = (
    NONE
    + """
navigator.mediaDevices.getUserMedia = async () => {
    if (window.refused) throw new DOMException('no', 'NotAllowedError')
    const context = new AudioContext()
    const sound = context.createOscillator()
    const out = context.createMediaStreamDestination()
    sound.connect(out)
    sound.start()
    window.stream = out.stream
    return out.stream
}
"""
)


def test_the_browser_turns_speech_into_words(browser, site):
    with scripted_page(browser, prepared=BY_BROWSER) as page:
        page.goto(f"{site}/?lang=zh")
        page.get_by_role("button", name="语音搜索").click()
        dialog = page.get_by_role("dialog", name="语音搜索")
        expect(dialog).to_contain_text("本店只收到文字")
        expect(dialog).to_contain_text("正在聆听")
        assert page.evaluate("window.heard.lang") == "zh-CN"
        page.evaluate("window.heard.onresult({results: [[{transcript: '马克杯'}]]})")
        expect(dialog).to_contain_text("马克杯")
        page.evaluate("window.heard.onend()")
        page.wait_for_url("**/?q=*")
        expect(page.locator(".results .card-title")).to_have_text(["粗陶马克杯"])


def test_what_goes_wrong_with_it_is_told_and_closing_ends_it(browser, site):
    with scripted_page(browser, prepared=BY_BROWSER) as page:
        page.goto(site)
        for error, told in (
            ("not-allowed", "not allowed"),
            ("no-speech", "Nothing was heard"),
            ("network", "Please type"),
        ):
            page.get_by_role("button", name="Search by voice").click()
            dialog = page.get_by_role("dialog", name="Search by voice")
            page.evaluate("error => { window.heard.onerror({error}); window.heard.onend() }", error)
            expect(dialog).to_contain_text(told)
            page.keyboard.press("Escape")
            expect(dialog).to_be_hidden()
        assert page.evaluate("window.aborted")
        assert page.url == f"{site}/"


@pytest.fixture
def hearing(shop, monkeypatch):
    """The shop, with a reader that hears everything as one word."""
    heard = []

    def transcribe(self, sound, language=""):
        heard.append((sound, language))
        return Transcript("Mug", "en", 1.0, 1.0)

    monkeypatch.setattr(Speech, "available", True)
    monkeypatch.setattr(SpeechReader, "transcribe", transcribe)
    with served(shop) as address:
        yield address, heard


def test_the_shop_hears_what_a_browser_cannot(browser, hearing):
    site, heard = hearing
    with scripted_page(browser, prepared=BY_SERVER) as page:
        page.goto(site)
        page.evaluate("window.refused = true")
        page.get_by_role("button", name="Search by voice").click()
        dialog = page.get_by_role("dialog", name="Search by voice")
        expect(dialog).to_contain_text("The microphone is not allowed")
        page.keyboard.press("Escape")
        page.evaluate("window.refused = false")
        page.get_by_role("button", name="Search by voice").click()
        expect(dialog).to_contain_text("sent to this shop")
        page.wait_for_timeout(200)
        page.get_by_role("button", name="Done").click()
        page.wait_for_url("**/?q=Mug")
        expect(page.get_by_role("status")).to_have_text("1 product for “Mug”")
        [(sound, language)] = heard
        assert sound[:4] == b"\x1a\x45\xdf\xa3"  # WebM
        assert language == "en"
        assert page.evaluate("window.stream.getTracks().every(track => track.readyState === 'ended')")


def test_where_nobody_can_hear_it_is_not_offered(browser, site, monkeypatch):
    monkeypatch.setattr(Speech, "available", False)
    with scripted_page(browser, prepared=NONE) as page:
        page.goto(site)
        expect(page.get_by_role("combobox")).to_be_visible()
        expect(page.locator("button.voice")).to_be_hidden()
