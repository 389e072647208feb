"""C14: one bad row of ten thousand costs that row; a feed of bad rows is held and the old catalogue stays."""

import json

import pytest

from wares.catalog import ingest as ingest_module
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import Limits, ingest
from wares.catalog.store import CatalogStore


@pytest.fixture
def store(tmp_path):
    store = CatalogStore(f"sqlite:///{tmp_path}/a.sqlite")
    yield store
    store.close()


def priced(number: int, amount: object = 100, currency: str = "EUR") -> str:
    price = {"amount": amount, "currency": currency}
    return json.dumps(
        {
            "id": f"p{number}",
            "title": f"Thing {number}",
            "language": "en",
            "variants": [{"id": f"v{number}", "price": price}],
        }
    )


def feed(tmp_path, lines):
    path = tmp_path / "feed.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return open_feed(path)


def test_one_bad_row_of_ten_thousand(store, tmp_path):
    lines = [priced(number) for number in range(10_000)]
    lines[7_777] = "poison"
    report = ingest(feed(tmp_path, lines), store)
    assert (report.accepted, report.bad_rows, report.held) == (9_999, 1, "")
    assert [problem.row for problem in report.rejected] == [7_778]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (priced(1, -5), "variants[0].price"),
        (priced(1, 9.99), "variants[0].price"),
        (priced(1, "cheap"), "variants[0].price"),
        (priced(1, 10**18), "variants[0].price"),
        (priced(1, 5, "EURO"), "variants[0].price"),
        (priced(1, 5, "USD"), "price"),
        ('{"title": "no id"}', "id"),
        ('{"id": "no title"}', "title"),
        ('{"id": "x", "title": "<br>"}', "title"),
        (json.dumps({"id": "x" * 500, "title": "long id"}), "id"),
    ],
)
def test_a_row_that_cannot_be_sold_is_told_by_line_and_field(store, tmp_path, line, field):
    report = ingest(feed(tmp_path, [priced(0), line, priced(2)]), store)
    assert report.accepted == 2
    assert [(problem.row, problem.field) for problem in report.rejected] == [(2, field)]
    assert report.rejected[0].fix


def test_a_missing_price_is_told_where_the_format_asks_for_one(store, tmp_path):
    path = tmp_path / "feed.tsv"
    path.write_text(
        "id\ttitle\tlink\timage_link\tprice\tavailability\n1\tA\tl\ti\t5 EUR\tin_stock\n2\tB\tl\ti\t\tin_stock\n"
    )
    report = ingest(open_feed(path), store)
    assert [(problem.row, problem.field) for problem in report.rejected] == [(3, "price")]


def assert_poison_is_held(store, tmp_path) -> None:
    ingest(feed(tmp_path, [priced(number) for number in range(100)]), store)
    before, seq = list(store.products()), store.seq
    poisoned = [priced(number, 999) if number % 2 else "poison" for number in range(100)]
    report = ingest(feed(tmp_path, poisoned), store, limits=Limits(max_bad_share=0.2, max_shrink_share=1))
    assert "50 of 100 rows are bad" in report.held
    assert (list(store.products()), store.seq) == (before, seq)


def test_a_poisoned_feed_is_held_and_the_old_catalogue_stays(store, tmp_path):
    assert_poison_is_held(store, tmp_path)


def test_all_rows_bad_is_held_even_by_force(store, tmp_path):
    ingest(feed(tmp_path, [priced(0)]), store)
    report = ingest(feed(tmp_path, ["x"] * 100), store, limits=Limits(max_bad_share=1, max_shrink_share=1))
    assert (store.count(), report.bad_rows) == (1, 100)
    assert report.held


def test_without_its_guard_the_case_fails(store, tmp_path, monkeypatch):
    monkeypatch.setattr(ingest_module, "_held", lambda *_: "")
    with pytest.raises(AssertionError):
        assert_poison_is_held(store, tmp_path)
