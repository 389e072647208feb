"""A small shop under load: real processes."""

from dataclasses import replace

import pytest

import fashion_tables
from wares.bench import load as module
from wares.bench.harness import BenchOptions, documented, run

SMALL = {"ROUNDS": 1, "SEARCHES": 8, "FLOOD": 1.0, "AFTERWARDS": 0.5, "REINDEXED": 20, "REQUESTS": 60, "QUIET": 0.2,
         "MINUTES": 0.1, "LOOK": 0.2}  # fmt: skip


@pytest.fixture
def options(tmp_path, monkeypatch):
    fashion_tables.write(tmp_path)
    known = fashion_tables.mapping(tmp_path)
    monkeypatch.setattr("wares.bench.shops.mapping", lambda name: known)
    for name, value in SMALL.items():
        monkeypatch.setattr(module, name, value)
    return BenchOptions(tmp_path, cache=tmp_path / "cache")


@pytest.mark.slow
def test_every_figure_is_there(options):
    result = run("load", replace(options, only=tuple(module.PARTS)))
    assert set(result.figures) == set(documented(module.load))
    assert result.figures["overload_failed"] == 0
    assert result.figures["reindex_products"] == 20
    assert result.figures["reindex_requests"] == 60


def test_the_soak_is_run_where_it_is_asked_for(options):
    assert "soak" not in options.parts(tuple(module.PARTS), module.BY_HAND)
    assert replace(options, only=("soak",)).parts(tuple(module.PARTS), module.BY_HAND) == ("soak",)
