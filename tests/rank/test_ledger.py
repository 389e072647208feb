import pytest

from wares.rank.ledger import lines, told
from wares.types import Entry, Ledger

LEDGER = Ledger(
    (Entry("in_stock", 0.05), Entry("words:title:red", 0.4), Entry("text", -0.1), Entry("my_feature", 0.01))
)


def test_it_is_told_largest_first():
    assert [(entry.name, entry.detail) for entry in told(LEDGER).entries] == [
        ("words:title:red", "'red' is in its title"),
        ("text", "its text means what was asked"),
        ("in_stock", "it is in stock"),
        ("my_feature", "my feature"),
    ]


def test_its_lines_end_with_the_sum():
    assert told(LEDGER).total == pytest.approx(LEDGER.total)
    assert lines(LEDGER)[-1] == "+0.360  in all"
    assert len(lines(LEDGER)) == 5
