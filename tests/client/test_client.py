import asyncio
import inspect
import io
import math
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from PIL import Image

import wares
from serve.native.conftest import lamp
from slow_jobs import Ran
from wares.client import AsyncClient, Client
from wares.client.jobs import AsyncJobs, Jobs
from wares.errors import CatalogError, Conflict, FeedHeld, FilterError, NotFound, QueryError
from wares.jobs.queue import JobQueue
from wares.types import AnyOf, Between, Event, Money, Not, OneOf, Product, Query, Region, Variant


def test_a_search_is_typed(client, lamps):
    page = client.search(Query("lamp p7", explain=True, page_size=5), highlight=True)
    hit = page.hits[0]
    assert (hit.id, hit.title, hit.price, hit.availability) == ("p7", "lamp p7", Money(1007, "USD"), "in_stock")
    assert hit.ledger.total == pytest.approx(hit.score)
    assert 0 < hit.relevance <= 1
    assert "<mark>p7</mark>" in hit.highlight
    assert (page.total, page.page, page.generation) == (30, 0, lamps.generation)
    assert page.facets["brand"].values[0].count == 15
    assert page.facets["price"].low == 1000
    assert page.query_id


def test_everything_of_a_query_is_sent(client, lamps, monkeypatch):
    seen = []
    search = lamps.search
    monkeypatch.setattr(lamps, "search", lambda query: (seen.append(query), search(query))[1])
    filters = (AnyOf((OneOf("brand", ("Ember",)), Not(Between("price", 1000.0, None)))), OneOf("sku", ("p7-v",)))
    asked = Query(
        "lamp", filters=filters, facets=("brand",), sort="price", page_size=7, language="en",
        like="p1", dropped=("k",), literal=True, explain=True,
    )  # fmt: skip
    assert [hit.id for hit in client.search(asked).hits] == ["p7"]
    assert seen == [asked]
    client.search(Query(page=2, page_size=3))
    assert (seen[-1].page, seen[-1].page_size) == (2, 3)


def test_a_photo_and_a_part_of_it(made, reading):
    out = io.BytesIO()
    Image.new("RGB", (50, 50), "red").save(out, "PNG")
    from wares.serve.app import create_app

    client = made(create_app(reading))
    client.search(Query(photo=out.getvalue(), region=Region(0, 0, 0.5, 1)))
    assert reading.queries[-1].photo == out.getvalue()
    assert reading.queries[-1].region == Region(0, 0, 0.5, 1)
    walked = list(client.pages(Query(photo=out.getvalue(), page_size=4)))
    assert len(walked) == 3
    assert len({query.photo for query in reading.queries[-3:]}) == 1
    with pytest.raises(QueryError, match="clips"):
        client.search(Query(clip=b"x"))


def test_what_is_understood_is_typed(made, reading):
    from wares.serve.app import create_app

    read = made(create_app(reading)).search(Query("white plaet under 15", language="en")).understood
    assert read.chips[1].filter == OneOf("color", ("White",))
    assert (read.correction.text, read.correction.applied) == ("white plate under 15", True)


def test_every_page_is_walked(client):
    pages = list(client.pages("lamp", fields=("id",)))
    assert [len(page.hits) for page in pages] == [24, 6]
    small = [hit.id for page in client.pages(Query("lamp", page_size=4)) for hit in page.hits]
    assert len(set(small)) == len(small) == 30
    assert set(pages[0].hits[0].fields) == {"id"}
    assert math.isnan(pages[0].hits[0].score)


def test_a_batch_holds_errors_in_their_place(client):
    good, bad, gone = client.batch(["lamp p7", Query(filters=(OneOf("no field", ("x",)),)), Query(like="none")])
    assert good.hits[0].id == "p7"
    assert isinstance(bad, FilterError)
    assert isinstance(gone, NotFound)
    assert gone.fix


def test_what_stands_around_products(client):
    assert len(client.similar("p1", 3)) == 3
    linked = client.recommend(["p1"], "goes_with", fields=("title",))
    assert [(hit.id, hit.title, hit.reason, hit.reason_product) for hit in linked] == [
        ("p2", "lamp p2", "goes_with", "p1")
    ]
    assert client.recommend(kind="popular", k=1, filters=(OneOf("brand", ("Ember",)),))[0].reason == "well_rated"
    assert client.suggest("lam")[0].text
    told = client.explain("lamp p7", "p7")
    assert (told.hit.id, told.position) == ("p7", 0)
    assert told.hit.ledger.entries
    assert client.product("p1")["reviews"]["count"] == 1
    assert client.health().writable


def test_writes_are_reported(client, lamps):
    new = Product("a/b c", "lamp new", (Variant("v", price=Money(5, "USD")),))
    report = client.upsert([new, lamp(7, title="lantern"), {"id": "bad"}])
    assert (report.accepted, report.changed, report.bad_rows) == (2, 2, 1)
    assert (report.rejected[0].row, report.rejected[0].field) == (3, "title")
    assert lamps.product("a/b c").variants[0].price == Money(5, "USD")
    assert client.product("a/b c")["title"] == "lamp new"
    assert client.patch("a/b c", {"stock": 3}).changed == 1
    assert lamps.product("a/b c").variants[0].stock == 3
    assert client.delete("a/b c").deleted == 1
    assert client.delete(["p1", "none"]).warned == 1
    with pytest.raises(NotFound):
        client.delete("p1")
    with pytest.raises(FeedHeld) as held:
        client.replace([lamp(1)])
    assert held.value.more["report"]["deleted"] == 29
    assert "force" in held.value.fix
    assert client.replace([lamp(1)], force=True).deleted == 29
    with pytest.raises(CatalogError):
        client.upsert([{"id": "x"}])


def test_events_count_once(client, lamps):
    seen = Event(
        "e1", "click", "p1", datetime.now(UTC) - timedelta(hours=1), "q", "s", "ann", 2, 0.5,
        {"consent": True, "price": 5, "object": {"object_id_field": "sku"}},
    )  # fmt: skip
    assert client.feedback([seen]).accepted == 1
    assert client.feedback([seen, {"action_name": "x"}]).repeated == 1
    [(_, kept)] = lamps._events.read()
    assert (kept.id, kept.product, kept.time, kept.position, kept.propensity) == ("e1", "p1", seen.time, 2, 0.5)
    assert kept.attributes == seen.attributes
    assert client.feedback([{"action_name": "x"}]).rejected[0].reason


def test_jobs_are_asked_for_followed_and_called_off(client, lamps):
    folder = lamps.config.shop.folder
    job = client.jobs.start("erase", shopper="ann")
    assert (job.id, job.kind, job.state, job.attempts, job.repeated, job.over) == (
        1,
        "erase",
        "waiting",
        0,
        False,
        False,
    )
    assert job.fields["arguments"] == {"shopper": "[personal]"}
    assert client.jobs.start("erase", shopper="ann").repeated
    cancelled = client.jobs.cancel(job.id)
    assert (cancelled.state, cancelled.over) == ("cancelled", True)
    with pytest.raises(Conflict):
        client.jobs.retry(job.id)
    with pytest.raises(NotFound):
        client.jobs.get(99)
    with pytest.raises(QueryError, match="rebild"):
        client.jobs.start("rebild")
    failing = client.jobs.start("read").id  # no reader is switched on
    Ran(lamps.config).runner.until(failing)
    failed = client.jobs.get(failing)
    assert (failed.state, failed.code, failed.message != "") == ("failed", "config", True)
    assert [each.id for each in client.jobs.newest()] == [2, 1]
    assert [each.id for each in client.jobs.newest("failed", 1)] == [2]
    assert client.jobs.retry(failing).state == "waiting"
    queue = JobQueue(folder)
    queue.records.claim(failing)
    queue.records.tell(failing, "photos read", 3, 9)
    queue.close()
    running = client.jobs.get(failing)
    assert (running.stage, running.done, running.total) == ("photos read", 3, 9)


def test_refusals_are_the_errors_of_the_shop(client):
    with pytest.raises(NotFound, match="none") as gone:
        client.product("none")
    assert gone.value.fix
    with pytest.raises(FilterError):
        client.search(Query(filters=(OneOf("no field", ("x",)),)))
    with pytest.raises(QueryError):
        client.search(Query(page_size=10**6))
    with pytest.raises(QueryError, match="cursor"):
        client.search("lamp", cursor="tampered")


def test_clients_close_what_they_opened():
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={}))
    with Client("http://shop", transport=transport) as client:
        assert not client._http.is_closed
    assert client._http.is_closed

    async def use():
        async with AsyncClient("http://shop", transport=transport) as other:
            assert not other._http.is_closed
        return other

    assert asyncio.run(use())._http.is_closed


def test_both_clients_have_the_same_methods():
    public = [{name for name in vars(each) if not name.startswith("_")} for each in (Client, AsyncClient)]
    assert public[0] == public[1]
    jobs = [{name for name in vars(each) if not name.startswith("_")} for each in (Jobs, AsyncJobs)]
    assert jobs[0] == jobs[1]
    for name in sorted(jobs[0]):
        assert inspect.signature(getattr(Jobs, name)) == inspect.signature(getattr(AsyncJobs, name))
        assert getattr(Jobs, name).__doc__ == getattr(AsyncJobs, name).__doc__


def test_clients_come_with_wares_but_not_before_they_are_asked_for():
    assert wares.Client is Client
    assert wares.AsyncClient is AsyncClient
    with pytest.raises(AttributeError, match="Sofa"):
        wares.Sofa  # noqa: B018
    code = "import sys, wares; print('httpx' in sys.modules); wares.Client; print('starlette' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "False"]


def test_the_same_key_with_another_write_is_a_conflict(client):
    from wares.client import calls

    call = calls.patch("p1", {"stock": 1})
    client._send(call)
    other = calls.Call("PATCH", "/v1/products/p2", call.read, call.content, call.headers)
    with pytest.raises(Conflict):
        client._send(other)
