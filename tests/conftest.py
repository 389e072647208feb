"""Fixtures that every test may use."""

import tempfile
from pathlib import Path

import pytest
from hatch_build import bundle

bundle()  # the pages, from these sources, before a test imports them
DATA = Path(__file__).parents[2] / "shared" / "data"


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the tests marked slow as well")


def pytest_collection_modifyitems(config, items):
    # The browser's driver keeps an event loop running, and nothing after it could run its own.
    items.sort(key=lambda item: "browser" in Path(item.path).parts)
    if not config.getoption("--slow") and "slow" not in config.getoption("-m"):
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))


@pytest.fixture
def shared_data():
    """A folder of the real data beside the project, by name; the test is skipped where it is absent."""

    def folder(name: str) -> Path:
        path = DATA / name
        if not path.is_dir():
            pytest.skip(f"{name} is not beside the project (../shared/data)")
        return path

    return folder


@pytest.fixture
def temporary(monkeypatch):
    """Where temporary files go, of this process and of those it starts; short, as the path of a socket has to be."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="t") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)
