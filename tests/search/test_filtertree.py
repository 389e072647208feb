import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.errors import FilterError
from wares.search.filtertree import from_tree, to_tree
from wares.types import AllOf, AnyOf, Between, Near, Not, OneOf, Says

NAMES = st.text(min_size=1, max_size=10)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.one_of(
    st.builds(OneOf, NAMES, st.lists(st.text(max_size=10), min_size=1, max_size=3).map(tuple)),
    st.builds(Between, NAMES, NUMBERS, st.none() | NUMBERS),
    st.builds(Near, NAMES, st.floats(-90, 90), st.floats(-180, 180), st.floats(0.1, 100)),
    st.builds(Says, st.lists(st.text(max_size=10), min_size=1, max_size=3).map(tuple)),
)
FILTERS = st.recursive(
    LEAVES,
    lambda part: st.one_of(
        st.builds(Not, part),
        st.builds(AllOf, st.lists(part, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(part, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@given(FILTERS)
def test_a_tree_says_the_same_both_ways(part):
    assert from_tree(to_tree(part)) == part


@pytest.mark.parametrize(
    ("tree", "what"),
    [
        (None, "dictionary"),
        ([], "dictionary"),
        ({}, "field"),
        ({"field": "a"}, "without ends"),
        ({"field": "a", "one_of": []}, "one_of"),
        ({"field": "a", "one_of": [1]}, "one_of"),
        ({"field": "a", "one_of": ["x"], "low": 1}, "low"),
        ({"field": "a", "low": float("nan")}, "low"),
        ({"field": "a", "low": "1e999"}, "low"),
        ({"any_of": []}, "any_of"),
        ({"not": {"not": {"field": 5, "low": 1}}}, "field"),
        ({"field": "a", "latitude": 91, "longitude": 0, "km": 1}, "latitude"),
    ],
)
def test_a_tree_that_is_none_says_where(tree, what):
    with pytest.raises(FilterError, match=what) as error:
        from_tree(tree)
    assert error.value.fix
    assert len(str(error.value)) < 500


def test_a_tree_without_end_is_an_error():
    tree = {"says": ["x"]}
    for _ in range(5_000):
        tree = {"not": tree}
    with pytest.raises(FilterError):
        from_tree(tree)
