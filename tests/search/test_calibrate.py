import numpy as np
import pytest

from wares.errors import CorruptIndex
from wares.search.calibrate import GUESS, Calibration, Curve, calibration_error, fit, kind_of


def samples(n=4000, seed=0):
    """Evidence whose log odds are exactly 2 · evidence: two normals of variance 1 around ±1."""
    generator = np.random.default_rng(seed)
    return generator.normal(1, 1, n), generator.normal(-1, 1, n)


def test_it_finds_the_curve_that_made_the_evidence():
    curve = fit(*samples(), error_rate=0.1, guess=GUESS["words"])
    assert curve.slope == pytest.approx(2.0, abs=0.15)
    assert curve.intercept == pytest.approx(0.0, abs=0.1)
    assert curve.error < 0.02
    assert curve.samples == 8000


@pytest.mark.parametrize("error_rate", [0.01, 0.1, 0.3])
def test_the_cut_off_loses_no_more_true_matches_than_set(error_rate):
    """Over many draws the mean share lost among fresh positives stays below the rate."""
    lost = []
    for seed in range(40):
        positives, negatives = (each + shift for each, shift in zip(samples(200, seed), (1, -2), strict=True))
        fresh = samples(2000, seed + 1000)[0] + 1
        curve = fit(positives, negatives, error_rate=error_rate, guess=GUESS["words"])
        lost.append(float(np.mean(~curve.reaches(fresh))))
    assert np.mean(lost) <= error_rate + 0.005
    assert np.mean(lost) >= error_rate - 0.02


def test_the_cut_off_is_never_below_even_odds_and_says_what_that_costs():
    positives, negatives = samples()
    curve = fit(positives, negatives, error_rate=0.01, guess=GUESS["words"])
    assert curve.probability(np.array([curve.cut]))[0] == pytest.approx(0.5)
    assert curve.lost == pytest.approx(np.mean(positives < curve.cut))
    assert 0.1 < curve.lost < 0.2


def test_evidence_that_tells_everything_gives_a_finite_curve():
    curve = fit(np.full(50, 2.0), np.full(50, -2.0), error_rate=0.1, guess=GUESS["words"])
    assert np.isfinite([curve.slope, curve.intercept, curve.cut]).all()
    assert curve.probability(np.array([2.0]))[0] > 0.9


def test_evidence_that_tells_nothing_gives_a_flat_curve():
    generator = np.random.default_rng(3)
    curve = fit(-generator.normal(0, 1, 400) - 1, generator.normal(0, 1, 400), error_rate=0.1, guess=GUESS["words"])
    assert 0 <= curve.slope < 1e-3


def test_too_few_pairs_leave_the_guess():
    assert fit(np.ones(3), np.zeros(100), error_rate=0.1, guess=GUESS["photo"]) == GUESS["photo"]


def test_calibration_error_by_hand():
    """Half the weight in a bin that says .95 and is right half the time, half in one that is right."""
    probability, relevant = np.array([0.95, 0.95, 0.05, 0.05]), np.array([1.0, 0.0, 0.0, 0.0])
    assert calibration_error(probability, relevant, np.ones(4)) == pytest.approx((0.9 + 0.1) / 4)


def test_what_is_saved_is_loaded(tmp_path):
    calibration = Calibration({**GUESS, "photo": Curve(1.5, -0.25, 0.75, 10, 0.01)})
    calibration.save(tmp_path / "calibration.json")
    assert repr(Calibration.load(tmp_path / "calibration.json")) == repr(calibration)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version": 2}', b'{"version": 1, "curves": {"photo": {"x": 1}}}'])
def test_what_cannot_be_read_is_an_error(tmp_path, content):
    (tmp_path / "calibration.json").write_bytes(content)
    with pytest.raises(CorruptIndex, match="rebuild"):
        Calibration.load(tmp_path / "calibration.json")


def test_kinds():
    asked = ((True, False), (False, True), (True, True))
    assert [kind_of(*each) for each in asked] == ["words", "photo", "words+photo"]
