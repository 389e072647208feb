import numpy as np
import pytest

from wares.config import Config
from wares.errors import JudgementError
from wares.learn.curves import Graded, calibrate


def judged(seed, *, served=0.9):
    """Forty products whose log-odds are 3 · evidence − 3, and a search that says ``served`` of each."""
    generator = np.random.default_rng(seed)
    evidence = generator.uniform(0, 2, 40)
    odds = 1 / (1 + np.exp(3 - 3 * evidence))
    relevant = (generator.random(40) < odds).astype(float)
    relevant[0] = 1
    probability = odds if served is None else np.full(40, served)
    return Graded(evidence, np.ones(40, np.bool_), relevant, probability)


def qrels(n):
    return {f"q{place:02}": {"p": 3} for place in range(n)}


def ask(query):
    return judged(int(query[1:]))


def test_it_finds_the_curve_and_what_it_is_worth_on_other_queries():
    found = calibrate(qrels(60), ask, error_rate=0.1)
    assert found.curves.words.slope == pytest.approx(3.0, abs=0.4)
    assert found.curves.words.intercept == pytest.approx(-3.0, abs=0.4)
    assert found.curves.meaning.samples == 0, "nothing was judged that only means something alike"
    assert found.held_out < 0.08 < 0.3 < found.current
    assert found.against.gained
    assert (found.pairs, found.queries, found.left_out) == (2400, 60, 0)
    assert found.lost <= 0.15


def test_curves_that_are_right_already_are_not_worth_replacing():
    assert not calibrate(qrels(40), lambda query: judged(int(query[1:]), served=None), error_rate=0.1).against.gained


def test_the_sections_are_what_the_configuration_reads(tmp_path):
    found = calibrate(qrels(30), ask, error_rate=0.1)
    (tmp_path / "wares.toml").write_text(found.toml(), "utf-8")
    read = Config.load(tmp_path / "wares.toml", environment={}).search.curves
    assert read.words.slope == pytest.approx(found.curves.words.slope, rel=1e-4)
    assert read.words.cut == pytest.approx(found.curves.words.cut, rel=1e-4)
    assert read.meaning.slope == 0


def test_too_few_judged_queries_are_an_error():
    with pytest.raises(JudgementError, match="judge at least"):
        calibrate({**qrels(5), "none": {"p": 0}}, ask, error_rate=0.1)
