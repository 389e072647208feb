import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wares.encode.heads import softmax
from wares.errors import TrainingError, WeightsError
from wares.learn import fewshot
from wares.learn.fewshot import WITHIN, FewShot, calibrated

LABELS = ("cup", "pan", "fork")


def shelf(n, seed=0, d=6, noise=0.3):
    """(n, d) photos of three things that differ in one direction each, and their labels."""
    generator = np.random.default_rng(seed)
    which = np.arange(n) % 3
    return (np.eye(d)[which] + noise * generator.normal(size=(n, d))).astype(np.float32), [LABELS[at] for at in which]


def learner(d=6, strength=10.0):
    return FewShot(np.full(d, 0.2, np.float32), 0.5, strength)


def test_the_first_examples_give_the_nearest_mean_worked_by_hand():
    """Centre (1, 0), spread 2 over 2 dimensions: the covariance is the identity, the means are (±1, 0) about it."""
    examples = FewShot(np.array([1, 0], np.float32), 2.0)
    examples.add(np.array([[2, 0], [0, 0]], np.float32), ["right", "left"])
    head = examples.head(temperature=1.0)
    assert head.labels == ("right", "left")
    np.testing.assert_allclose(head.matrix, [[1, -1], [0, 0]])
    np.testing.assert_allclose(head.bias, [-1.5, 0.5])
    # at (1.5, 7) the log odds are 2 · 0.5
    np.testing.assert_allclose(head.probabilities(np.array([[1.5, 7]], np.float32))[0, 0], 1 / (1 + np.exp(-1)))


def test_it_is_discriminant_analysis_under_a_covariance_that_starts_as_a_sphere():
    x, labels = shelf(30)
    examples = learner()
    examples.add(x, labels)
    means = np.stack([x[[label == one for label in labels]].mean(0) for one in LABELS]).astype(np.float64)
    within = x - means[[LABELS.index(label) for label in labels]]
    covariance = (within.T @ within + 10 * 0.5 / 6 * np.eye(6)) / (10 + 30 - 3)
    asked, _ = shelf(20, seed=1)
    distance = np.array([[(row - mean) @ np.linalg.solve(covariance, row - mean) for mean in means] for row in asked])
    scores = examples.head().scores(asked)
    np.testing.assert_allclose(scores - scores[:, :1], -0.5 * (distance - distance[:, :1]), rtol=1e-3, atol=1e-3)


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(12)), st.integers(0, 1000))
def test_examples_one_by_one_are_examples_at_once_in_any_order(order, seed):
    x, labels = shelf(12, seed)
    at_once, one_by_one = learner(), learner()
    at_once.add(x, labels)
    for row in order:
        one_by_one.add(x[[row]], [labels[row]])
        one_by_one.copy()
    one_by_one.add(x[:1], [labels[0]])
    at_once.add(x[:1], [labels[0]])
    place = [one_by_one.labels.index(label) for label in at_once.labels]
    np.testing.assert_allclose(one_by_one.head().matrix[:, place], at_once.head().matrix, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(one_by_one.head().bias[place], at_once.head().bias, rtol=1e-4, atol=1e-4)


def test_an_example_updates_the_inverse_that_is_there(monkeypatch):
    x, labels = shelf(30)
    monkeypatch.setattr(fewshot, "MANY", 3)
    kept, made_anew = learner(), learner()
    kept.add(x[:20], labels[:20])
    kept.head()
    for row in range(20, 28):
        kept.add(x[[row]], labels[row : row + 1])
    np.testing.assert_allclose(kept.copy(1e-9).head().matrix, kept.head().matrix, rtol=1e-4, atol=1e-5)
    kept.add(x[28:], labels[28:])
    made_anew.add(x, labels)
    np.testing.assert_allclose(kept.head().matrix, made_anew.head().matrix, rtol=1e-4, atol=1e-5)


def test_certain_soft_labels_are_labels():
    x, labels = shelf(12)
    hard, soft = learner(), learner()
    for one in (hard, soft):
        one.prototype(x[:3], LABELS)
    hard.add(x, labels)
    soft.add_soft(x, np.eye(3)[[LABELS.index(label) for label in labels]])
    np.testing.assert_allclose(soft.head().matrix, hard.head().matrix, rtol=1e-5)
    np.testing.assert_allclose(soft.counts, hard.counts)


def test_a_prototype_moves_the_mean_alone():
    """An example at 3 and a prototype at 0 worth two examples: the mean is 1, and nothing was scattered."""
    examples = FewShot(np.zeros(1, np.float32), 1.0, 4.0)
    examples.prototype(np.zeros((2, 1), np.float32), ["a", "b"], weight=2)
    examples.add(np.array([[3.0]], np.float32), ["a"])
    np.testing.assert_allclose(examples.head().matrix, [[1, 0]])
    np.testing.assert_allclose(examples.counts, [1, 0])


def test_what_is_added_to_a_copy_is_not_in_the_original():
    x, labels = shelf(9)
    examples = learner()
    examples.add(x, labels)
    before = examples.head().matrix.copy()
    other = examples.copy()
    other.add(x[:1] + 1, ["new"])
    other.add(x[:4], labels[:4])
    np.testing.assert_array_equal(examples.head().matrix, before)
    assert examples.labels == LABELS
    assert other.labels == (*LABELS, "new")


def test_few_examples_tell_clear_classes_apart():
    x, labels = shelf(6)
    examples = FewShot.of(shelf(60, seed=5)[0])
    examples.add(x, labels)
    asked, truth = shelf(300, seed=1)
    answers, likely = examples.head(temperature=1.0).predict(asked)
    right = np.array([LABELS[at] for at in answers]) == np.array(truth)
    assert right.mean() > 0.85
    assert likely[right].mean() > likely[~right].mean()


def test_it_starts_from_the_spread_of_photos():
    x, _ = shelf(50)
    examples = FewShot.of(x, strength=7.0)
    np.testing.assert_allclose(examples.centre, x.mean(0), rtol=1e-5)
    examples.prototype(np.eye(6, dtype=np.float32)[:2], ["a", "b"])
    moved = np.eye(6)[:2] - x.mean(0)
    np.testing.assert_allclose(examples.head().matrix, moved.T * 6 / (WITHIN * x.var(0).sum()), rtol=1e-4)


def test_a_log_prior_is_added_to_the_scores():
    examples = learner()
    examples.add(*shelf(9))
    plain, prior = examples.head(), examples.head(log_prior=np.array([0.0, 1.0, 2.0]))
    np.testing.assert_allclose(prior.bias - plain.bias, [0, 1, 2], rtol=1e-5)


def test_calibration_finds_the_temperature_that_labels_were_drawn_with():
    examples = learner()
    examples.add(*shelf(60))
    head = examples.head()
    x, _ = shelf(4000, seed=3, noise=1.0)
    likely = softmax(head.scores(x) / 5)
    drawn = (likely.cumsum(1) > np.random.default_rng(0).random((len(x), 1))).argmax(1)
    found = calibrated(head, x, [head.labels[at] for at in drawn])
    assert found.temperature == pytest.approx(5, rel=0.2)
    np.testing.assert_array_equal(found.matrix, head.matrix)


def test_what_was_saved_is_gone_on_from(tmp_path):
    x, labels = shelf(12)
    examples = learner()
    examples.prototype(x[:2], ["pan", "杯"], weight=2)
    examples.save(tmp_path / "empty")
    examples.add(x[:9], labels[:9])
    examples.save(tmp_path / "some")
    loaded = FewShot.load(tmp_path / "some")
    assert loaded.labels == examples.labels
    for one in (examples, loaded):
        one.add(x[9:], labels[9:])
    np.testing.assert_array_equal(loaded.head().matrix, examples.head().matrix)
    empty = FewShot.load(tmp_path / "empty")
    empty.add(x[:9], labels[:9])
    empty.add(x[9:], labels[9:])
    np.testing.assert_allclose(empty.head().matrix, examples.head().matrix, rtol=1e-5)
    (tmp_path / "some" / "examples.safetensors").write_bytes(b"")
    with pytest.raises(WeightsError, match="save it again"):
        FewShot.load(tmp_path / "some")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda examples, x: examples.add(x[:0], []), "at least one"),
        (lambda examples, x: examples.add(x, ["a"]), "one label an example"),
        (lambda examples, x: examples.add(x[:, :3], ["a"] * len(x)), "width of 6"),
        (lambda examples, x: examples.add(x * np.nan, ["a"] * len(x)), "leave out"),
        (lambda examples, x: examples.add(x[0], ["a"]), "finite rows"),
        (lambda examples, x: examples.head(), "two classes"),
        (lambda examples, x: (examples.add(x, ["a"] * len(x)), examples.head()), "nothing to tell apart: a"),
        (lambda examples, x: examples.add_soft(x, np.ones((len(x), 4))), "one weight"),
        (lambda examples, x: FewShot.of(x[:1]), "few dozen"),
        (lambda examples, x: FewShot.of(np.ones_like(x)), "few dozen"),
        (lambda examples, x: FewShot.of(x * np.inf), "leave out"),
        (
            lambda examples, x: (examples.add(*shelf(6)), calibrated(examples.head(), x, ["other"] * len(x))),
            "not learn",
        ),
    ],
)
def test_what_cannot_be_learned_from_says_what_to_do(wrong, message):
    with pytest.raises(TrainingError, match=message):
        wrong(learner(), shelf(5)[0])
