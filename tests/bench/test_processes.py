from pathlib import Path

import pytest

from wares.bench.processes import run, served
from wares.errors import WaresError

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))


def test_a_command_is_run_and_its_process_measured(tmp_path: Path) -> None:
    step = run("config", "--folder", str(tmp_path), "--json")
    assert step.report
    assert step.seconds > 0
    assert step.peak > 10_000_000  # an interpreter is larger than that


def test_a_command_that_fails_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WaresError, match="ended with 2"):
        run("similar", "nothing", "--config", str(tmp_path / "none.toml"), "--json")


def test_a_server_that_ends_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a file where the folder should be")
    with pytest.raises(WaresError, match="ended with"), served(tmp_path / "shop"):
        raise AssertionError("there is nothing to serve")
