"""What is said of products, told by rows and by features."""

from dataclasses import replace

import numpy as np
import pytest

from learned_spaces import random_parts
from wares.encode.learned import LearnedSpace, write_model
from wares.learn.catalogue import ABSENT, Label

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from wares.learn.labels import Labels  # noqa: E402
from wares.learn.towers import Standard, Towers  # noqa: E402

N = 12


@pytest.fixture
def made():
    torch.manual_seed(0)
    parts = random_parts(N, {"text": 16, "image": 24})
    towers = Towers({name: Standard.of(part) for name, part in parts.items()}, [], dim=8).eval()
    codes = np.arange(N) % 4 - 1
    labels = {"colour": Label(codes, {"en": ("red", "blue", "green")}), "new": Label(codes * 0, {"en": ("yes",)})}
    return towers, labels, Labels(labels, towers.standards, towers.dim).eval(), parts


def told(towers, labels, parts):
    features = {name: standard(parts[name].vectors) for name, standard in towers.standards.items()}
    present = {name: torch.from_numpy(parts[name].present) for name in features}
    with torch.no_grad():
        return labels(towers(features, present), features, present)


def test_a_model_that_was_written_tells_the_mean_of_both_ways(made, tmp_path):
    """Of what is not seen the row alone tells."""
    towers, labels, module, parts = made
    card = towers.card() | {"labels": {name: list(label.words["en"]) for name, label in labels.items()}}
    write_model(tmp_path, towers.arrays() | module.arrays(), card)
    found = LearnedSpace.read(tmp_path).labels(parts)
    both = told(towers, module, parts)
    assert 0 < both.seen.sum() < N
    for name, by_row, by_look in zip(labels, both.by_row, both.by_look, strict=True):
        expected = torch.softmax(torch.where(both.seen[:, None], (by_row + by_look) / 2, by_row), 1)
        np.testing.assert_allclose(found[name], expected.numpy(), atol=1e-5)


def test_what_is_absent_is_not_read(made):
    towers, _, module, parts = made
    changed = {name: part.vectors + 9 * ~part.present[:, None] for name, part in parts.items()}
    other = {name: type(part)(changed[name].astype(np.float32), part.present) for name, part in parts.items()}
    one, two = told(towers, module, parts), told(towers, module, other)
    for name in ("by_row", "by_look"):
        for here, there in zip(getattr(one, name), getattr(two, name), strict=True):
            torch.testing.assert_close(here, there)


def test_only_what_nobody_said_is_guessed_and_only_where_it_is_sure(made):
    _, labels, module, _ = made
    likely = np.full((N, 3), 0.02, np.float32)
    likely[:, 2] = np.where(np.arange(N) < 6, 0.96, 0.5)
    module.guess([likely, np.ones((N, 1), np.float32)], labels, 0.95)
    own = labels["colour"].codes
    expected = np.where((own == ABSENT) & (np.arange(N) < 6), 2, own)
    np.testing.assert_array_equal(module.codes[0], expected)
    assert (expected != own).sum() == 2


def test_a_batch_of_which_nothing_is_said_has_no_loss(made):
    towers, _, module, parts = made
    every, nowhere = told(towers, module, parts), torch.zeros(N, dtype=torch.bool)
    unseen = replace(every, seen=nowhere)
    assert module.loss(unseen, np.arange(N), nowhere) is None
    assert float(module.loss(every, np.arange(N), nowhere)) > 0
    assert float(module.loss(unseen, np.arange(N), ~nowhere)) > 0
    module.codes = [np.full(N, ABSENT)] * 2
    assert module.loss(every, np.arange(N), ~nowhere) is None
