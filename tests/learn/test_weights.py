import numpy as np
import pytest

from wares.errors import JudgementError
from wares.learn.weights import Candidates, ascend, tune

BEFORE = {"words": 1.0, "text": 1.0}


def pool(seed, *, noise_route=0):
    """Thirty products: one route says the grade, the other nothing, on the same scale."""
    generator = np.random.default_rng(seed)
    grades = generator.integers(0, 4, 30).astype(float)
    grades[0] = 3
    routes = generator.normal(0, 2, (30, 2))
    routes[:, 1 - noise_route] = grades + generator.normal(0, 0.3, 30)
    return Candidates(routes, np.zeros(30), grades, grades)


def qrels(n):
    return {f"q{place:02}": {"p": 3} for place in range(n)}


def ask(query):
    return pool(int(query[1:]))


def test_it_gives_up_a_route_that_says_nothing():
    weights = ascend([pool(seed) for seed in range(20)], np.ones(2))
    assert weights[0] < 0.5 * weights[1]


def test_the_gain_is_measured_on_queries_that_were_not_tuned_on():
    tuned = tune(qrels(30), ask, BEFORE)
    assert tuned.against.gained
    assert tuned.held_out > tuned.current + 0.05
    assert tuned.against.difference == pytest.approx(tuned.held_out - tuned.current)
    assert tuned.held_out_interval[0] <= tuned.held_out <= tuned.held_out_interval[1]


def test_judgements_that_say_nothing_are_not_worth_it():
    def noise(query):
        generator = np.random.default_rng(int(query[1:]))
        grades = generator.integers(0, 4, 30).astype(float)
        return Candidates(generator.normal(size=(30, 2)), np.zeros(30), grades, grades)

    assert not tune(qrels(40), noise, BEFORE).against.gained


def test_ties_count_against_us():
    tied = Candidates(np.zeros((2, 1)), np.zeros(2), np.array([1.0, 0.0]), np.array([1.0, 0.0]))
    assert tied.ndcg(np.ones(1)) == pytest.approx(1 / np.log2(3))


def test_unjudged_products_count_only_where_asked():
    both = Candidates(np.array([[2.0], [1.0]]), np.zeros(2), np.array([np.nan, 1.0]), np.array([1.0]))
    assert both.ndcg(np.ones(1)) == pytest.approx(1 / np.log2(3))
    assert both.ndcg(np.ones(1), condensed=True) == 1.0


def test_the_section_is_what_the_configuration_reads(tmp_path):
    from wares.config import Config

    tuned = tune(qrels(30), ask, BEFORE)
    (tmp_path / "wares.toml").write_text(tuned.toml(), "utf-8")
    read = Config.load(tmp_path / "wares.toml", environment={}).search.weights
    assert read.words == pytest.approx(tuned.weights["words"], rel=1e-3)


def test_too_few_judged_queries_are_an_error():
    with pytest.raises(JudgementError, match="judge at least"):
        tune({**qrels(5), "none": {"p": 0}}, ask, BEFORE)
