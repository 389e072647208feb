from wares.evaluate.report import report

QRELS = {"q1": {"a": 1, "b": 0}, "q2": {"a": 1, "b": 0}, "q3": {"a": 0}}
GOOD = {"q1": {"a": 2.0, "b": 1.0}, "q2": {"a": 2.0, "b": 1.0}, "q3": {"a": 1.0}}
BAD = {"q1": {"a": 1.0, "b": 2.0}, "q2": {"a": 1.0, "b": 2.0}}


def test_runs_stand_beside_each_other_over_the_answerable_queries() -> None:
    made = report(QRELS, {"good": GOOD, "bad": BAD}, ["RR", "P@1"], seed=0)
    assert (made.queries, made.left_out) == (2, 1)
    assert made.means == {"good": {"RR": 1.0, "P@1": 1.0}, "bad": {"RR": 0.5, "P@1": 0.0}}
    assert made.intervals["bad"]["RR"] == (0.5, 0.5)
    assert set(made.against) == {"bad"}
    assert made.against["bad"]["P@1"].difference == 1.0
    assert made.values["bad"]["RR"] == {"q1": 0.5, "q2": 0.5}
