import numpy as np
import pytest

from wares.errors import CorruptIndex
from wares.search.calibrate import (
    GUESS,
    Calibration,
    Curve,
    Curves,
    Pairs,
    calibration_error,
    conformal_cut,
    fit,
    kind_of,
)

WORDS = GUESS["words"].words


def samples(n=4000, seed=0):
    """Evidence whose log odds are exactly 2 · evidence: two normals of variance 1 around ±1."""
    generator = np.random.default_rng(seed)
    return generator.normal(1, 1, n), generator.normal(-1, 1, n)


def test_it_finds_the_curve_that_made_the_evidence():
    curve = fit(Pairs(*samples()), samples(seed=1)[0], error_rate=0.1, guess=WORDS)
    assert curve.slope == pytest.approx(2.0, abs=0.15)
    assert curve.intercept == pytest.approx(0.0, abs=0.1)
    assert curve.error < 0.02
    assert curve.samples == 8000


@pytest.mark.parametrize("error_rate", [0.01, 0.05, 0.1])
def test_the_cut_off_loses_no_more_true_matches_than_set(error_rate):
    """Over many draws the mean share lost among fresh positives stays below the rate."""
    lost = []
    for seed in range(40):
        right, wrong = samples(200, seed)
        curve = fit(Pairs(right + 0.5, wrong - 0.5), right + 0.5, error_rate=error_rate, guess=WORDS)
        lost.append(float(np.mean(~curve.reaches(samples(2000, seed + 1000)[0] + 0.5))))
    assert np.mean(lost) <= max(error_rate, 0.03) + 0.01


def test_the_cut_off_lies_between_one_in_four_and_even_odds_and_says_what_it_costs():
    pairs = Pairs(*samples())
    strict, loose = (fit(pairs, pairs.right, error_rate=rate, guess=WORDS) for rate in (0.001, 0.4))
    assert strict.probability(np.array([strict.cut]))[0] == pytest.approx(0.25)
    assert loose.probability(np.array([loose.cut]))[0] == pytest.approx(0.5)
    assert loose.lost == pytest.approx(np.mean(pairs.right < loose.cut))
    assert strict.lost < loose.lost < 0.2


def test_the_cut_off_is_for_the_best_of_each_query():
    """Pairs that say little do not matter where the best of each query says more."""
    pairs = Pairs(*samples())
    cut = fit(pairs, pairs.right[:300] - 0.8, error_rate=0.3, guess=WORDS).cut
    assert cut == conformal_cut(pairs.right[:300] - 0.8, 0.3)


def test_pairs_may_be_as_frequent_as_they_are():
    """One right pair in five shifts the odds by log(1/4) and leaves the slope."""
    right, wrong = samples(20_000)
    curve = fit(Pairs(right[:5000], wrong), right, error_rate=0.1, guess=WORDS, natural=True)
    assert curve.slope == pytest.approx(2.0, abs=0.15)
    assert curve.intercept == pytest.approx(np.log(0.25), abs=0.15)


def test_evidence_that_tells_everything_gives_a_finite_curve():
    pairs = Pairs(np.full(50, 2.0), np.full(50, -2.0))
    curve = fit(pairs, pairs.right, error_rate=0.1, guess=WORDS)
    assert np.isfinite([curve.slope, curve.intercept, curve.cut]).all()
    assert curve.probability(np.array([2.0]))[0] > 0.9


def test_evidence_that_tells_nothing_gives_a_flat_curve():
    generator = np.random.default_rng(3)
    pairs = Pairs(generator.normal(-1, 1, 400), generator.normal(0, 1, 400))
    curve = fit(pairs, pairs.right, error_rate=0.1, guess=WORDS)
    assert np.isfinite(curve.cut)
    assert 0 <= curve.slope < 1e-3


def test_too_few_pairs_leave_the_guess():
    few = Pairs(np.ones(3), np.zeros(100))
    assert fit(few, np.ones(100), error_rate=0.1, guess=WORDS) == WORDS
    assert fit(Pairs(np.ones(100), np.zeros(100)), np.ones(3), error_rate=0.1, guess=WORDS) == WORDS


def test_calibration_error_by_hand():
    """Half the weight in a bin that says .95 and is right half the time, half in one that is right."""
    probability, relevant = np.array([0.95, 0.95, 0.05, 0.05]), np.array([1.0, 0.0, 0.0, 0.0])
    assert calibration_error(probability, relevant, np.ones(4)) == pytest.approx((0.9 + 0.1) / 4)


def test_what_is_saved_is_loaded(tmp_path):
    calibration = Calibration({**GUESS, "photo": Curves(WORDS, Curve(1.5, -0.25, 0.75, 10, 0.01))})
    calibration.save(tmp_path / "calibration.json")
    assert repr(Calibration.load(tmp_path / "calibration.json")) == repr(calibration)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version": 1}', b'{"version": 2, "curves": {"photo": {"x": 1}}}'])
def test_what_cannot_be_read_is_an_error(tmp_path, content):
    (tmp_path / "calibration.json").write_bytes(content)
    with pytest.raises(CorruptIndex, match="rebuild"):
        Calibration.load(tmp_path / "calibration.json")


def test_kinds():
    asked = ((True, False), (False, True), (True, True))
    assert [kind_of(*each) for each in asked] == ["words", "photo", "words+photo"]


def test_the_conformal_cut_by_hand():
    """Nine true matches: one in ten of a further one's places is below the lowest, so that is the cut at .1."""
    evidence = np.array([5.0, 1.0, 9.0, 3.0, 7.0, 2.0, 8.0, 4.0, 6.0])
    assert conformal_cut(evidence, 0.1) == 1.0
    assert conformal_cut(evidence, 0.2) == 2.0
    assert conformal_cut(evidence, 0.05) == -np.inf


@pytest.mark.parametrize(("n", "error_rate"), [(19, 0.05), (25, 0.1), (39, 0.2)])
def test_the_conformal_cut_keeps_its_promise_at_small_n(n, error_rate):
    """A further true match is lost with probability ⌊(n + 1)α⌋ / (n + 1), which is at most the rate."""
    generator = np.random.default_rng(n)
    draws = generator.exponential(size=(20_000, n + 1))
    lost = np.mean([draw[-1] < conformal_cut(draw[:-1], error_rate) for draw in draws])
    assert error_rate - 1 / (n + 1) - 0.01 <= lost <= error_rate + 0.01
