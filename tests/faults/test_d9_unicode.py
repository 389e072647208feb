"""D9: what is written to mislead or to break is cleaned and answered: hidden, reversed, stacked, halved, look-alike."""

import unicodedata
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from small_shops import Recorded, filled, write_feed
from wares.serve.app import create_app
from wares.serve.native import searching
from wares.serve.storefront import address

# As typed → whether it still means "lamp p7".
TABLE = {
    "right-to-left override": ("lamp \u202ep7\u202c", True),
    "isolates": ("\u2067lamp\u2069 p7", True),
    "zero width space": ("la\u200bmp p7", True),
    "joiner": ("la\u200dmp p7", True),
    "non-joiner": ("la\u200cmp p7", True),
    "byte order mark": ("\ufefflamp p7", True),
    "soft hyphen": ("la\u00admp p7", True),
    "full width": ("ｌａｍｐ ｐ７", True),
    "mathematical": ("𝐥𝐚𝐦𝐩 𝐩𝟕", True),
    "tags": ("lamp\U000e0041\U000e0042 p7", True),
    "no-break spaces": ("lamp\u00a0\u2003\u3000p7", True),
    "line breaks": ("lamp\r\n\u2028\u2029p7", True),
    "null": ("lamp\x00 p7", True),
    "combining marks": ("lamp p7 " + "x" + "\u0301" * 1000, False),
    "combining marks alone": ("\u0301" * 1000, False),
    "stacked": ("l̸̢̛a̵̧m̶̨p̷ ̴p̵7", False),
    "homoglyphs": ("lаmр p7", False),
    "emoji sequence": ("👩‍👩‍👧‍👦 lamp 🏳️‍🌈", False),
    "unassigned": ("lamp \u0378 \U0010ffff", False),
    "private use": ("lamp \ue000", False),
    "hangul fillers": ("lamp \u3164\u115f", False),
    "longest ligature": ("\ufdfa" * 300, False),
    "chinese": ("灯 ，！p7", False),
    "arabic": ("مصباح p7", False),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("shop"))
    yield shop
    shop.close()


def is_clean(text: str) -> bool:
    hidden = any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Cn") for sign in text)
    return not hidden and len(text) <= 300 and text == unicodedata.normalize("NFC", text)


def assert_answered(shop, text: str, *, same: bool) -> None:
    recorded = Recorded(shop)
    with TestClient(create_app(recorded), raise_server_exceptions=False) as client:
        answers = [client.get("/v1/search", params={"q": text})]
        if len(text) <= 300:
            answers.append(client.post("/v1/search", json={"text": text}))
        page = client.get("/", params={"q": text})
    assert page.status_code in (200, 400)
    assert not {"\u202e", "\u2067", "\u200b"} & set(page.text)
    for answer in answers:
        assert answer.status_code == 200
        if same:
            assert answer.json()["hits"][0]["id"] == "p7"
    assert all(is_clean(asked.text) for asked in recorded.queries)


@pytest.mark.parametrize(("text", "same"), TABLE.values(), ids=TABLE)
def test_it_is_cleaned_and_answered(shop, text, same):
    assert_answered(shop, text, same=same)


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": "lamp \\ud800"}',
        b'{"text": "lamp \\udfff\\ud800"}',
        b'{"text": "lamp \xed\xa0\x80"}',
        b'{"text": "\xff"}',
    ],
)
def test_halves_of_a_character_are_cleaned_or_refused(shop, body):
    with TestClient(create_app(shop), raise_server_exceptions=False) as client:
        answer = client.post("/v1/search", content=body)
        assert answer.status_code in (200, 400)
        assert answer.status_code == 200 or answer.json()["code"] == "query"
        assert client.get("/v1/search?q=lamp%20%ED%A0%80%FF p7").json()["hits"][0]["id"] == "p7"
        assert client.get("/?q=" + quote(b"\xed\xa0\x80lamp")).status_code == 200


def test_a_product_that_is_written_so_is_found_by_plain_words(tmp_path):
    shop = filled(tmp_path)
    shop.ingest(write_feed(tmp_path / "more.jsonl", ["z1"], "sil\u200bver\u202e lan\u00adtern"), mode="upsert")
    with TestClient(create_app(shop)) as client:
        found = client.get("/v1/search?q=silver lantern").json()["hits"][0]
        assert found["id"] == "z1"
        assert "\u202e" not in client.get("/?q=silver lantern").text
    shop.close()


def test_without_its_guard_the_case_fails(shop, monkeypatch):
    for module in (address, searching):
        monkeypatch.setattr(module, "clean", lambda text: text)
    with pytest.raises(AssertionError):
        assert_answered(shop, *TABLE["right-to-left override"][:1], same=True)
