"""A small shop measured whole: real encoder, real index, real peers."""

import gzip
import json
import math
from contextlib import nullcontext

import pytest

from installed import need
from wares.bench import search as module
from wares.bench.harness import BenchOptions, documented, run
from wares.bench.shops import built
from wares.errors import ConfigError, ContractError

COLOURS, KINDS = ("Red", "Blue", "Black"), ("Dress", "Jeans", "Watch", "Shoes")
PRODUCTS = [
    {
        "product_id": str(number),
        "title": f"Luma {COLOURS[number % 3]} {KINDS[number % 4]} model {number}",
        "price_cents": 1000 + number,
        "attributes": {"t_gender": "Women"},
    }
    for number in range(24)
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The shop, built once."""
    data = tmp_path_factory.mktemp("data")
    lines = "\n".join(map(json.dumps, PRODUCTS)).encode()
    (data / "products.jsonl.gz").write_bytes(gzip.compress(lines))
    with built(BenchOptions(data, cache=data / "cache"), "chorus-icecat", data) as shop:
        yield shop


@pytest.fixture
def options(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "built", lambda options, name, feed: nullcontext(shop))
    monkeypatch.setattr(module, "QUERIES", 4)
    monkeypatch.setattr(module, "ROUNDS", 1)
    return BenchOptions(tmp_path, n=60)


def test_every_figure_is_there(options):
    need("lancedb", "qdrant-edge")
    result = run("search", options)
    assert set(result.figures) == set(documented(module.search))
    assert result.figures["products"] == len(PRODUCTS)
    assert result.figures["grown_products"] == 60
    assert all(value > 0 for value in result.figures.values())
    for peer in ("tantivy", "lancedb", "qdrant-edge"):
        assert set(result.peers[peer]) == {
            f"{prefix}{name}" for prefix in ("", "grown_") for name in ("p50_ms", "p95_ms", "p99_ms", "per_cpu_s")
        }
        assert any(note.startswith(f"{peer}: ") for note in result.notes)
        assert math.isclose(result.ratios[f"p50_ms/{peer}"], result.figures["p50_ms"] / result.peers[peer]["p50_ms"])


def test_a_peer_that_is_not_there_is_told():
    with pytest.raises(ConfigError, match="no peer is called 'solr'"):
        module.present(("solr",))
    assert module.present(("wares",)) == {}


def test_a_peer_that_is_not_installed_is_named(monkeypatch):
    def absent():
        raise ConfigError("this bench needs tantivy")

    monkeypatch.setitem(module.HYBRIDS, "tantivy", absent)
    assert "needs tantivy" in module.present(())["tantivy"]


def test_a_fresh_process_that_answers_otherwise_is_an_error(shop):
    folder = next((shop.config.shop.folder / "index").glob("g*/"))
    assert module.cold(folder, "red dress", answered(folder))["cold_s"] > 0
    with pytest.raises(ContractError, match="a fresh process"):
        module.cold(folder, "red dress", ("another",))


def answered(folder):
    words = module.kept.words(folder)
    return module.kept.searcher(module.kept.restored(folder), folder, words).search(module.kept.asked("red dress")).ids
