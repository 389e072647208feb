"""The reference is jieba itself: the same dictionary, the same words, cut by its own code."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marisa_trie import Trie

from wares.encode.segmenter import segmenter, unpacked
from wares.encode.words import WordsAnalyzer

TEXTS = (
    "韩版显瘦黑色连衣裙女夏季新款长裙修身气质中长款雪纺",
    "不锈钢保温杯大容量男女士便携水杯子",
    "研究生命起源的北京大学生前来应聘",
    "蓝牙无线耳机运动跑步入耳式超长待机",
    "龘靐齉爩",
    "裙",
)


@cache
def jieba():
    from jieba import Tokenizer

    tokenizer = Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


@pytest.fixture(scope="module")
def ours():
    return segmenter(None)


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_those_of_jieba(ours, text):
    assert ours.cut(text) == list(jieba().cut(text, HMM=False))


@given(
    st.text(st.sampled_from("".join(TEXTS)) | st.characters(min_codepoint=0x4E00, max_codepoint=0x9FD5), max_size=40)
)
def test_any_run_is_cut_as_jieba_cuts_it(text):
    assert segmenter(None).cut(text) == list(jieba().cut(text, HMM=False))


def test_words_make_up_the_run(ours):
    run = "连衣裙\U00020000衣" * 400
    assert "".join(ours.cut(run)) == run
    assert ours.cut("") == []


def test_a_beginning_of_a_word_is_no_word(ours):
    assert "连衣裙" in ours
    assert "笔记本电" not in ours


def test_it_is_laid_out_once(tmp_path, monkeypatch):
    first = segmenter(tmp_path / "one")
    monkeypatch.setattr("wares.encode.segmenter.unpacked", lambda: pytest.fail("laid out again"))
    segmenter.cache_clear()
    second = segmenter(tmp_path / "one")
    assert second is not first
    assert second.cut(TEXTS[0]) == first.cut(TEXTS[0])


def test_a_file_that_was_damaged_is_laid_out_again(tmp_path):
    segmenter(tmp_path)
    file = tmp_path / "chinese-words.safetensors"
    data = bytearray(file.read_bytes())
    data[-1000] ^= 1
    file.write_bytes(data)
    segmenter.cache_clear()
    assert WordsAnalyzer(folder=tmp_path).terms("黑色连衣裙") == WordsAnalyzer().terms("黑色连衣裙")


def test_counts_are_those_of_the_dictionary():
    arrays = unpacked()
    trie = Trie()
    trie.frombytes(arrays["words"].tobytes())
    known = {word: count for word, count in jieba().FREQ.items() if count}
    assert len(trie) == len(known) == len(arrays["counts"])
    assert all(arrays["counts"][trie[word]] == count for word, count in known.items())
