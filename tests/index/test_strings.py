import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wares.index.strings import Strings
from wares.index.vocabulary import Vocabulary

names = st.lists(
    st.text(st.characters(exclude_categories=()), max_size=6) | st.sampled_from(("", "a", "ab", "\ud800", "红", "🧦"))
)


@given(names, st.text(max_size=3))
def test_strings_are_found_where_they_are(given_, other):
    strings = Strings.of(given_)
    assert list(strings) == given_ == [strings[row] for row in range(len(strings))]
    for name in (*given_, other):
        assert strings.rows_of(name).tolist() == [row for row, each in enumerate(given_) if each == name]
    assert strings.find_all((*given_, other)).tolist() == [
        given_.index(name) if name in given_ else -1 for name in (*given_, other)
    ]


@given(names, names, st.text(max_size=2) | st.sampled_from(("a", "", "红")))
def test_strings_come_back_from_their_arrays(kept, new, prefix):
    strings = Strings.mapped(Strings.of(kept).arrays(ordered=True))
    assert list(strings) == kept
    assert [kept[row] for row in strings.beginning(prefix)] == sorted(
        (name for name in kept if name.startswith(prefix)), key=lambda name: name.encode("utf-8", "surrogatepass")
    )
    joined = Strings.join([strings, Strings.of(new)])
    assert list(joined) == kept + new
    rows = np.arange(len(joined))[::-1]
    assert list(joined.take(rows)) == (kept + new)[::-1]


@given(names, names)
def test_a_vocabulary_keeps_its_numbers_when_it_grows(kept, new):
    first = list(dict.fromkeys(kept))
    vocabulary = Vocabulary(Strings.of(first))
    numbers = vocabulary.add(new)
    every = list(dict.fromkeys((*first, *new)))
    assert list(vocabulary.strings()) == every
    assert [vocabulary[number] for number in numbers] == new
    assert [vocabulary.find(name) for name in every] == list(range(len(every)))
    assert {vocabulary[number] for number in vocabulary.beginning("a")} == {n for n in every if n.startswith("a")}
