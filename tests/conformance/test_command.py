import json

import pytest
from typer.testing import CliRunner

from wares import registry
from wares.cli import app
from wares.conformance.contract import LINES, Record
from wares.errors import UnknownPart
from wares.index.reference import ReferenceIndex


def test_an_index_that_keeps_the_contract():
    done = CliRunner().invoke(app, ["conformance", "reference.v1", "--cases", "1", "--json"])
    facts = json.loads(done.output)
    assert done.exit_code == 0
    assert facts["holds"]
    assert [line["text"] for line in facts["lines"]] == [*LINES]
    assert all(line["checks"] and not line["failed"] for line in facts["lines"])


def test_an_index_that_breaks_it_ends_with_1(monkeypatch):
    class Empty(ReferenceIndex):
        def scroll(self):
            return iter(())

    real = registry.factory
    monkeypatch.setattr(registry, "factory", lambda kind, name: Empty if name == "empty.v1" else real(kind, name))
    done = CliRunner().invoke(app, ["conformance", "empty.v1", "--cases", "1"])
    assert done.exit_code == 1
    assert "broken" in done.output
    assert "after writes" in done.output


def test_an_unknown_index_is_an_error():
    done = CliRunner().invoke(app, ["conformance", "exakt.v1"])
    assert isinstance(done.exception, UnknownPart)


def test_an_exception_is_a_failed_check_of_its_line():
    record = Record("tried", 0)
    with record.trying(4, "page 2"):
        raise ValueError("boom")
    assert record.lines[3].counterexample == "page 2: ValueError: boom"
    assert record.lines[3].verdict == "broken"
    assert not record.holds


def test_a_line_without_checks_is_not_tested():
    record = Record("tried", 0)
    assert {line.verdict for line in record.lines} == {"not tested"}


@pytest.mark.parametrize(("declared", "verdict"), [(frozenset(), "approximate"), (None, "broken")])
def test_what_is_not_declared_is_no_promise(declared, verdict):
    record = Record("tried", 0, declared)
    record.check(2, False, "total 3 of 4")
    assert record.lines[1].verdict == verdict
    record.check(8, False, "rises")
    assert record.lines[7].verdict == "broken"
