import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wares.encode.heads import softmax
from wares.errors import TrainingError
from wares.learn.fewshot import FewShot
from wares.learn.selftraining import balanced, teach


def shelf(n, seed=0, d=10, noise=0.35):
    """(n, d) photos of three products, which stretch along a direction that tells nothing of them."""
    generator = np.random.default_rng(seed)
    which = generator.integers(0, 3, n)
    x = np.eye(d)[which] + noise * generator.normal(size=(n, d))
    x[:, 9] += 0.7 * generator.normal(size=n)
    return x.astype(np.float32), which


def started(photos, prototypes):
    examples = FewShot.of(photos)
    examples.prototype(prototypes.astype(np.float32), ["a", "b", "c"])
    return examples


def test_photos_without_labels_teach():
    photos, which = shelf(400)
    asked, truth = shelf(400, seed=1)
    # pictures that lie the right way, but not far, and are off in all that tells nothing
    pictures = np.eye(10)[:3] * 0.6 + 0.3 * np.random.default_rng(2).normal(size=(3, 10)) * (np.arange(10) > 2)
    examples = started(photos, pictures)
    before = (examples.head().scores(asked).argmax(1) == truth).mean()
    taught = teach(examples, photos)
    after = (taught.head.scores(asked).argmax(1) == truth).mean()
    assert after > before + 0.15
    assert after > 0.85
    assert (taught.labelled.argmax(1) == which).mean() > 0.85
    np.testing.assert_allclose(taught.labelled.sum(1), 1)
    assert not examples.counts.any(), "what is known stays as it was"


def test_labels_stay_what_they_are():
    photos, which = shelf(200)
    examples = started(photos, np.eye(10)[:3])
    examples.add(photos[:30], ["abc"[at] for at in which[:30]])
    taught = teach(examples, photos[30:], least=0.5)
    asked, truth = shelf(300, seed=1)
    learned = (taught.head.scores(asked).argmax(1) == truth).mean()
    assert learned >= (examples.head().scores(asked).argmax(1) == truth).mean() - 0.01
    assert examples.counts.sum() == 30


def test_nothing_is_learned_from_labels_that_are_not_sure_enough():
    photos, _ = shelf(50)
    examples = started(photos, np.eye(10)[:3])
    sceptical = teach(examples, photos, least=1.1, balance=0.0)
    np.testing.assert_allclose(sceptical.head.matrix[:3], examples.copy(4 * 50).head().matrix[:3], rtol=1e-4)


def test_the_same_photos_teach_the_same():
    photos, _ = shelf(60)
    first, second = (teach(started(photos, np.eye(10)[:3]), photos).head for _ in range(2))
    np.testing.assert_array_equal(first.matrix, second.matrix)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(1, 40))
def test_balancing_fully_gives_every_class_as_many_and_keeps_rows(seed, k, n):
    scores = np.random.default_rng(seed).normal(0, 2, (n, k))
    labelled, added = balanced(scores, 1.0, sweeps=300)
    np.testing.assert_allclose(labelled.sum(1), 1)
    np.testing.assert_allclose(labelled.sum(0), n / k, rtol=1e-2)
    np.testing.assert_allclose(labelled, softmax(scores + added))


def test_without_strength_nothing_is_balanced():
    scores = np.random.default_rng(0).normal(size=(7, 3))
    labelled, added = balanced(scores, 0.0)
    np.testing.assert_array_equal(added, 0)
    np.testing.assert_allclose(labelled, softmax(scores))


def test_balancing_worked_by_hand():
    """Both photos look like the first of two classes at odds of 3: its size is 1.5, the other's 0.5, one is even."""
    _, added = balanced(np.log([[3.0, 1.0], [3.0, 1.0]]), 0.5, sweeps=1)
    np.testing.assert_allclose(added, 0.5 * np.log([1 / 1.5, 1 / 0.5]))


def test_what_cannot_teach_says_what_to_do():
    photos, _ = shelf(20)
    examples = started(photos, np.eye(10)[:3])
    with pytest.raises(TrainingError, match="own head"):
        teach(examples, photos[:0])
    with pytest.raises(TrainingError, match="each photo and class"):
        teach(examples, photos, np.zeros((20, 2)))
    with pytest.raises(TrainingError, match="two classes"):
        teach(FewShot.of(photos), photos)
