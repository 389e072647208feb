"""The contract read off a shop over HTTP: the shop as it is, and shops that break one line each."""

import dataclasses
import io
import socket
import threading
import time

import numpy as np
import pytest
import uvicorn
from PIL import Image
from starlette.testclient import TestClient
from typer.testing import CliRunner

from serve.small_shop import SmallMedia
from wares.cli import app
from wares.config import Config
from wares.conformance.served import check_url
from wares.conformance.splitting import Splitting
from wares.errors import QueryError
from wares.index.entries import entry, schema
from wares.index.reference import ReferenceIndex
from wares.rank.linear import LinearRanker
from wares.search.searcher import Searcher
from wares.serve.app import create_app
from wares.types import Category, Media, Money, Product, Variant

COLOURS = ("red", "blue", "green")
KINDS = ("wool dress", "cotton shirt", "running shoe", "杯子")


def encode(*, text, photo, clip, language, region=None):
    if not photo:
        return {}
    pixel = np.asarray(Image.open(io.BytesIO(photo)).convert("RGB").resize((1, 1)), np.float32).reshape(3) + 1
    return {"image": pixel / np.linalg.norm(pixel)}


class WholeShop:
    """The real searcher over the reference, with photos of one colour."""

    version = "g1.1."

    def __init__(self, folder, count=30):
        self.config = Config.load(options={"shop.name": "Whole"}, environment={})
        self.media = SmallMedia(folder)
        index = ReferenceIndex(schema({"image": 3}))
        self.known = {}
        for number in range(count):
            colour = COLOURS[number % 3]
            sha256 = self.media.add(Image.new("RGB", (8, 8), colour))
            product = Product(
                id=f"p{number}",
                title=f"{colour} {KINDS[number % 4]} number {number}",
                variants=tuple(
                    Variant(f"p{number}-{size}", price=Money(1000 + 70 * number, "USD"), options={"size": size})
                    for size in ("S", "M", "L")[: 1 + number % 3]
                ),
                brand="Ember & Söhne" if number % 2 else 'Kiln "fine"',
                categories=(Category(f"Home > {KINDS[number % 4].title()}"),),
                media=(Media(f"{number}.png", sha256=sha256),),
                attributes={"color": colour},
            )
            vectors = encode(text="", photo=self.media.path(sha256).read_bytes(), clip=None, language="")
            index.upsert([entry(product, Splitting(), {"image": vectors["image"][None]})])
            self.known[product.id] = product
        self.searcher = Searcher(index, Splitting(), encode, LinearRanker())

    def search(self, query):
        return self.searcher.search(query)

    def similar(self, product_id, k=12):
        return self.searcher.similar(product_id, k)

    def product(self, product_id):
        return self.known[product_id]

    def products(self, ids):
        return [self.product(id) for id in ids]


def verdicts(shop):
    client = TestClient(create_app(shop), raise_server_exceptions=False)
    record = check_url("http://testserver", cases=8, client=client)
    return {line.number: line.verdict for line in record.lines}, record


def test_a_shop_keeps_every_line_that_can_be_seen(tmp_path):
    found, record = verdicts(WholeShop(tmp_path))
    assert {number for number, verdict in found.items() if verdict == "holds"} == {1, 2, 3, 4, 5, 7, 8}, record.facts()
    assert found[6] == "not tested"
    assert record.lines[5].untested
    assert record.holds


class Miscounts(WholeShop):
    """Line 2."""

    def search(self, query):
        hits = super().search(query)
        return dataclasses.replace(hits, total=hits.total + 1 if hits.total else 0)


class CountsThePage(WholeShop):
    """Line 3."""

    def search(self, query):
        hits = super().search(query)
        facets = {
            name: dataclasses.replace(
                facet, values=tuple(dataclasses.replace(each, count=min(each.count, 3)) for each in facet.values)
            )
            for name, facet in hits.facets.items()
        }
        return dataclasses.replace(hits, facets=facets)


class SkipsTheLast(WholeShop):
    """Line 4: the last product of a page comes again on the next."""

    def search(self, query):
        hits = super().search(query)
        if query.page == 0 or not len(hits):
            return hits
        before = super().search(dataclasses.replace(query, page=query.page - 1))
        return dataclasses.replace(hits, ids=(before.ids[-1], *hits.ids[1:]))


class Lies(WholeShop):
    """Line 8: the score is not what the ledger says."""

    def search(self, query):
        hits = super().search(query)
        return dataclasses.replace(hits, scores=hits.scores * 2 + 1)


class Forgets(WholeShop):
    """Line 7: every other time the page is another."""

    turn = 0

    def search(self, query):
        self.turn += 1
        hits = super().search(query)
        return dataclasses.replace(hits, variants=hits.variants[::-1]) if self.turn % 2 else hits

    def product(self, product_id):
        product = super().product(product_id)
        if self.turn % 2:
            return dataclasses.replace(product, variants=product.variants[-1:])
        return product


class Adds(WholeShop):
    """Line 1: a filter brings products in that were not there without it."""

    def search(self, query):
        hits = super().search(query)
        if query.filters and query.text and hits.total:
            return dataclasses.replace(hits, ids=("p0", *hits.ids[1:]) if "p0" not in hits.ids else hits.ids)
        return hits


@pytest.mark.parametrize(
    ("kind", "line"),
    [(Adds, 1), (Miscounts, 2), (CountsThePage, 3), (SkipsTheLast, 4), (SkipsTheLast, 5), (Forgets, 7), (Lies, 8)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_broken_line_is_seen(kind, line, tmp_path):
    found, record = verdicts(kind(tmp_path))
    assert found[line] == "broken", record.facts()
    assert not record.holds


def test_an_empty_shop_is_an_error(tmp_path):
    client = TestClient(create_app(WholeShop(tmp_path, count=0)), raise_server_exceptions=False)
    with pytest.raises(QueryError, match="no products"):
        check_url("http://testserver", client=client)


@pytest.fixture
def running(tmp_path):
    """A shop that listens on 127.0.0.1; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(create_app(WholeShop(tmp_path)), host="127.0.0.1", port=port, log_level="error")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def test_the_command_asks_a_running_shop(running):
    done = CliRunner().invoke(app, ["conformance", running, "--cases", "3"])
    assert done.exit_code == 0, done.output
    assert "not tested" in done.output
    assert "writing is no part" in done.output


def test_where_nobody_answers_is_an_error():
    with pytest.raises(QueryError, match="no shop answers"):
        check_url("http://127.0.0.1:9", cases=1)
