from hypothesis import given
from hypothesis import strategies as st

from wares.caches import OVERHEAD, BoundedCache

SIZES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400)), max_size=60)


def test_what_was_used_last_goes_last():
    cache = BoundedCache("test", 10 * (OVERHEAD + 10))
    for n in range(10):
        cache.put(n, f"v{n}", 10)
    assert cache.get(0) == "v0"
    cache.put(10, "v10", 10)
    assert cache.get(1) is None
    assert cache.get(0) == "v0"
    assert (cache.stats.hits, cache.stats.misses, cache.stats.evictions, cache.stats.entries) == (2, 1, 1, 10)


@given(SIZES, st.integers(0, 5_000))
def test_it_never_holds_more_than_it_may_and_gives_back_what_was_put_last(puts, most):
    cache: BoundedCache[int, int] = BoundedCache("test", most)
    last = {}
    for turn, (key, size) in enumerate(puts):
        cache.put(key, turn, size)
        if size + OVERHEAD <= most // 8:
            last[key] = turn
        assert cache.stats.bytes <= most
    held = {key: cache.get(key) for key in range(10)}
    assert all(found is None or found == last[key] for key, found in held.items())
    assert cache.stats.entries == sum(found is not None for found in held.values())


def test_what_is_too_large_for_it_is_not_kept():
    cache = BoundedCache("test", 8_000)
    cache.put("a", "large", 1_001 - OVERHEAD)
    cache.put("b", "small", 1_000 - OVERHEAD)
    assert (cache.get("a"), cache.get("b")) == (None, "small")
    nothing = BoundedCache("test", 0)
    nothing.put("a", "v", 0)
    assert nothing.get("a") is None
