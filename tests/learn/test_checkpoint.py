"""A run that was killed goes on as if it had not been."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from learned_spaces import catalogue, encode, terms
from wares.errors import TrainingError

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from wares.learn.checkpoint import ARRAYS, RECORD, Checkpoint  # noqa: E402
from wares.learn.joint import Onlookers, learn  # noqa: E402
from wares.learn.objective import Settings  # noqa: E402

SETTINGS = Settings(dim=16, epochs=5, batch=30, steps=(10, 10), nested=(8,), threads=1)
EPOCHS = 5


class Killed(BaseException):
    """Nothing in the code under test may catch it."""


def look(towers):
    """Something of the towers that changes with each epoch."""
    return {"title_photo": float(towers.gates["text"].detach().sum())}


def run(folder, *, killed=None, identity="this", settings=SETTINGS, seen=None):
    def watch(epoch, *_):
        if seen is not None:
            seen.append(epoch)
        if epoch == killed:
            raise Killed

    checkpoint = Checkpoint(folder, identity, pause=0)
    return learn(catalogue(60), encode, terms, settings, onlookers=Onlookers(watch, look), checkpoint=checkpoint)


@pytest.fixture(scope="module")
def whole():
    return learn(catalogue(60), encode, terms, SETTINGS, onlookers=Onlookers(look=look))


def same(one, other):
    one, other = one.arrays(), other.arrays()
    return one.keys() == other.keys() and all((one[name] == other[name]).all() for name in one)


@pytest.mark.parametrize(("killed", "uncertainty"), [*((epoch, False) for epoch in range(1, EPOCHS)), (2, True)])
def test_killed_at_any_epoch_and_gone_on_with_it_is_the_same(tmp_path, whole, killed, uncertainty):
    settings = replace(SETTINGS, uncertainty=uncertainty)
    expected = learn(catalogue(60), encode, terms, settings, onlookers=Onlookers(look=look)) if uncertainty else whole
    with pytest.raises(Killed):
        run(tmp_path, killed=killed, settings=settings)
    seen = []
    again = run(tmp_path, seen=seen, settings=settings)
    assert seen == list(range(killed, EPOCHS)), "the epoch that was cut short is done again, those before it are not"
    assert same(again, expected)
    told = [[{**row, "seconds": 0} for row in each.history] for each in (again, expected)]
    assert told[0] == told[1], "losses, and what was seen"
    assert all("ndcg/title_photo" in row for row in told[0])


def test_killed_every_time_it_still_comes_to_its_end(tmp_path, whole):
    for epoch in range(1, EPOCHS):
        with pytest.raises(Killed):
            run(tmp_path, killed=epoch)
    assert same(run(tmp_path), whole)


@pytest.mark.parametrize("between", ["arrays", "record"])
def test_killed_between_two_files_it_begins_anew(tmp_path, whole, between, monkeypatch):
    with pytest.raises(Killed):
        run(tmp_path, killed=2)
    kept = (tmp_path / (ARRAYS if between == "record" else RECORD)).read_bytes()
    with pytest.raises(Killed):
        run(tmp_path, killed=4)
    (tmp_path / (ARRAYS if between == "record" else RECORD)).write_bytes(kept)
    seen = []
    assert same(run(tmp_path, seen=seen), whole)
    assert seen == list(range(EPOCHS))


def damaged(name, how):
    def damage(folder):
        path = folder / name
        data = path.read_bytes()
        if how == "gone":
            path.unlink()
        elif how == "flipped":
            path.write_bytes(data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :])
        elif how == "cut":
            path.write_bytes(data[: len(data) // 2])
        else:
            path.write_bytes(how)

    return damage


@pytest.mark.parametrize(
    ("name", "how"),
    [
        *((ARRAYS, how) for how in ("gone", "cut", b"")),
        *((RECORD, how) for how in ("gone", "cut", b"[]", b"3", b"{}", b"\xff\xfe")),
    ],
)
def test_a_damaged_one_is_not_gone_on_with(tmp_path, whole, name, how):
    with pytest.raises(Killed):
        run(tmp_path, killed=2)
    damaged(name, how)(tmp_path)
    seen = []
    assert same(run(tmp_path, seen=seen), whole)
    assert seen[0] == 0


def test_a_flipped_bit_of_the_arrays_is_noticed(tmp_path, whole):
    with pytest.raises(Killed):
        run(tmp_path, killed=2)
    damaged(ARRAYS, "flipped")(tmp_path)
    assert same(run(tmp_path), whole)


@pytest.mark.parametrize("other", [{"identity": "of other data"}])
def test_one_of_other_data_is_not_used(tmp_path, whole, other):
    with pytest.raises(Killed):
        run(tmp_path, killed=3)
    seen = []
    assert same(run(tmp_path, seen=seen, **other), whole)
    assert seen == list(range(EPOCHS))


def test_without_looking_at_the_identity_it_would_be(tmp_path, whole):
    """The mutation check."""
    with pytest.raises(Killed):
        run(tmp_path, killed=3)
    record = json.loads((tmp_path / RECORD).read_text())
    (tmp_path / RECORD).write_text(json.dumps(record | {"identity": "of other data"}))
    seen = []
    run(tmp_path, identity="of other data", seen=seen)
    assert seen == [3, 4]


def test_one_that_does_not_fit_says_so(tmp_path):
    with pytest.raises(Killed):
        run(tmp_path, killed=3)
    with pytest.raises(TrainingError, match="cannot go on") as error:
        run(tmp_path, settings=replace(SETTINGS, dim=8))
    assert error.value.fix == "delete the folder"


def test_it_waits_between_two_writes_and_clears(tmp_path):
    checkpoint = Checkpoint(tmp_path, "this", pause=1000)
    learn(catalogue(60), encode, terms, SETTINGS, checkpoint=checkpoint)
    assert list(tmp_path.iterdir()) == []
    checkpoint.clear()
    run(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {ARRAYS, RECORD}
    checkpoint.clear()
    assert list(tmp_path.iterdir()) == []


def test_the_arrays_hold_no_pickles(tmp_path):
    run(tmp_path)
    data = (tmp_path / ARRAYS).read_bytes()
    assert data[8:9] == b"{"
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert {each["dtype"] for each in header.values()} <= {"F32", "I64"}
    places = sorted(each["data_offsets"] for each in header.values())
    assert all(one[1] <= other[0] for one, other in pairwise(places))
