import pytest

from wares.search.spelling.pinyin import blurred, is_spelled, readings, syllables


@pytest.mark.parametrize(
    ("word", "said"),
    [("连衣裙", "lian yi qun"), ("绿色", "lv se"), ("音乐", "yin yue"), ("快乐", "kuai le"), ("重庆", "chong qing")],
)
def test_phrases_choose_the_reading(word, said):
    assert syllables(word) == tuple(said.split())


def test_a_sign_of_two_readings_is_read_in_both():
    assert {"".join(way) for way in readings("长裙")} == {"changqun", "zhangqun"}


def test_a_rare_sign_is_itself():
    assert len(syllables("裙\U00020000裙")) == 3


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
