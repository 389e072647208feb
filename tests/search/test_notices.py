from string import Formatter

from wares.search.notices import LONGEST, TEXTS, listed, notice, tongue


def names(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_text_is_in_both_languages_and_says_the_same_things():
    for code, texts in TEXTS.items():
        assert names(texts["en"]) == names(texts["zh"]), code


def test_a_special_case_keeps_the_code():
    assert notice("chip_dropped.size", "en", words="size 9").code == "chip_dropped"


def test_what_a_shopper_wrote_is_said_back_as_it_is_and_not_at_length():
    told = notice("corrected", "en", original="{evil} " + "x" * 1000, corrected="{0}")
    assert "{evil}" in told.text
    assert "{0}" in told.text
    assert len(told.text) < 2 * LONGEST + 60


def test_languages():
    assert [tongue(language) for language in ("zh", "zh-TW", "en", "", "de")] == ["zh", "zh", "en", "en", "en"]
    assert listed(["a", "b"], "en") == "“a”, “b”"
    assert listed(["a", "b"], "zh") == "“a”、“b”"
    assert notice("no_filter_match.counted", "en", n=3).text.startswith("Nothing passes all of these filters. Without")
