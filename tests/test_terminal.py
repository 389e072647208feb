"""What the command line draws."""

import io

import pytest
from rich.console import Console

from wares import terminal


@pytest.fixture
def drawn(monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(terminal, "err", Console(file=file, force_terminal=True, width=120, color_system=None))
    return file


def test_what_is_said_behind_a_dot_changes_and_the_bar_stays_the_same(drawn):
    with terminal.progress() as progress:
        progress("read", 3, 3)
        for number in range(1, 4):
            progress(f"learn · loss {number}.50 · title .5{number}", number, 3)
    last = drawn.getvalue().split("read")[-1]
    assert "learn · loss 3.50 · title .53" in last
    assert last.count("learn") == 1, "one bar for all of it"
    assert "3/3" in last


def test_quiet_says_nothing(drawn):
    with terminal.progress(quiet=True) as progress:
        progress("learn · loss 1.0", 1, 2)
    assert drawn.getvalue() == ""
