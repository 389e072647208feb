"""What shoppers did, as a modality."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wares.encode.learned import LookupEncoder
from wares.learn.behaviour import LEAST, MOST, behaviour, lookup, sessions
from wares.types import Event

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def event(number, action, product, session="", shopper=""):
    return Event(str(number), action, product, NOW, session=session, shopper=shopper)


def tastes(n=60, kinds=3, visits=400, seed=0):
    """Sessions of shoppers who each look at products of one kind alone: kind = product % kinds."""
    generator = np.random.default_rng(seed)
    pairs = []
    for visit in range(visits):
        kind = visit % kinds
        pairs += [(visit, row) for row in generator.choice(np.arange(kind, n, kinds), 4, replace=False)]
    return np.array(pairs)


def test_products_of_one_taste_lie_together():
    part = behaviour(tastes(), 60)
    assert part.present.all()
    np.testing.assert_allclose(np.linalg.norm(part.vectors, axis=1), 1, atol=1e-5)
    alike = part.vectors @ part.vectors.T
    kind = np.arange(60) % 3
    same = (kind[:, None] == kind) & ~np.eye(60, dtype=bool)
    assert alike[same].mean() > alike[kind[:, None] != kind].mean() + 0.1


def test_the_same_sessions_give_the_same_rows_whatever_their_order():
    taken = tastes()
    one, other = behaviour(taken, 60), behaviour(taken[::-1], 60)
    np.testing.assert_array_equal(one.present, other.present)
    np.testing.assert_allclose(one.vectors, other.vectors, atol=1e-5)
    np.testing.assert_array_equal(one.vectors, behaviour(taken, 60).vectors)


def test_nobody_alone_places_a_product_and_a_robot_places_none():
    few = np.array([(visit, row) for visit in range(LEAST - 1) for row in (0, 1)])
    assert not behaviour(few, 9).present.any()
    assert behaviour(np.concatenate([few, [(8, 0), (8, 1)]]), 9).present[:2].all()
    robot = np.array([(visit, row) for visit in range(9) for row in range(MOST + 1)])
    assert not behaviour(robot, MOST + 1).present.any()


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 7)), max_size=80, unique=True), st.integers(8, 9))
def test_any_sessions_give_finite_unit_rows(pairs, n):
    part = behaviour(np.array(pairs, np.int64).reshape(-1, 2), n)
    assert np.isfinite(part.vectors).all()
    lengths = np.linalg.norm(part.vectors, axis=1)
    np.testing.assert_allclose(lengths, part.present.astype(float), atol=1e-4)


def test_a_session_is_what_was_taken_in_it():
    events = [
        event(1, "click", "a", "s1"), event(2, "click", "a", "s1"), event(3, "purchase", "b", "s1"),
        event(4, "impression", "c", "s1"), event(5, "add_to_cart", "c", shopper="ann"), event(6, "click", "gone", "s1"),
        event(7, "click", "b"),
    ]  # fmt: skip
    np.testing.assert_array_equal(sessions(events, {"a": 0, "b": 1, "c": 2}), [[0, 0], [0, 1], [1, 2]])


def test_products_are_known_by_their_ids():
    part = behaviour(tastes(), 60)
    part.present[7] = False
    ids = [f"商品{row}" for row in range(60)]
    arrays = lookup(ids, part)
    encoder = LookupEncoder("behaviour", arrays["behaviour.rows"], bytes(arrays["behaviour.trie"]), "1")
    found = encoder.encode([(id,) for id in [*ids, "new"]])
    np.testing.assert_array_equal(found.present, [*part.present, False])
    there = part.present
    np.testing.assert_allclose(found.vectors[:-1][there], part.vectors[there], atol=1e-5)
