"""Good rows go in, bad rows are told, and a run is applied whole or not at all."""

import json
from dataclasses import replace

import pytest

from wares.catalog.feeds import open_feed
from wares.catalog.ingest import Limits, ingest
from wares.catalog.store import CatalogStore
from wares.errors import MediaRejected


@pytest.fixture
def store(tmp_path):
    store = CatalogStore(f"sqlite:///{tmp_path}/catalogue.sqlite")
    yield store
    store.close()


def thing(number: int, **fields) -> dict:
    return {"id": f"p{number}", "title": f"Thing {number}", "language": "en"} | fields


@pytest.fixture
def feed(tmp_path):
    def write(*rows, name="feed.jsonl"):
        path = tmp_path / name
        path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), "utf-8")
        return open_feed(path)

    return write


def test_the_same_feed_twice_changes_nothing(store, feed):
    rows = [thing(number) for number in range(30)]
    first = ingest(feed(*rows), store)
    assert (first.accepted, first.changed, first.unchanged, first.deleted) == (30, 30, 0, 0)
    again = ingest(feed(*rows), store)
    assert (again.accepted, again.changed, again.unchanged, again.deleted) == (30, 0, 30, 0)
    assert again.seq == first.seq == store.seq


def test_replace_deletes_what_is_missing_and_upsert_does_not(store, feed):
    ingest(feed(*map(thing, range(10))), store)
    report = ingest(feed(thing(0, title="New"), thing(10)), store, mode="upsert")
    assert (report.changed, report.deleted, store.count()) == (2, 0, 11)
    report = ingest(feed(*map(thing, range(8))), store)
    assert (report.changed, report.unchanged, report.deleted, store.count()) == (1, 7, 3, 8)


def test_bad_rows_are_told_by_line_and_good_ones_go_in(store, feed):
    report = ingest(feed(thing(0), "nonsense", "", {"id": "x"}, thing(1), thing(0)), store)
    assert report.accepted == 2
    assert [(problem.row, problem.field) for problem in report.rejected] == [(2, ""), (4, "title"), (6, "id")]
    assert all(problem.fix for problem in report.rejected)


def test_what_changes_is_shown_before_it_is_written(store, feed):
    ingest(feed(*map(thing, range(100))), store)
    shown = []

    def ahead(changed, pages):
        shown.append((changed, [product.title for page in pages for product in page], store.count()))

    rows = [*map(thing, range(99)), thing(99, title="New"), thing(100)]
    ingest(feed(*rows), store, ahead=ahead)
    assert shown == [(2, ["New", "Thing 100"], 100)]
    ingest(feed(*rows), store, ahead=ahead)
    assert len(shown) == 1


def test_too_many_bad_rows_hold_the_feed(store, feed):
    ingest(feed(thing(0)), store)
    rows = [*map(thing, range(20)), *["bad"] * 6]
    held = ingest(feed(*rows), store, limits=Limits(max_bad_share=0.2))
    assert "6 of 26 rows are bad" in held.held
    assert (store.count(), held.seq, held.applied) == (1, 1, False)
    assert ingest(feed(*rows), store, limits=Limits(max_bad_share=0.25)).applied


def test_a_feed_without_a_good_row_is_never_applied(store, feed):
    ingest(feed(thing(0)), store)
    assert ingest(feed("bad", "worse"), store, limits=Limits(max_bad_share=1, max_shrink_share=1)).held
    assert store.count() == 1


def test_brands_are_written_one_way_and_stay_so(store, feed):
    ingest(feed(thing(0, brand="Nike"), thing(1, brand="NIKE ")), store)
    ingest(feed(thing(2, brand="nike")), store, mode="upsert")
    assert {product.brand for product in store.products()} == {"Nike"}


def test_prices_of_another_currency_are_rejected(store, feed):
    dollars, euros = ({"id": "v", "price": {"amount": 5, "currency": code}} for code in ("USD", "EUR"))
    report = ingest(feed(thing(0, variants=[dollars]), thing(1, variants=[euros])), store)
    assert report.accepted == 1
    assert "EUR" in report.rejected[0].reason


def test_media_are_taken_once_and_a_bad_photo_is_a_warning(store, feed, tmp_path):
    taken = []

    def take(media, folder):
        taken.append(media.url)
        assert folder == tmp_path
        if media.url == "bad.jpg":
            raise MediaRejected("it is no picture", fix="send a JPEG")
        return replace(media, sha256=f"sha-{media.url}")

    (tmp_path / "a.jpg").write_bytes(b"1")
    rows = [
        thing(0, media=[{"url": "a.jpg"}, {"url": "http://shop.example/b.jpg"}]),
        thing(1, media=[{"url": "bad.jpg"}]),
        thing(2),
    ]
    report = ingest(feed(*rows), store, take, threads=1)
    assert sorted(taken) == ["a.jpg", "bad.jpg", "http://shop.example/b.jpg"]
    assert [(problem.row, problem.field, problem.fix) for problem in report.warnings] == [(2, "bad.jpg", "send a JPEG")]
    assert [media.sha256 for media in store.get("p0").media] == ["sha-a.jpg", "sha-http://shop.example/b.jpg"]
    assert store.get("p1").media[0].sha256 == ""

    taken.clear()
    report = ingest(feed(*rows), store, take)
    assert taken == ["bad.jpg"], "only what failed is tried again"
    assert report.changed == 0

    taken.clear()
    report = ingest(feed(replace_title(rows[0]), *rows[1:]), store, take)
    assert taken == ["bad.jpg"], "a new title needs no new photo"
    assert report.changed == 1
    assert store.get("p0").media[0].sha256 == "sha-a.jpg"

    taken.clear()
    (tmp_path / "a.jpg").write_bytes(b"22")
    ingest(feed(replace_title(rows[0]), *rows[1:]), store, take)
    assert sorted(taken) == ["a.jpg", "bad.jpg"], "a photo written anew is taken anew"


def replace_title(row: dict) -> dict:
    return row | {"title": "Renamed"}


def test_a_photo_touched_but_equal_is_looked_at_once(store, feed, tmp_path):
    taken = []

    def take(media, _folder):
        taken.append(media.url)
        return replace(media, sha256="same")

    (tmp_path / "a.jpg").write_bytes(b"1")
    row = thing(0, media=[{"url": "a.jpg"}])
    ingest(feed(row), store, take)
    (tmp_path / "a.jpg").write_bytes(b"22")
    report = ingest(feed(row), store, take)
    assert (report.changed, report.seq) == (0, 1)
    ingest(feed(row), store, take)
    assert taken == ["a.jpg", "a.jpg"]


def test_progress_counts_up(store, feed):
    told = []
    ingest(feed(*map(thing, range(1200))), store, progress=lambda step, done, _: told.append((step, done)))
    assert [done for step, done in told if step == "rows"] == [500, 1000, 1200]
    assert told[-1] == ("apply", 1200)


def test_the_report_is_json_and_a_table(store, feed):
    report = ingest(feed(thing(0), "<script>[bold]"), store)
    fields = json.loads(report.to_json())
    assert fields["rejected"][0]["row"] == 2
    assert report.table().row_count == 1
    assert "1 products accepted" in report.summary()


def test_an_error_in_the_middle_leaves_the_old_catalogue(store, feed):
    ingest(feed(thing(0)), store)

    def take(media, _folder):
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        ingest(feed(thing(1, media=[{"url": "x.jpg"}])), store, take, limits=Limits(max_shrink_share=1))
    assert [product.id for product in store.products()] == ["p0"]
    assert ingest(feed(thing(0), thing(1)), store).applied
