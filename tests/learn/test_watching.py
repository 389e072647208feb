"""What towers are worth while they learn."""

import numpy as np
import pytest

from learned_spaces import catalogue, data, random_arrays
from wares.encode.learned import LearnedSpace, write_model
from wares.learn import watching
from wares.learn.trial import trial
from wares.learn.watching import Alone, Watched

SIZES = {"text": 24, "image": 16}


class Towers:
    """Arrays that were never trained."""

    def __init__(self, seed=0):
        self.seed = seed

    def arrays(self):
        return random_arrays(SIZES, words=("red", "lamp", "blue"), seed=self.seed)[0]

    def card(self):
        return random_arrays(SIZES, words=("red", "lamp", "blue"), seed=self.seed)[1]


@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_what_the_model_would_be_worth_by_itself(tmp_path, seed):
    given, towers = data(), Towers(seed)
    chosen = given.parts()[1]
    write_model(tmp_path, towers.arrays(), towers.card())
    expected = trial(Alone(LearnedSpace.read(tmp_path)), chosen, given.encode, given.terms).means
    assert Watched(given, chosen)(towers) == pytest.approx(expected)
    assert "title_photo" in expected


def test_texts_are_encoded_once_and_no_more_products_than_so_many_are_looked_for(monkeypatch):
    monkeypatch.setattr(watching, "MOST", 20)
    given = data(catalogue(120))
    asked = []
    encode = given.encode
    object.__setattr__(given, "encode", lambda texts: asked.append(len(texts)) or encode(texts))
    look = Watched(given, given.catalogue)
    first = look(Towers())
    assert asked
    assert max(asked) <= 20 + 36 + 12, "titles of 20 products, and phrases that ask for them"
    before = len(asked)
    assert look(Towers()) == first != look(Towers(1))
    assert len(asked) == before


def test_where_there_is_nothing_to_look_for_there_are_no_figures():
    given = data(catalogue(60))
    for n in (0, 1):
        assert Watched(given, given.catalogue[np.arange(n)])(Towers()) == {}
