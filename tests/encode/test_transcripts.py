"""Texts are kept by hash and reader, survive a close, and tell when they change."""

import pytest

from wares.encode.transcripts import Transcripts


@pytest.fixture
def texts(tmp_path):
    kept = Transcripts(tmp_path / "transcripts")
    yield kept
    kept.close()


def test_texts_come_back_by_hash_and_outlive_the_process(texts, tmp_path):
    texts.put("a", "ocr.v1", "Blue Note")
    texts.put("b", "ocr.v1", "")
    again = Transcripts(tmp_path / "transcripts")
    assert again.get(["a", "b", "c"]) == {"a": "Blue Note"}
    again.close()


def test_what_a_reader_has_not_read_is_told_in_order_and_once(texts):
    texts.put("b", "ocr.v1", "")
    assert texts.unread(["c", "b", "a", "c"], "ocr.v1") == ["c", "a"]
    assert texts.unread(["b"], "ocr.v2") == ["b"]


def test_more_hashes_than_one_question_holds(texts):
    many = [f"{number:064x}" for number in range(2_000)]
    texts.put(many[0], "ocr.v1", "first")
    texts.put(many[-1], "ocr.v1", "last")
    assert texts.get(many) == {many[0]: "first", many[-1]: "last"}
    assert texts.unread(many, "ocr.v1") == many[1:-1]


def test_the_last_reader_is_right_even_where_it_finds_nothing(texts):
    texts.put("a", "ocr.v1", "8lue")
    texts.put("a", "ocr.v2", "Blue")
    assert texts.get(["a"]) == {"a": "Blue"}
    texts.put("a", "ocr.v1", "")
    assert texts.get(["a"]) == {}


def test_the_fingerprint_changes_with_words_only(texts):
    assert texts.fingerprint == ""
    texts.put("a", "ocr.v1", "")
    assert texts.fingerprint == ""
    seen = set()
    for text in ("Blue", "Bleu"):
        texts.put("b", "ocr.v1", text)
        seen.add(texts.fingerprint)
    assert len(seen) == 2
    assert "" not in seen


def test_a_broken_file_is_put_aside_and_a_new_one_made(tmp_path):
    (tmp_path / "texts.sqlite").write_bytes(b"no database" * 1000)
    texts = Transcripts(tmp_path)
    texts.put("a", "reader", "words")
    assert texts.get(["a"]) == {"a": "words"}
    texts.close()
    assert (tmp_path / "texts.broken").read_bytes().startswith(b"no database")
