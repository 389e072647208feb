from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from wares.search.spelling.sortedkeys import SortedKeys

keys = st.text("ab连衣", min_size=1, max_size=4)


@given(st.lists(st.tuples(keys, st.integers(0, 9))), keys)
def test_it_answers_as_a_list_would(pairs, key):
    kept = SortedKeys.of(pairs)
    assert len(kept) == len(pairs)
    assert sorted(kept.find(key).tolist()) == sorted(number for own, number in pairs if own == key)
    names = sorted(own for own, _ in pairs)
    assert kept.place(key) == (bisect_left(names, key) if key in names else None)
