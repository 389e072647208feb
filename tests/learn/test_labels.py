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
    likely = np.stack([np.where(np.arange(N) < 6, 0.96, 0.5), np.full(N, 2)], axis=1).astype(np.float32)
    module.guess([likely, np.ones((N, 2), np.float32)], labels, 0.95)
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


def test_what_a_model_has_learned_of_values_is_taken_over_whatever_their_order(made, tmp_path):
    towers, labels, module, parts = made
    card = towers.card() | {"labels": {name: list(label.words["en"]) for name, label in labels.items()}}
    write_model(tmp_path, towers.arrays() | module.arrays(), card)
    turned = {
        "brand": Label(np.arange(N) % 2, {"en": ("a", "b")}),
        "colour": Label(np.arange(N) % 4, {"en": ("green", "amber", "red", "blue")}),
    }
    again = Labels(turned, towers.standards, towers.dim).eval()
    again.warm(LearnedSpace.read(tmp_path), turned)
    before, after = told(towers, module, parts), told(towers, again, parts)
    for name in ("by_row", "by_look"):
        one, two = getattr(before, name)[0], getattr(after, name)[1]
        torch.testing.assert_close(two[:, [2, 3, 0]], one, atol=1e-4, rtol=1e-4)


def test_the_likeliest_value_is_as_sure_as_the_less_sure_of_both(made):
    towers, _, module, parts = made
    both = told(towers, module, parts)
    own, look = torch.softmax(both.by_row[0], 1), torch.softmax(both.by_look[0], 1)
    expected = torch.where(both.seen[:, None], torch.minimum(own, look), own)
    sure = both.sure()[0]
    torch.testing.assert_close(sure[:, 0], expected.amax(1))
    torch.testing.assert_close(sure[:, 1].long(), expected.argmax(1))
