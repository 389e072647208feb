import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.search.spelling.pinyin import Readings, blurred, is_spelled


@pytest.mark.parametrize(
    ("word", "said"),
    [("连衣裙", "lian yi qun"), ("绿色", "lv se"), ("音乐", "yin yue"), ("快乐", "kuai le"), ("重庆", "chong qing")],
)
def test_phrases_choose_the_reading(word, said):
    assert Readings.known().syllables(word) == tuple(said.split())


def test_a_sign_of_two_readings_is_read_in_both():
    assert {"".join(way) for way in Readings.known().ways("长裙")} == {"changqun", "zhangqun"}


def test_a_rare_sign_is_itself():
    assert Readings.known().syllables("裙\U0003134f裙") == ("qun", "\U0003134f", "qun")
    assert Readings().syllables("裙子") == ("裙", "子")


@given(st.text(st.sampled_from("重庆音乐快乐长裙银行行李便宜方便西安连衣裙绿色着装沉着𠀀"), max_size=12))
def test_words_are_read_as_pypinyin_reads_them(word):
    from pypinyin import lazy_pinyin

    assert Readings.known().syllables(word) == tuple(lazy_pinyin(word))


@pytest.mark.parametrize(
    ("one", "other"), [("zhong", "zong"), ("lan", "nan"), ("xin", "xing"), ("lv", "lu"), ("shan", "sang")]
)
def test_sounds_that_are_confused_are_one(one, other):
    assert blurred(one) == blurred(other)


@pytest.mark.parametrize("word", ["lianyiqun", "shouji", "zhuang", "nvzhuang", "er", "xiong"])
def test_pinyin_is_told(word):
    assert is_spelled(word)


@pytest.mark.parametrize("word", ["dress", "shirt", "phone", "lyq", "x", "xian" * 5000 + "q", "xian" * 7 + "q"])
def test_what_is_no_pinyin_is_told(word):
    assert not is_spelled(word)
