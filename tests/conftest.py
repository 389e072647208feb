"""Fixtures that every test may use."""

from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def shared_data():
    """A folder of the real data beside the project, by name; the test is skipped where it is absent."""

    def folder(name: str) -> Path:
        path = DATA / name
        if not path.is_dir():
            pytest.skip(f"{name} is not beside the project (../shared/data)")
        return path

    return folder
