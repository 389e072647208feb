from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from wares.search.spelling.sieve import Sieve

letters = st.text("abcdezé连衣裙群", min_size=1, max_size=9)


@settings(max_examples=300, deadline=None)
@given(st.lists(letters, max_size=30), letters, st.integers(0, 3))
def test_nothing_within_reach_is_missed(words, word, limit):
    found = Sieve.of(list(enumerate(words))).near(word, limit, words)
    assert sorted(found) == sorted((w, OSA.distance(word, w)) for w in words if OSA.distance(word, w) <= limit)
