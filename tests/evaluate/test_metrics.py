import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wares.errors import JudgementError
from wares.evaluate.metrics import by_query, grades, metric

NAMES = [
    "nDCG@10", "nDCG@3", "nDCG", "nDCG(judged_only=True)@5", "RR", "RR@2", "R@5", "R(rel=2)@3",
    "P@5", "P(rel=3)@2", "AP", "AP(rel=2)", "AP@4",
]  # fmt: skip

DOCUMENTS = st.sampled_from([f"d{i}" for i in range(14)])
QRELS = st.dictionaries(st.sampled_from(["q1", "q2", "q3"]), st.dictionaries(DOCUMENTS, st.integers(0, 3), min_size=1))
# whole numbers apart, so that no two documents of a query tie: peers break ties by id
RANKING = st.lists(DOCUMENTS, unique=True, min_size=1).map(lambda ids: {d: float(-i) for i, d in enumerate(ids)})


@settings(max_examples=150, deadline=None)
@given(QRELS.filter(bool), st.data())
def test_every_metric_agrees_with_ir_measures(qrels: dict[str, dict[str, int]], data: st.DataObject) -> None:
    ir_measures = pytest.importorskip("ir_measures")
    run = {query: data.draw(RANKING) for query in qrels}
    measures = {name: ir_measures.parse_measure(name) for name in NAMES}
    ours = by_query(run, qrels, NAMES)
    theirs = {(m.query_id, str(m.measure)): m.value for m in ir_measures.iter_calc([*measures.values()], qrels, run)}
    for name, measure in measures.items():
        for query in qrels:
            assert ours[name][query] == pytest.approx(theirs[query, str(measure)], abs=1e-9), (name, query)


def test_judged_share_agrees_with_ir_measures() -> None:
    ir_measures = pytest.importorskip("ir_measures")
    qrels = {"q": {"a": 0, "b": 2}}
    run = {"q": {"a": 3.0, "x": 2.0, "b": 1.0, "y": 0.5}}
    expected = {str(m.measure): m.value for m in ir_measures.iter_calc([ir_measures.Judged @ 3], qrels, run)}
    assert by_query(run, qrels, ["Judged@3"])["Judged@3"]["q"] == pytest.approx(expected["Judged@3"])


def test_a_tie_never_helps() -> None:
    scores = {"good": 1.0, "bad": 1.0, "unjudged": 1.0, "top": 2.0}
    ranked = grades(scores, {"good": 3, "bad": 0, "top": 1})
    assert ranked[0] == 1
    assert ranked[3] == 3  # after everything it ties with
    assert np.isnan(ranked[1:3]).sum() == 1


def test_a_query_the_run_lacks_counts_0_and_one_nobody_judged_is_not_counted() -> None:
    values = by_query({"q1": {"a": 1.0}, "other": {"a": 1.0}}, {"q1": {"a": 1}, "q2": {"b": 1}}, ["nDCG@10"])
    assert values == {"nDCG@10": {"q1": 1.0, "q2": 0.0}}


@pytest.mark.parametrize("name", ["nDCG10", "MRR@10", "nDCG(rel=2)@10", "RR(judged_only=True)", "nDCG@", ""])
def test_a_name_that_cannot_be_read_is_an_error(name: str) -> None:
    with pytest.raises(JudgementError):
        metric(name)
