"""A small shop served and measured whole: real processes, real peers."""

import csv
import math
from dataclasses import replace

import pytest

from wares.bench import serve as module
from wares.bench import underload
from wares.bench.harness import BenchOptions, documented, run
from wares.bench.shops import mapping
from wares.errors import ConfigError

LOADS = tuple(f"{each}_" for each in underload.PARTS)
COLUMNS = (
    "product_id",
    "title",
    "image",
    "master_category",
    "sub_category",
    "article_type",
    "base_colour",
    "gender",
    "season",
    "year",
    "usage",
)
COLOURS, KINDS = ("Red", "Blue", "Black"), ("Dress", "Jeans", "Watch", "Shoes")


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    for folder, table in (("open", "products.csv"), ("text-only", "products_no_image.csv")):
        (data / folder).mkdir()
        with (data / folder / table).open("w") as file:
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            for number in range(30):
                title = f"Luma {COLOURS[number % 3]} {KINDS[number % 4]} model {number}"
                kind = KINDS[number % 4]
                rows.writerow(
                    [
                        f"{folder}{number}",
                        title,
                        "",
                        "Apparel",
                        kind,
                        kind,
                        COLOURS[number % 3],
                        "Women",
                        "Summer",
                        "2011",
                        "Casual",
                    ]
                )
    return BenchOptions(data, cache=data / "cache", n=80)


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    known = tmp_path / "fashion-products.toml"
    text = mapping(module.DATA).read_text("utf-8")
    known.write_text(text.replace(".csv.gz", ".csv"), "utf-8")
    monkeypatch.setattr("wares.bench.shops.mapping", lambda name: known)
    for name, value in {
        "ROUNDS": 1,
        "SECONDS": 0.5,
        "SEARCHES": 8,
        "CONSTANTS": 20,
        "WARM": 12,
        "DIFFERENT": 5,
    }.items():
        monkeypatch.setattr(module, name, value)
    for name, value in {
        "ROUNDS": 1, "SEARCHES": 8, "FLOOD": 1.0, "AFTERWARDS": 0.5, "REINDEXED": 20, "REQUESTS": 60, "QUIET": 0.2,
        "MINUTES": 0.1, "LOOK": 0.2,
    }.items():  # fmt: skip
        monkeypatch.setattr(underload, name, value)


@pytest.mark.parametrize(
    ("part", "prefix", "products"), [("fashion", "", 60), pytest.param("grown", "grown_", 80, marks=pytest.mark.slow)]
)
def test_every_figure_of_speed_is_there(options, part, prefix, products):
    result = run("serve", replace(options, only=(part,)))
    speed = {name for name in documented(module.serve) if not name.startswith(LOADS)}
    assert set(result.figures) == {name for name in speed if name.startswith("grown_") == bool(prefix)}
    assert result.figures[f"{prefix}products"] == products
    assert all(math.isfinite(value) for value in result.figures.values())
    assert set(result.peers) == {"starlette", "fastapi"}
    assert set(result.ratios) == {
        f"{each}_cpu/{name}" for each in ("request", "layer", "repeated") for name in result.peers
    }


@pytest.mark.slow
def test_every_figure_under_load_is_there(options):
    result = run("serve", replace(options, only=tuple(underload.PARTS)))
    wanted = {name for name in documented(module.serve) if name.startswith(LOADS)}
    assert set(result.figures) == wanted
    assert result.figures["overload_failed"] == 0
    assert result.figures["reindex_products"] == 20


def test_the_soak_is_run_where_it_is_asked_for():
    assert "soak" not in module.parts(())
    assert module.parts(("soak",)) == ("soak",)
    with pytest.raises(ConfigError, match="no part 'all'"):
        module.parts(("all",))
