from pathlib import Path

from wares.bench.chorus import interleaved, tune
from wares.bench.harness import BenchOptions

# each query has one relevant product, x; setting "good" puts it first, "bad" last, except that they swap on q9
QRELS = {f"q{n}": {"x": 3, "y": 0} for n in range(10)}
RIGHT, WRONG = {"x": 2.0, "y": 1.0}, {"x": 1.0, "y": 2.0}
RUNS = {
    "good": {query: WRONG if query == "q9" else RIGHT for query in QRELS},
    "bad": {query: RIGHT if query == "q9" else WRONG for query in QRELS},
}


def test_systems_answer_each_query_before_the_next() -> None:
    asked: list[str] = []

    def rank(name: str):
        return lambda text: asked.append(f"{name} {text}") or {"x": 1.0}

    runs = interleaved({"a": {"one": rank("a1"), "two": rank("a2")}, "b": {"one": rank("b1")}}, {"q1": "s", "q2": "t"})
    assert asked == ["a1 s", "a2 s", "b1 s", "a1 t", "a2 t", "b1 t"]
    assert runs["a"]["two"] == {"q1": {"x": 1.0}, "q2": {"x": 1.0}}


def test_folded_tuning_never_sees_the_query_it_is_measured_on() -> None:
    qrels = QRELS | {"hopeless": {"x": 0}}
    run, chosen = tune(RUNS, qrels, RUNS, qrels, BenchOptions(Path()))
    assert chosen == ["good"] * 5
    assert run == RUNS["good"]  # q9 too, where the other setting would have been better


def test_two_splits_tune_on_the_first_and_report_on_the_second() -> None:
    swapped = {"good": RUNS["bad"], "bad": RUNS["good"]}
    run, chosen = tune(swapped, QRELS, RUNS, QRELS, BenchOptions(Path(), "open", "other"))
    assert (run, chosen) == (RUNS["bad"], ["bad"])
