import re
from pathlib import Path

import pytest

from wares import registry
from wares.errors import ContractError, UnknownPart

SOURCE = Path(registry.__file__).parent


def test_every_name_lives_in_one_room():
    text = {path.relative_to(SOURCE): path.read_text("utf-8") for path in SOURCE.rglob("*.py")}
    for kind in registry.ROOMS:
        ours = (n for n in registry.names(kind) if registry.factory(kind, n).__module__.startswith("wares."))
        for name in filter(re.compile(r"\.v\d+$").search, ours):
            rooms = {path.parts[0] for path, source in text.items() if f'"{name}"' in source}
            assert len(rooms - {"config.py"}) == 1, (kind, name, rooms)


def test_an_unknown_name_is_an_error_that_names_the_nearest():
    registry.register("ranker", "linnear-test.v1")(dict)
    with pytest.raises(UnknownPart, match="did you mean"):
        registry.create("ranker", "linear-test.v1")
    del registry._factories["ranker"]["linnear-test.v1"]


def test_a_bad_name_or_kind_is_refused():
    with pytest.raises(ContractError):
        registry.register("ranker", "Bad Name")
    with pytest.raises(ContractError):
        registry.register("sofa", "linear.v1")


def test_a_taken_name_is_refused():
    registry.register("ranker", "twice.v1")(dict)
    other = type("Other", (), {"__module__": "elsewhere"})
    with pytest.raises(ContractError, match="registered in"):
        registry.register("ranker", "twice.v1")(other)
    del registry._factories["ranker"]["twice.v1"]


def test_equip_gives_a_factory_what_it_asks_for():
    registry.register("ranker", "asking.v1")(lambda threads=1: threads)
    assert registry.equip("ranker", "asking.v1", threads=3, folder="unused") == 3
    del registry._factories["ranker"]["asking.v1"]
