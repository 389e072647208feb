"""An attribute for the whole catalogue from a few examples."""

from dataclasses import replace

import numpy as np
import pytest

from wares.errors import TrainingError
from wares.labelling import labelled
from wares.learn.catalogue import Catalogue, Label


def shelf(seed=0, each=30, noise=0.15):
    """Three kinds of products, each around a direction of its own."""
    generator = np.random.default_rng(seed)
    kinds = np.repeat(np.arange(3), each)
    rows = np.eye(16)[kinds] + noise * generator.normal(size=(3 * each, 16))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    ids = tuple(f"{'abc'[kind]}{number}" for number, kind in enumerate(kinds))
    labels = {"kind": Label(kinds, {"en": ("x", "y", "z")})}
    return Catalogue(ids, np.arange(len(ids)), {}, tuple(() for _ in ids), labels), vectors


def test_three_examples_of_each_value_are_enough():
    catalogue, vectors = shelf()
    examples = {value: [id for id in catalogue.ids if id[0] == value][:3] for value in "abc"}
    found = labelled(catalogue, vectors, examples)
    assert np.mean([id[0] == value for id, value in zip(found.ids, found.values, strict=True)]) > 0.95
    assert not set(found.ids) & {id for ids in examples.values() for id in ids}


def test_one_value_alone_is_told_from_the_rest():
    catalogue, vectors = shelf()
    sure = labelled(catalogue, vectors, {"a": ["a0", "a1", "a2"]}, but=["b30", "c60"]).sure(0.5)
    assert len(sure) > 10
    assert {id[0] for id in sure} == {"a"}
    assert list(sure.values()) == sorted(sure.values(), key=lambda each: -each[1])


def test_what_has_none_of_the_values_is_not_sure_of_one():
    catalogue, vectors = shelf()
    found = labelled(catalogue, vectors, {"a": ["a0", "a1"], "b": ["b30", "b31"]})
    sure = found.sure(0.5)
    assert sure
    assert not any(id[0] == "c" for id in sure)


def test_probabilities_are_as_sure_as_values_of_the_catalogue_were_right():
    catalogue, vectors = shelf(each=200, noise=0.6)
    halves = Label(np.arange(600) % 2, {"en": ("odd", "even")})  # nothing that vectors could tell
    examples = {value: [id for id in catalogue.ids if id[0] == value][:2] for value in "abc"}
    said = {}
    for name, label in (("told", catalogue.labels["kind"]), ("not told", halves)):
        found = labelled(replace(catalogue, labels={name: label}), vectors, examples)
        right = np.array([id[0] == value for id, value in zip(found.ids, found.values, strict=True)])
        said[name] = float(found.probabilities.mean()), float(right.mean())
        assert found.rounds
    assert said["told"][0] == pytest.approx(said["told"][1], abs=0.1)
    assert said["not told"][0] < said["told"][0]


def test_a_shop_without_values_says_that_its_probabilities_are_not_its_own():
    catalogue, vectors = shelf()
    assert not labelled(replace(catalogue, labels={}), vectors, {"a": ["a0"], "b": ["b30"]}).rounds


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
