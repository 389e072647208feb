"""An attribute for the whole catalogue from a few examples."""

import numpy as np
import pytest

from wares.errors import TrainingError
from wares.labelling import REST, labelled
from wares.learn.catalogue import Catalogue


def shelf(seed=0, each=30):
    """Three kinds of products, each around a direction of its own."""
    generator = np.random.default_rng(seed)
    kinds = np.repeat(np.arange(3), each)
    rows = np.eye(16)[kinds] + 0.15 * generator.normal(size=(3 * each, 16))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    ids = tuple(f"{'abc'[kind]}{number}" for number, kind in enumerate(kinds))
    return Catalogue(ids, np.arange(len(ids)), {}, tuple(() for _ in ids)), vectors


def test_three_examples_of_each_value_are_enough():
    catalogue, vectors = shelf()
    examples = {value: [id for id in catalogue.ids if id[0] == value][:3] for value in "abc"}
    found = labelled(catalogue, vectors, examples)
    assert np.mean([id[0] == value for id, value in zip(found.ids, found.values, strict=True)]) > 0.95
    assert not set(found.ids) & {id for ids in examples.values() for id in ids}


def test_one_value_alone_is_told_from_the_rest():
    catalogue, vectors = shelf()
    found = labelled(catalogue, vectors, {"a": ["a0", "a1", "a2"]}, but=["b30", "c60"])
    right = [(value == "a") == (id[0] == "a") for id, value in zip(found.ids, found.values, strict=True)]
    assert np.mean(right) > 0.9
    assert set(found.values) == {"a", REST}


def test_without_counterexamples_those_least_alike_stand_in():
    catalogue, vectors = shelf()
    sure = labelled(catalogue, vectors, {"a": ["a0", "a1"]}).sure(0.5)
    assert len(sure) > 10
    assert np.mean([id[0] == "a" for id in sure]) > 0.8
    assert list(sure.values()) == sorted(sure.values(), key=lambda each: -each[1])


@pytest.mark.parametrize(
    ("examples", "but", "message"),
    [
        ({"a": ["nowhere"]}, [], "no product"),
        ({"a": ["a0"], "b": ["a0"]}, [], "two values"),
        ({}, ["a0"], "no examples"),
    ],
)
def test_examples_that_cannot_be_are_refused(examples, but, message):
    with pytest.raises(TrainingError, match=message):
        labelled(*shelf(), examples, but)
