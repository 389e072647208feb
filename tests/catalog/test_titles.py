import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.catalog.duplicates.titles import Titles, words


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Canon EOS-550D, black", ["canon", "eos550d", "black"]),
        ("Ｎｉｋｅ Air-Max", ["nike", "air", "max"]),
        ("纯棉T恤 男士 红", ["纯棉", "t", "恤", "男士", "红"]),
        ("", []),
        ("— ★ —", []),
    ],
)
def test_words(title, wanted):
    assert words(title) == wanted


def test_cosine_by_hand():
    titles = Titles([frozenset({"red", "shirt"}), frozenset({"blue", "shirt"}), frozenset({"lamp"})])
    rare, common = math.log(1 + 3), math.log(1 + 3 / 2)
    assert titles.cosines([(0, 1), (0, 2), (0, 0)]) == pytest.approx(
        [common**2 / (rare**2 + common**2), 0.0, 1.0], abs=1e-12
    )
    assert titles.shared(0, 1) == ("shirt",)


@given(st.lists(st.frozensets(st.sampled_from("abcdefgh") | st.sampled_from(["x1", "x2"]), max_size=6), min_size=1))
def test_candidates_are_the_pairs_above_the_threshold_that_share_a_word(titles):
    found = Titles(titles)
    pairs = [(a, b) for a in range(len(titles)) for b in range(a + 1, len(titles))]
    scores = found.cosines(pairs)
    assert ((scores >= -1e-12) & (scores <= 1 + 1e-9)).all()
    wanted = {pair for pair, score in zip(pairs, scores, strict=True) if score >= 0.5}
    assert set(found.candidates(0.5, chunk=3)) == wanted


def test_what_all_have_in_common_tells_nothing():
    shirts = [frozenset({"nike", "men", "shirt"})] * 2 + [
        frozenset({"nike", "men", "shirt", f"word{n}"}) for n in range(40)
    ]
    rare = [frozenset({"aurora", "linen", "shirt"})] * 2
    titles = Titles([*shirts, *rare])
    assert not titles.telling(0, 1)
    assert titles.telling(42, 43)
