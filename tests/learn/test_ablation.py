"""What each modality is worth."""

import pytest

from learned_spaces import Apart, catalogue, data
from wares.learn.ablation import without_each


def test_a_figure_without_what_it_stands_on_is_gone_or_less():
    given = data(catalogue(120))
    looked = given.parts()[2]
    whole = given.trial(Apart(), looked).means
    found = without_each(Apart(), looked, given)
    assert set(found) == {"text", "image"}
    assert found["image"]["phrase"] == pytest.approx(whole["phrase"]), "photos say nothing here of words"
    assert found["text"]["phrase"] < whole["phrase"] - 0.1
    assert "title_photo" not in found["image"] or found["image"]["title_photo"] <= whole["title_photo"]


def test_modalities_that_the_products_have_not_are_not_left_out():
    given = data(catalogue(120, photos=0.0))
    assert set(without_each(Apart(), given.parts()[2], given)) == {"text"}
