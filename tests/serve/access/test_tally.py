"""The table that processes count in together: exact, bounded, and telling of nobody."""

import hashlib
import multiprocessing
import random
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wares.serve.access import tally
from wares.serve.access.limits import Requests
from wares.serve.access.meter import HOUR, Products, Refused
from wares.serve.access.tally import Tally

SECRET = b"of this run"
MOST = 5000


def allowed(call, *asked: object) -> bool:
    try:
        call(*asked)
    except Refused:
        return False
    return True


class Exact:
    """What is to be counted, by the definition."""

    def __init__(self) -> None:
        self.windows: dict[object, tuple[float, list]] = {}

    def of(self, what: object, seconds: float, now: float) -> list:
        end, had = self.windows.get(what, (0.0, []))
        if end <= now:
            end, had = self.windows[what] = now + seconds, []
        return had

    def take(self, client: str, now: float) -> bool:
        windows = [(3, self.of((client, "s"), 1, now)), (5, self.of((client, "m"), 60, now))]
        if any(len(had) >= most for most, had in windows):
            return False
        for _, had in windows:
            had.append(1)
        return True

    def see(self, client: str, ids: list[str], now: float) -> bool:
        had = self.of(("products", client), HOUR, now)
        new = set(ids) - set(had)
        if new and len(had) + len(new) > 6:
            return False
        had += new
        return True


STEP = st.tuples(
    st.integers(0, 1),
    st.sampled_from(["ann", "bob", "eve"]),
    st.none() | st.lists(st.sampled_from("abcdefghij"), max_size=5),
    st.sampled_from([0.0, 0.0, 0.0, 0.4, 1.0, 59.0, 60.0, 1800.0, 3600.0]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=40))
def test_two_processes_count_as_one_that_counts_exactly(steps):
    now, exact = [1000.0], Exact()
    with TemporaryDirectory() as parent:
        tally.start(folder := Path(parent) / "tally")
        every = [Tally(folder, SECRET, clock=lambda: now[0]) for _ in range(2)]
        for which, client, ids, pause in steps:
            now[0] += pause
            if ids is None:
                found = allowed(Requests(every[which]).take, "3/second; 5/minute", client)
                assert found == exact.take(client, now[0])
            else:
                found = allowed(Products(every[which]).see, 6, (client,), ids)
                assert found == exact.see(client, ids, now[0])


def _takes(folder, most, together, results) -> None:
    sys.setswitchinterval(1e-6)
    requests = Requests(Tally(folder, SECRET))

    def many() -> None:
        together.wait(60)
        results.put(sum(allowed(requests.take, f"{most}/hour", "ann") for _ in range(most)))

    threads = [threading.Thread(target=many) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def test_processes_and_threads_that_count_at_once_allow_no_more_than_one(tmp_path):
    tally.start(tmp_path / "tally")
    spawn = multiprocessing.get_context("spawn")
    together, results = spawn.Barrier(4), spawn.Queue()
    every = [spawn.Process(target=_takes, args=(tmp_path / "tally", MOST, together, results)) for _ in range(2)]
    for each in every:
        each.start()
    assert sum(results.get(timeout=60) for _ in range(4)) == MOST
    for each in every:
        each.join(30)


def test_of_more_clients_than_there_is_room_for_those_that_end_first_are_forgotten(monkeypatch):
    monkeypatch.setattr(tally, "WINDOW_SETS", 4)
    now = [0.0]
    counted = Tally(clock=lambda: now[0])
    requests, size = Requests(counted), len(counted._memory)
    requests.take("1/day", "watched")
    for number in range(2000):
        now[0] += 0.01
        requests.take("1/minute", str(number))
        assert not allowed(requests.take, "1/minute", str(number))
    assert not allowed(requests.take, "1/day", "watched")
    assert allowed(requests.take, "1/minute", "0"), "there was room for all of them"
    assert len(counted._memory) == size


def test_what_is_seen_beyond_the_room_is_counted_again_and_never_less(monkeypatch):
    monkeypatch.setattr(tally, "SEEN_SETS", 2)
    counted = Tally(clock=lambda: 0.0)
    products = Products(counted)
    for number in range(100):
        products.see(100, ("ann",), [str(number)])
    assert not allowed(products.see, 100, ("ann",), ["another"])


def test_nothing_in_the_file_tells_who_it_was(tmp_path):
    tally.start(folder := tmp_path / "tally")
    one = Tally(folder, SECRET)
    Requests(one).take("5/minute", "address", "203.0.113.77")
    Products(one).see(5, ("key-of-acme", "203.0.113.77"), ["sku-4711"])
    written = (folder / tally.TABLE).read_bytes()
    for said in (b"203.0.113.77", b"key-of-acme", b"sku-4711", SECRET):
        assert said not in written
    for digest in (hashlib.blake2b, hashlib.sha256):  # whoever tries all addresses needs the secret
        assert digest(repr(("address", "203.0.113.77")).encode()).digest()[:16] not in written
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert allowed(Requests(Tally(folder, b"of another run")).take, "1/minute", "address", "203.0.113.77")


@given(st.integers(0, 2**32), st.sampled_from([0.0, 1e300, float("nan"), float("inf"), -1.0, 500.0]))
@settings(max_examples=40, deadline=None)
def test_whatever_is_in_the_table_nobody_is_locked_out_for_longer_than_a_window(seed, end):
    now = [100.0]
    counted = Tally(clock=lambda: now[0])
    chance = random.Random(seed)
    requests = Requests(counted)
    requests.take("2/minute", "ann")
    with counted.of("ann") as windows:
        place = windows._place(windows._name("2 per 1 minute"))
        tally._COUNT.pack_into(counted._memory, place + tally.NAME, chance.getrandbits(64), end)
    allowed(requests.take, "2/minute", "ann")
    now[0] += 60.0
    assert allowed(requests.take, "2/minute", "ann")


@pytest.mark.parametrize("harm", ["missing", "short", "no locks"])
def test_without_the_table_a_process_counts_for_itself_and_says_so(tmp_path, harm, capsys):
    tally.start(folder := tmp_path / "tally")
    if harm == "short":
        (folder / tally.TABLE).write_bytes(b"short")
    else:
        for path in folder.glob("*.lock" if harm == "no locks" else tally.TABLE):
            path.unlink()
    requests = Requests(Tally(folder, SECRET))
    assert [allowed(requests.take, "2/minute", "ann") for _ in range(3)] == [True, True, False]
    assert "limits are counted by each process for itself" in capsys.readouterr().out
