import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wares.search.diversity import KEPT, _greedy, alike, penalties


def order(scores):
    """Best first, equal ones as they stood."""
    return np.lexsort((np.arange(len(scores)), -scores))


def greedy(scores, near, floor):
    """Maximal marginal relevance, told plainly."""
    left, chosen = list(range(len(scores))), []
    while left:

        def value(place):
            above = sum(bool(near[place, other]) for other in chosen)
            return floor + (scores[place] - floor) * KEPT ** min(above, 6)

        chosen.append(max(left, key=lambda place: (value(place), -place)))
        left.remove(chosen[-1])
    return chosen


@st.composite
def lists(draw, most=30):
    k = draw(st.integers(0, most))
    scores = np.sort(draw(st.lists(st.integers(0, 40), min_size=k, max_size=k)))[::-1] / 8
    looks = draw(st.lists(st.integers(0, 3), min_size=k, max_size=k))
    vectors = np.eye(4, dtype=np.float32)[np.array(looks, np.int64)] if k else np.zeros((0, 4), np.float32)
    return scores, vectors


@given(lists(), st.integers(1, 10), st.integers(1, 40))
def test_sorting_by_the_penalised_score_is_the_greedy_order_of_each_block(page, block, depth):
    scores, vectors = page
    lost = penalties(scores, vectors, block=block, depth=depth)
    expected = []
    for start in range(0, min(depth, len(scores)), block):
        end = min(start + block, depth, len(scores))
        near = alike(vectors[start:end])
        chosen = greedy(scores[start:end], near, scores[min(end, len(scores) - 1)])
        expected += [start + place for place in chosen]
    expected += range(len(expected), len(scores))
    new = order(scores + lost)
    # values that differ by rounding alone may swap
    assert np.allclose((scores + lost)[new], (scores + lost)[expected], atol=1e-9)
    assert sorted(new) == list(range(len(scores)))


@given(lists())
def test_the_order_of_choice_is_exactly_the_order_of_the_sums(page):
    scores, vectors = page
    floor = float(scores[-1]) if len(scores) else 0.0
    chosen, lost = _greedy(scores, alike(vectors), floor)
    assert chosen.tolist() == order(scores + lost).tolist()


@given(lists(), st.integers(1, 10), st.integers(1, 40))
def test_penalties_only_take_away_and_nothing_leaves_its_block(page, block, depth):
    scores, vectors = page
    lost = penalties(scores, vectors, block=block, depth=depth)
    assert (lost <= 0).all()
    assert (lost[depth:] == 0).all()
    assert (lost == penalties(scores, vectors, block=block, depth=depth)).all()
    for start in range(0, min(depth, len(scores)), block):
        end = min(start + block, depth)
        if end < len(scores):
            assert (scores + lost)[start:end].min() >= scores[end]
    new = order(scores + lost)
    assert (np.diff((scores + lost)[new]) <= 0).all()


@given(lists(), st.integers(1, 10), st.integers(1, 7))
def test_pages_partition_the_order_whatever_their_size(page, block, size):
    """What is behind the window does not matter, and the order does not know of pages."""
    scores, vectors = page
    depth = 2 * block
    whole = order(scores + penalties(scores, vectors, block=block, depth=depth))
    seen = []
    for start in range(0, len(scores), size):
        need = max(depth + 1, start + size)
        part = scores[:need]
        lost = penalties(part, vectors[:need], block=block, depth=depth)
        seen += order(part + lost)[start : start + size].tolist()
    assert seen == whole.tolist()


def test_of_three_alike_the_first_stays_and_the_others_follow_the_rest():
    scores = np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    vectors = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    lost = penalties(scores, vectors)
    assert order(scores + lost).tolist() == [0, 3, 1, 2, 4]
    assert np.allclose(lost, [0, -2.7, -1.98, 0, 0])  # 1 + 3 · 0.1, 1 + 2 · 0.01


def test_alike_are_those_whose_vectors_nearly_coincide():
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0, 0], [0, 0]], np.float32)
    assert np.argwhere(alike(vectors)).tolist() == [[0, 1], [1, 0]]


@settings(max_examples=20)
@given(st.integers(0, 99))
def test_noise_in_the_vectors_does_not_lose_a_product(seed):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(120, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = np.sort(rng.random(120))[::-1]
    lost = penalties(scores, vectors, threshold=0.2)
    assert sorted(order(scores + lost)) == list(range(120))
    assert (lost < 0).any()
