"""C13: JSON that is nested without end, doubles its keys, or holds impossible numbers is a bad row, never a crash."""

import json

import pytest

from media_makers import peak_growth
from wares.catalog.feeds import jsonl, open_feed

HOSTILE = {
    "deep lists": "[" * 100_000,
    "deep objects": '{"a":' * 100_000,
    "deep inside": '{"id": "x", "title": "t", "attributes": ' + '{"a":' * 5000 + "1" + "}" * 5001,
    "double key": '{"id": "x", "title": "t", "title": "u"}',
    "double key inside": '{"id": "x", "title": "t", "attributes": {"a": 1, "a": 2}}',
    "nan": '{"id": "x", "title": "t", "attributes": {"a": NaN}}',
    "infinity": '{"id": "x", "title": "t", "attributes": {"a": -Infinity}}',
    "huge exponent": '{"id": "x", "title": "t", "attributes": {"a": 1e999}}',
    "long number": '{"id": "x", "title": "t", "attributes": {"a": ' + "1" * 5_000_000 + "}}",
    "ten megabytes": '{"id": "x", "title": "t", "attributes": {"a": ' + "1" * 10_000_000 + "}}",
    "beyond 64 bits": '{"id": "x", "title": "t", "metadata": {"a": 99999999999999999999}}',
    "long fraction": '{"id": "x", "title": "t", "attributes": {"a": 0.' + "1" * 5_000_000 + "}}",
    "half a pair": '{"id": "x", "title": "a\\ud800b"}',
    "no object": '"text"',
    "no json": "{'id': 1}",
    "raw control": '{"id": "x", "title": "a\tb"}',
}


def assert_told(tmp_path, cases) -> None:
    path = tmp_path / "feed.jsonl"
    lines = ['{"id": "first", "title": "a"}', *cases.values(), '{"id": "last", "title": "b"}']
    path.write_text("\n".join(lines) + "\n", "utf-8")
    rows = list(open_feed(path))
    assert [row.product.id for row in rows if row.product] == ["first", "last"]
    bad = {row.number: row.problems[0] for row in rows if row.product is None}
    assert sorted(bad) == list(range(2, len(cases) + 2))
    assert all(problem.reason and problem.fix and len(problem.reason) < 200 for problem in bad.values())


def test_hostile_lines_are_bad_rows(tmp_path):
    assert peak_growth(lambda: assert_told(tmp_path, HOSTILE)) < 128_000_000  # the maker itself holds them thrice


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_each_hostile_line_is_a_bad_row(tmp_path, case):
    assert_told(tmp_path, {case: HOSTILE[case]})


@pytest.mark.parametrize(
    "field", ["variants", "media", "reviews", "links", "categories", "tags", "translations", "rating"]
)
@pytest.mark.parametrize("value", [None, True, 3, "x", [], {}, [None], [[]], [{}], {"a": []}, [{"id": {}, "url": 5}]])
def test_a_part_of_a_wrong_type_never_crashes(tmp_path, field, value):
    path = tmp_path / "feed.jsonl"
    path.write_text(json.dumps({"id": "x", "title": "t", field: value}) + "\n")
    (row,) = open_feed(path, format="jsonl.v1")
    assert row.product is not None or row.problems


def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonl, "parse_json", json.loads)
    with pytest.raises((AssertionError, RecursionError)):
        assert_told(tmp_path, {name: HOSTILE[name] for name in ("double key", "nan", "huge exponent")})
