import numpy as np
import pytest

from wares.bench.classics import RANK, fused, reweighted, shuffled, summed, texts_of, top


def test_a_product_has_a_text_for_each_field_and_numbers_are_none():
    product = {"title": "Mouse", "brand": None, "description": "", "attributes": {"t_type": "laser", "n_width": 3.0}}
    assert texts_of(product) == {"title": "Mouse", "brand": "", "description": "", "attributes": "laser"}


def test_equal_scores_are_ordered_by_id():
    assert [*top({"b": 1.0, "a": 1.0, "c": 2.0}, 2)] == ["c", "a"]


def test_a_random_order_is_the_same_for_the_same_query_and_seed_alone():
    ids = [str(number) for number in range(50)]
    assert shuffled(ids, 0, "mouse") == shuffled(ids, 0, "mouse")
    assert [*shuffled(ids, 0, "mouse")] != [*shuffled(ids, 0, "cat")]
    assert [*shuffled(ids, 0, "mouse")] != [*shuffled(ids, 1, "mouse")]
    assert sorted(shuffled(ids, 0, "mouse")) == sorted(ids)


def test_sums_and_fusion_worked_by_hand():
    words, meaning = {"a": 3.0, "b": 2.0}, {"b": 0.9, "c": 0.8}
    assert summed([(words, 1.0), (meaning, 2.0)]) == {"a": 3.0, "b": pytest.approx(3.8), "c": pytest.approx(1.6)}
    expected = {"a": 1 / (RANK + 1), "b": 1 / (RANK + 2) + 1 / (RANK + 1), "c": 1 / (RANK + 2)}
    assert fused([words, meaning]) == pytest.approx(expected)


def test_other_weights_change_the_order_and_what_is_unknown_counts_nothing():
    parts, ids = np.array([[1.0, 0.2], [0.8, 0.6], [np.nan, 0.7]]), ("a", "b", "c")
    assert [*reweighted(("words", "text"), parts, ids, {})] == ["b", "a", "c"]
    assert [*reweighted(("words", "text"), parts, ids, {"text": 0.0})] == ["a", "b", "c"]
    assert [*reweighted(("words", "text"), parts, ids, {"words": 0.0})] == ["c", "b", "a"]
