"""No part goes unchecked: whatever is registered has a test that runs its contract check."""

from pathlib import Path

import pytest

from wares.registry import factory, names

TESTS = Path(__file__).parents[1]
CHECKED = ("analyzer", "encoder", "fusion", "ranker")


OURS = [(kind, name) for kind in CHECKED for name in names(kind) if factory(kind, name).__module__.startswith("wares.")]


@pytest.mark.parametrize(("kind", "name"), OURS)
def test_a_registered_part_is_checked(kind, name):
    module = factory(kind, name).__module__
    tests = [path.read_text("utf-8") for path in TESTS.rglob("test_*.py") if path != Path(__file__)]
    assert any(f"check_{kind}(" in text and module in text for text in tests), f"no test calls check_{kind} on {name}"
