import pytest

from wares.rank.ledger import lines, told
from wares.types import Entry, Ledger

LEDGER = Ledger(
    (Entry("in_stock", 0.05), Entry("words:title:red", 0.4), Entry("text", -0.1), Entry("my_feature", 0.01))
)


def test_it_is_told_largest_first():
    assert [(entry.name, entry.detail) for entry in told(LEDGER).entries] == [
        ("words:title:red", "the word “red” in the title"),
        ("text", "its text means what was asked"),
        ("in_stock", "it is in stock"),
        ("my_feature", "my feature"),
    ]


def test_its_lines_end_with_the_sum():
    assert told(LEDGER).total == pytest.approx(LEDGER.total)
    assert lines(LEDGER)[-1] == "+0.360  in all"
    assert len(lines(LEDGER)) == 5


@pytest.mark.parametrize(
    ("entry", "english", "chinese"),
    [
        (Entry("words:title:red", 0.421), "the word “red” in the title", "标题中的“red”一词"),
        (Entry("words:odd:{x}:y", -1), "the word “{x}:y” in the odd", "odd中的“{x}:y”一词"),
        (Entry("gift_wrap", 1), "gift wrap", "gift wrap"),
        (Entry("rule", 1, "pinned"), "pinned", "pinned"),
    ],
)
def test_an_entry_is_told_in_both_languages(entry, english, chinese):
    assert told(Ledger((entry,))).entries[0].detail == english
    assert told(Ledger((entry,)), "zh-CN").entries[0].detail == chinese
    assert lines(Ledger((entry,)), "zh")[-1].endswith("合计")
