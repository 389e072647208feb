import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wares.search.suggest.prefixes import BLOCK, Key, PrefixTable, Strings

LATER = 0.5


def keys_of(texts, weights):
    keys = []
    for owner, (text, weight) in enumerate(zip(texts, weights, strict=True)):
        starts = tuple(place for place in range(len(text)) if not place or text[place - 1 : place] == b" ")
        keys.append(Key(owner, text, starts, weight))
    return keys


def plain(keys, prefix, k):
    """Every key of every text, compared one by one."""
    worth = {}
    for key in keys:
        for start in key.starts:
            if key.text[start:].startswith(prefix):
                worth[key.owner] = max(worth.get(key.owner, 0), key.weight * (LATER if start else 1))
    return [worth[owner] for owner in sorted(worth, key=lambda owner: -worth[owner])][:k], worth


words = st.text(alphabet="ab红", min_size=1, max_size=4)
texts = st.lists(st.lists(words, min_size=1, max_size=4).map(lambda each: " ".join(each).encode()), max_size=12)


@given(texts, st.data())
def test_the_best_of_a_prefix_are_those_of_a_comparison_one_by_one(texts, data):
    weights = data.draw(st.lists(st.sampled_from((1.0, 2.0, 3.0)), min_size=len(texts), max_size=len(texts)))
    keys = keys_of(texts, weights)
    prefix, k = data.draw(words).encode(), data.draw(st.integers(1, 16))
    found = PrefixTable.build(keys, LATER).best(prefix, k)
    expected, worth = plain(keys, prefix, k)
    assert len(set(found)) == len(found)
    assert [worth[owner] for owner in found] == expected


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.sampled_from((b"a", b"ab", b"aba", b"b c", b"c")))
def test_ranges_of_many_blocks_are_exact_too(seed, prefix):
    rng = np.random.default_rng(seed)
    texts = [" ".join("".join(rng.choice([*"abc"], 3)) for _ in range(5)).encode() for _ in range(3 * BLOCK // 2)]
    keys = keys_of(texts, rng.integers(1, 50, len(texts)).astype(float))
    table = PrefixTable.build(keys, LATER)
    expected, worth = plain(keys, prefix, 16)
    assert [worth[owner] for owner in table.best(prefix, 16)] == expected
    assert set(table.some(prefix, 10**6)) <= set(worth)


def test_equal_keys_come_by_owner():
    table = PrefixTable.build([Key(owner, b"red cap", (0, 4), 1.0) for owner in range(20)], LATER)
    assert table.best(b"red", 3) == [0, 1, 2]
    assert table.best(b"ca", 3) == [0, 1, 2]
    assert table.best(b"x", 3) == []
    assert len(table.some(b"red", 100)) == 20


def test_an_empty_table_finds_nothing():
    assert PrefixTable.build([], LATER).best(b"a", 3) == []


@given(st.lists(st.text(max_size=8) | st.just("\ud800")))
def test_strings_come_back_one_by_one(strings):
    kept = Strings.build(strings)
    assert [kept[place] for place in range(len(kept))] == strings
