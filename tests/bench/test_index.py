"""The bench of the index on a few hundred vectors, every engine that is installed."""

from dataclasses import replace

import numpy as np
import pytest

from installed import need
from wares.bench import index as module
from wares.bench import race
from wares.bench.clouds import cloud
from wares.bench.harness import BenchOptions, documented
from wares.bench.harness import run as run_bench
from wares.errors import ConfigError

PLAIN = {"recall10", "p50_ms", "p95_ms", "filtered_recall10", "filtered_cpu_ms", "visible_ms"}
SAVED = {"build_s", "disk_mb", "anonymous_mb", "mapped_mb", "products"}


@pytest.fixture
def options(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "QUERIES", 20)
    monkeypatch.setattr(race, "ROUNDS", 1)
    return BenchOptions(tmp_path, n=2000, dim=32, only=("made",))


@pytest.mark.parametrize(
    "peers", [("faiss-flat", "qdrant-edge"), pytest.param((), marks=pytest.mark.slow)], ids=["two", "all"]
)
def test_ours_finds_everything_and_each_peer_has_the_same_figures(options, peers):
    need(*(peers or module.ENGINES))
    result = run_bench("index", replace(options, peers=peers))
    assert set(result.figures) == PLAIN | SAVED
    assert result.figures["recall10"] == 1
    assert result.figures["filtered_recall10"] == 1
    assert set(result.peers) == {*(peers or module.ENGINES)} - {"wares"}
    for name, figures in result.peers.items():
        assert set(figures) >= PLAIN | SAVED, name
        assert figures["recall10"] > 0.95, name
        assert figures["visible_ms"] > 0, name
    assert result.peers["faiss-flat"]["recall10"] == 1
    assert result.ratios["p50_ms/qdrant-edge"] > 0
    assert result.ratios["filtered_cpu_ms/best"] > 0


def test_titles_and_growth_have_names_of_their_own(options, monkeypatch):
    monkeypatch.setattr(module, "titles", lambda options: cloud(600, 16, 1))
    monkeypatch.setattr(module, "growth", lambda *args, **settings: {"growth_exponent": 0.5})
    result = run_bench(
        "index", BenchOptions(options.data, n=2000, dim=32, only=("titles", "growth"), peers=("faiss-flat",))
    )
    assert set(result.figures) == {f"titles_{name}" for name in PLAIN | SAVED} | {"growth_exponent"}
    assert result.figures["titles_recall10"] == 1
    assert set(result.peers) == {"faiss-flat"}


def test_every_figure_that_could_come_is_documented():
    names = PLAIN | SAVED | {"effort"}
    growing = {f"p50_{size}k_ms" for size in (10, 30, 100, 300, 1000)} | {"growth_exponent", "products_at_50ms"}
    assert set(documented(module.index)) == names | {f"titles_{name}" for name in names} | growing


def test_a_peer_that_is_not_installed_is_named(monkeypatch):
    def absent():
        raise ConfigError("this bench needs zvec")

    monkeypatch.setitem(module.ENGINES, "zvec", absent)
    found, notes = module.present(())
    assert "zvec" not in found
    assert "zvec is missing: this bench needs zvec" in notes


def test_ours_can_run_alone():
    assert module.present(("wares",)) == (["wares"], [])


def test_a_peer_that_is_not_there_is_told():
    with pytest.raises(ConfigError, match="no peer"):
        module.present(("annoy",))


def test_quick_takes_a_tenth(options):
    assert module.made(BenchOptions(options.data, n=2000, dim=8, quick=True)).shape == (200, 8)


def test_ratios_compare_filters_with_the_best_of_those_that_filter():
    ours = {"p50_ms": 2.0, "build_s": 1.0, "filtered_cpu_ms": 3.0}
    peers = {
        "zvec": {"p50_ms": 1.0, "build_s": 4.0, "filtered_cpu_ms": 6.0},
        "hnswlib": {"filtered_cpu_ms": 12.0},
        "faiss-flat": {"filtered_cpu_ms": 1.0},
    }
    found = module.ratios(ours, peers)
    assert found == {"p50_ms/zvec": 2.0, "build_s/zvec": 0.25, "filtered_cpu_ms/best": 0.5}


def test_the_titles_of_both_tables_are_encoded(tmp_path, monkeypatch):
    import gzip

    (tmp_path / "open").mkdir()
    (tmp_path / "text-only").mkdir()
    (tmp_path / "open" / "products.csv").write_text("product_id,title\n1,Red dress\n", "utf-8")
    with gzip.open(tmp_path / module.TITLES, "wt", encoding="utf-8") as out:
        out.write("product_id,title\n2,蓝色牛仔裤\n")
    seen = []
    monkeypatch.setattr(module.vectors, "texts", lambda options, encoder, items: seen.extend(items) or np.ones((2, 4)))
    module.titles(BenchOptions(tmp_path))
    assert seen == ["Red dress", "蓝色牛仔裤"]
