"""A small shop served and measured whole: real processes, real peers."""

import math
from dataclasses import replace

import pytest

import fashion_tables
from wares.bench import serve as module
from wares.bench.harness import BenchOptions, documented, run

SMALL = {"ROUNDS": 1, "SECONDS": 0.5, "SEARCHES": 8, "CONSTANTS": 20, "WARM": 12, "DIFFERENT": 5}


@pytest.fixture
def options(tmp_path, monkeypatch):
    fashion_tables.write(tmp_path)
    known = fashion_tables.mapping(tmp_path)
    monkeypatch.setattr("wares.bench.shops.mapping", lambda name: known)
    for name, value in SMALL.items():
        monkeypatch.setattr(module, name, value)
    return BenchOptions(tmp_path, cache=tmp_path / "cache", n=80)


@pytest.mark.slow
@pytest.mark.parametrize(("part", "prefix", "products"), [("fashion", "", 60), ("grown", "grown_", 80)])
def test_every_figure_is_there(options, part, prefix, products):
    result = run("serve", replace(options, only=(part,)))
    assert set(result.figures) == {
        name for name in documented(module.serve) if name.startswith("grown_") == bool(prefix)
    }
    assert result.figures[f"{prefix}products"] == products
    assert all(math.isfinite(value) for value in result.figures.values())
    assert set(result.peers) == {"starlette", "fastapi"}
    assert set(result.ratios) == {
        f"{share}_cpu/{name}" for share in ("request", "layer", "repeated") for name in result.peers
    }
