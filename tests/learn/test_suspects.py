"""Values that are probably wrong."""

from dataclasses import replace

import numpy as np
import pytest

from learned_spaces import catalogue
from wares.learn.catalogue import Label
from wares.learn.suspects import suspects

pytest.importorskip("cleanlab")


def spoiled(share, seed=0):
    """Colours and kinds of 480 products, some colours wrong, and which."""
    made = catalogue(480)
    generator = np.random.default_rng(seed)
    colour = made.labels["colour"]
    wrong = generator.random(480) < share
    codes = np.where(wrong, (colour.codes + generator.integers(1, 6, 480)) % 6, colour.codes)
    return replace(made, labels={**made.labels, "colour": Label(codes, colour.words)}), wrong


def test_most_of_what_is_wrong_is_found_and_most_of_what_is_found_is_wrong():
    products, wrong = spoiled(0.1)
    found = suspects(products, products.parts["text"].vectors)
    of = {each.id for each in found if each.label == "colour"}
    truth = {products.ids[row] for row in np.flatnonzero(wrong)}
    assert len(of & truth) / len(truth) > 0.8
    assert len(of & truth) / len(of) > 0.8
    assert [each.probability for each in found] == sorted(each.probability for each in found)
    right = catalogue(480).labels["colour"]
    likely = [each.likely == right.words["en"][right.codes[int(each.id[1:])]] for each in found if each.id in truth]
    assert np.mean(likely) > 0.8


def test_of_what_is_right_hardly_anything_is_suspected():
    products, _ = spoiled(0.0)
    assert len(suspects(products, products.parts["text"].vectors)) < 10


def test_values_of_few_products_and_labels_of_one_value_are_left_alone():
    made = catalogue(60)
    rare = Label(np.where(np.arange(60) < 5, np.arange(60) % 2, -1), {"en": ("x", "y")})
    one = Label(np.zeros(60, np.int64), {"en": ("x",)})
    products = replace(made, labels={"rare": rare, "one": one})
    assert suspects(products, products.parts["text"].vectors) == []
