"""The network behind the learned space."""

import numpy as np
import pytest

from learned_spaces import random_parts
from wares.protocols import Encoded

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from wares.learn.towers import Standard, Towers, frequent  # noqa: E402

N = 30


@pytest.fixture
def towers():
    torch.manual_seed(0)
    standards = {name: Standard.of(part) for name, part in random_parts(N, {"text": 16, "image": 24}).items()}
    return Towers(standards, ["red", "lamp", "灯"], dim=12).eval()


def sides(towers, share=0.6):
    parts = random_parts(N, {"text": 16, "image": 24}, share=share)
    features = {name: standard(parts[name].vectors) for name, standard in towers.standards.items()}
    present = {name: torch.from_numpy(part.present) for name, part in parts.items()}
    features["terms"] = towers.bag([["red"] if row % 3 else [] for row in range(N)])
    present["terms"] = torch.ones(N, dtype=torch.bool)
    return features, present


def test_a_standard_has_the_length_that_is_wanted_whatever_came_in():
    for scale in (1e-3, 1.0, 1e3):
        rows = np.random.default_rng(0).normal(5, 1, (500, 40)).astype(np.float32) * scale
        there = np.arange(500) % 5 > 0
        rows[~there] = 0
        standard = Standard.of(Encoded(rows, there))
        found = standard(rows[there]).numpy()
        np.testing.assert_allclose(found.mean(0), 0, atol=1e-3)
        assert np.linalg.norm(found, axis=1).mean() == pytest.approx(2.0, rel=0.1)
        assert not standard.rooted or scale < 1 or rows.min() >= 0


def test_features_that_were_never_negative_go_in_as_their_roots():
    rows = np.float32([[0, 4], [9, 16], [1, 0]])
    standard = Standard.of(Encoded(rows, np.array([True, True, True])))
    assert standard.rooted
    np.testing.assert_allclose(standard.mean, [4 / 3, 2], rtol=1e-6)
    other = Standard.of(Encoded(rows - 1, np.array([True, True, True])))
    assert not other.rooted
    np.testing.assert_allclose(other.mean, [7 / 3, 17 / 3], rtol=1e-6)


def test_features_that_hardly_vary_are_not_blown_up():
    rows = np.random.default_rng(0).normal(size=(200, 10)).astype(np.float32)
    rows[:, 3] = 0.25
    scaled = Standard.of(Encoded(rows, np.ones(200, np.bool_)))(rows + np.float32(0.01)).numpy()
    assert np.abs(scaled[:, 3]).max() < 1


def test_rows_have_length_1_or_nothing(towers):
    features, present = sides(towers, share=0.3)
    present["terms"] &= torch.arange(N) % 2 == 0
    rows = towers(features, present)
    said = (features["terms"] < len(towers.words)).any(1)
    known = present["text"] | present["image"] | (present["terms"] & said)
    assert 0 < known.sum() < N
    torch.testing.assert_close(rows.norm(dim=1), known.float(), atol=1e-5, rtol=0)


def test_what_is_absent_leaves_no_trace(towers):
    features, present = sides(towers)
    expected = towers(features, present)
    noisy = {name: each.clone() for name, each in features.items()}
    for name in ("text", "image"):
        noisy[name][~present[name]] = 7.0
    torch.testing.assert_close(towers(noisy, present), expected)
    absent = {**present, "image": torch.zeros(N, dtype=torch.bool)}
    without = towers({name: each for name, each in features.items() if name != "image"}, present)
    torch.testing.assert_close(towers(features, absent), without)


def test_no_gradient_flows_from_a_row_of_nothing(towers):
    features, present = sides(towers)
    none = {name: torch.zeros(N, dtype=torch.bool) for name in present}
    towers(features, none).sum().backward()
    for name, parameter in towers.named_parameters():
        assert parameter.grad is None or not parameter.grad.isnan().any(), name
        assert parameter.grad is None or not parameter.grad.any(), name


def test_a_bag_holds_the_first_terms_that_are_known(towers):
    bag = towers.bag([["lamp", "unheard", "red"], [], ["red"] * 5], most=3)
    after = len(towers.words)
    numbers = towers.numbers
    assert bag.tolist() == [[numbers["lamp"], numbers["red"], after], [after] * 3, [numbers["red"]] * 3]


def test_what_is_forgotten_is_forgotten_in_training_alone(towers):
    features, present = sides(towers)
    only = {"terms": features["terms"]}
    assert torch.equal(towers(only, present, forget=1.0), towers(only, present))
    towers.train()
    assert not towers(only, present, forget=1.0).any(), "a text of which everything was forgotten says nothing"


def test_the_row_of_no_term_stays_zero(towers):
    towers.train()
    features, present = sides(towers)
    optimiser = torch.optim.AdamW(towers.parameters(), lr=0.1)
    towers(features, present).sum().backward()
    optimiser.step()
    assert not towers.rows.weight[-1].any()
    assert towers.arrays()["terms.rows"].shape == (3, 12)


def test_without_words_there_are_no_terms():
    part = random_parts(N, {"text": 16})
    towers = Towers({name: Standard.of(each) for name, each in part.items()}, [], dim=8)
    assert towers.modalities == ("text",)
    assert not any(name.startswith("terms") for name in towers.arrays())


def test_arrays_are_copies(towers):
    before = towers.arrays()
    with torch.no_grad():
        for parameter in towers.parameters():
            parameter += 1
    after = towers.arrays()
    changed = {name for name in before if (before[name] != after[name]).any()}
    assert changed == {name for name in before if not name.endswith((".mean", ".scale", ".trie"))}


def test_terms_are_learned_where_enough_texts_have_them_the_most_frequent_first():
    texts = [["a", "a", "b"], ["b", "c"], ["b", "c", "d"], ["d"]]
    assert frequent(texts) == ["b", "c", "d"]
    assert frequent(texts, most=2) == ["b", "c"]
    assert frequent(texts, least=3) == ["b"]
    assert frequent([["a"] * 9]) == [], "often in one text is not often"
