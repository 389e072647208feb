from dataclasses import replace
from pathlib import Path

import pytest

from wares import registry
from wares.bench.harness import BenchOptions, BenchResult, documented, run
from wares.errors import ConfigError, ContractError, UnknownPart


def toy(options: BenchOptions) -> BenchResult:
    """Count to one.

    Figures
    -------
    one
        The number one,
        on two lines.
    two, three
        Others.

    Notes
    -----
    Not a figure.
    """
    return BenchResult("toy", {"one": 1.0}, seed=options.seed)


def sly(options: BenchOptions) -> BenchResult:
    """Report what nobody documented.

    Figures
    -------
    one
        The number one.
    """
    return BenchResult("sly", {"one": 1.0, "other": 2.0})


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    known = registry.names("bench")  # discovery first, so that the patched table is complete
    table = {name: registry.factory("bench", name) for name in known}
    monkeypatch.setitem(registry._factories, "bench", table | {"toy": toy, "sly": sly})


def test_the_figures_section_is_read_with_shared_descriptions_and_stops_at_the_next_section() -> None:
    assert documented(toy) == {"one": "The number one, on two lines.", "two": "Others.", "three": "Others."}


def test_a_bench_is_run_by_name(registered: None, tmp_path: Path) -> None:
    assert run("toy", BenchOptions(tmp_path, seed=7)) == BenchResult("toy", {"one": 1.0}, seed=7)


def test_an_unlisted_figure_breaks_the_contract(registered: None, tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="other"):
        run("sly", BenchOptions(tmp_path))


def test_an_unknown_bench_names_the_nearest(registered: None, tmp_path: Path) -> None:
    with pytest.raises(UnknownPart, match="'toy'"):
        run("toi", BenchOptions(tmp_path))


def test_a_missing_split_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "common").mkdir()
    options = BenchOptions(tmp_path, test="sealed")
    assert options.folder("open") == tmp_path / "open"
    with pytest.raises(ConfigError, match="has common, open"):
        options.folder("sealed")


def test_the_same_name_twice_means_folds() -> None:
    assert BenchOptions(Path("x"), "open", "open").crossed
    assert not BenchOptions(Path("x"), "open", "sealed").crossed


def test_what_is_asked_for_is_run_or_all_that_needs_no_asking() -> None:
    options = BenchOptions(Path("x"))
    assert options.parts(("a", "b"), by_hand=("b",)) == ("a",)
    assert replace(options, only=("b",)).parts(("a", "b"), by_hand=("b",)) == ("b",)
    with pytest.raises(ConfigError, match="no part 'c'"):
        replace(options, only=("c",)).parts(("a", "b"))


def test_every_registered_bench_lists_its_figures() -> None:
    for name in registry.names("bench"):
        assert documented(registry.factory("bench", name)), name
