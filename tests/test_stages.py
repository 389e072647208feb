import contextvars
import threading

import pytest

from wares.stages import CacheStats, caches, listening, note, stage, staged


def test_stages_and_notes_reach_whoever_listens_and_nobody_else():
    with stage("index"):
        note("degraded", "vectors")
    with listening() as timed:
        with stage("index"):
            note("degraded", "ranker")
        with stage("rank"):
            pass
        with stage("index"):
            pass
    with stage("page"):
        note("degraded", "index")
    assert [name for name, _, _ in timed.spans] == ["index", "rank", "index"]
    assert all(timed.began <= start <= end for _, start, end in timed.spans)
    assert set(timed.seconds()) == {"index", "rank"}
    assert timed.seconds()["index"] == pytest.approx(sum(b - a for name, a, b in timed.spans if name == "index") / 1e9)
    assert timed.noted("degraded") == ["ranker"]


def test_what_fails_was_timed_too():
    @staged("rank")
    def fails(by: str, *, how: str) -> None:
        raise ValueError(by + how)

    with listening() as timed, pytest.raises(ValueError, match="ab"):
        fails("a", how="b")
    assert [name for name, _, _ in timed.spans] == ["rank"]


def test_two_that_listen_at_the_same_time_hear_their_own():
    heard = {}
    meet = threading.Barrier(2)

    def answer(name: str) -> None:
        with listening() as timed:
            meet.wait()
            with stage(name):
                meet.wait()
        heard[name] = [each for each, _, _ in timed.spans]

    threads = [threading.Thread(target=contextvars.copy_context().run, args=(answer, name)) for name in ("a", "b")]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert heard == {"a": ["a"], "b": ["b"]}


def test_a_stage_that_nobody_hears_makes_nothing():
    assert stage("index") is stage("rank")


def test_a_cache_is_known_as_long_as_it_is_held():
    stats = CacheStats("of_this_test")
    assert caches()["of_this_test"] == [stats]
    del stats
    assert "of_this_test" not in caches()
