import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.small_lexicon import analyzer, lexicon
from wares.errors import CorruptIndex
from wares.search.spelling.lexicon import Called, Lexicon, LexiconBuilder


def learned(*texts, **limits):
    builder = LexiconBuilder(analyzer, **limits)
    for text in texts:
        builder.learn([("", text)])
    return builder.finish()


def numbers_of(lexicon, key, sound):
    return [lexicon.entry(number) for number in getattr(lexicon, key).find(sound)]


def test_words_are_folded_and_counted_once_a_product():
    found = learned("Crème crème ＣＲÈME", "creme 連衣裙", "连衣裙 DC-40X 500ml")
    assert found.count("creme") == 2
    assert found.count("连衣裙") == 2
    assert found.count("dc") == found.count("500ml") == found.count("unheard") == 0


def test_neighbours_are_phrases_by_script():
    found = learned("running shoes 蓝牙耳机", "T-shirt")
    assert found.count("running shoes") == found.count("蓝牙耳机") == found.count("t shirt") == 1
    assert found.count("shoes 蓝牙") == 0
    assert numbers_of(found, "joined", "runningshoes") == ["running shoes"]


def test_chinese_is_found_by_sound_and_by_initials():
    assert "连衣裙" in numbers_of(lexicon(), "sounds", "lianyiqun")
    assert "连衣裙" in numbers_of(lexicon(), "initials", "lyq")
    assert "华为手机" in numbers_of(lexicon(), "initials", "hwsj")


def test_a_sign_with_two_readings_is_found_by_both():
    found = learned("长裙")
    assert numbers_of(found, "initials", "cq") == numbers_of(found, "initials", "zq") == ["长裙"]


def test_what_is_called_otherwise_in_another_language_is_kept():
    assert Called("red", "红色", 144) in lexicon().translations
    assert Called("dresses", "连衣裙", 24) in lexicon().translations
    assert Called("women > dresses", "女装 > 连衣裙", 24) not in lexicon().translations
    assert lexicon().languages == {"en": 144, "zh": 144}


def test_memory_is_bounded_and_what_is_frequent_stays():
    texts = [f"often {''.join(chr(97 + int(digit)) for digit in str(number))}" for number in range(10, 2000)]
    found = learned(*texts, words=20, phrases=20)
    assert len(found.words) <= 20
    assert len(found.phrases) <= 20
    assert found.count("often") == len(texts)


words = st.lists(st.sampled_from(("dress", "drees", "shoe", "shoes", "Schuhe", "连衣裙", "手机", "长裙")), max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(words.map(" ".join), max_size=6))
def test_a_saved_lexicon_is_the_same(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("lexicon") / "lexicon.bin"
    own = learned(*texts)
    own.save(path)
    again = Lexicon.load(path)
    for name in ("words", "phrases", "joined", "sounds", "initials"):
        assert getattr(again, name).keys == getattr(own, name).keys
        assert np.array_equal(getattr(again, name).numbers, getattr(own, name).numbers)
    assert again.near("shoess", 2) == own.near("shoess", 2)
    assert again.languages == own.languages


def test_a_saved_lexicon_keeps_translations(tmp_path):
    lexicon().save(tmp_path / "lexicon.bin")
    assert Lexicon.load(tmp_path / "lexicon.bin").translations == lexicon().translations


@pytest.mark.parametrize(
    "damage", [lambda d: d[:-1], lambda d: b"x" + d[1:], lambda d: d[:-4] + b"\0\1\2\3", lambda d: b""]
)
def test_a_damaged_file_says_what_to_do(tmp_path, damage):
    path = tmp_path / "lexicon.bin"
    lexicon().save(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CorruptIndex, match="wares rebuild"):
        Lexicon.load(path)
