from collections.abc import Iterator

import pytest

from wares import registry

EXAMPLE = "trigrams"


@pytest.fixture(autouse=True, scope="module")
def strangers_leave() -> Iterator[None]:
    """An example part that a test imported does not stay registered for the tests after it."""
    yield
    for kind, factories in registry._factories.items():
        registry._factories[kind] = {n: part for n, part in factories.items() if not part.__module__.endswith(EXAMPLE)}
