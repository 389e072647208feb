import re
from pathlib import Path
from string import Formatter

import pytest

import wares.serve.storefront
from wares.serve.storefront.messages import MESSAGES, Messages, negotiate

ROOM = Path(wares.serve.storefront.__file__).parent
PREFIXES = (
    "field.",
    "colour.",
    "why.",
    "notice.",
    "sort.",
    "error.",
    "stock.",
    "aspect.",
    "part.",
    "read.remove.",
    "crop.",
)


def test_both_languages_take_the_same_values():
    for key, (english, chinese) in MESSAGES.items():
        places = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, chinese)]
        assert places[0] == places[1], key
        assert english, key
        assert chinese, key


def test_every_text_a_page_asks_for_is_there_and_every_text_is_asked_for():
    sources = "".join(path.read_text("utf-8") for path in [*ROOM.glob("*.py"), *ROOM.glob("templates/*.html")])
    asked = set(re.findall(r"""\bt\(\s*["']([a-z_.\-]+[a-z])["']""", sources))
    assert asked <= set(MESSAGES)
    literal = set(
        re.findall(r"""["']([a-z_.\-]+)["']""", sources.replace((ROOM / "messages.py").read_text("utf-8"), ""))
    )
    unused = {key for key in MESSAGES if key.removesuffix(".one") not in literal and not key.startswith(PREFIXES)}
    assert not unused


def test_one_is_singular_in_english():
    assert Messages("en")("results", n=1) == "1 product"
    assert Messages("en")("results", n="2") == "2 products"
    assert Messages("zh")("results", n=1) == "共 1 件商品"


def test_a_name_without_an_entry_is_the_word_itself():
    t = Messages("zh")
    assert t.name("field", "color") == "颜色"
    assert t.name("field", "heel_height") == "Heel height"
    assert t.name("colour", "Heliotrope", "Heliotrope") == "Heliotrope"


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        ("zh", "en", "zh"),
        ("ZH-hant", "", "zh"),
        ("", "fr, zh-CN;q=0.8, en;q=0.5", "zh"),
        ("xx", "de", "en"),
        ("<script>", "zh", "zh"),
        ("", "", "en"),
    ],
)
def test_language(asked, accepted, language):
    assert negotiate(asked, accepted) == language
