from pathlib import Path

import pytest

from wares.errors import JudgementError
from wares.evaluate.judgements import answerable, read_qrels, read_queries, read_run, write_qrels, write_run


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_trec_qrels_and_runs_come_back_as_written(tmp_path: Path) -> None:
    qrels = {"q1": {"a": 3, "b": 0}, "q2": {"a": -1}}
    write_qrels(tmp_path / "qrels", qrels)
    assert (tmp_path / "qrels").read_text().splitlines()[0] == "q1 0 a 3"
    assert read_qrels(tmp_path / "qrels") == qrels
    run = {"q1": {"a": 0.1 + 0.2, "b": 7.0}, "q2": {"c": -1e-300}}
    write_run(tmp_path / "run", run, tag="t")
    assert (tmp_path / "run").read_text().splitlines()[0] == "q1 Q0 b 0 7.0 t"
    assert read_run(tmp_path / "run") == run


def test_a_csv_is_read_by_its_header(tmp_path: Path) -> None:
    text = "\ufeffquery_id,product_id,grade,source\nQ1,10,3,x\nQ1,11,0.0,y\n"
    assert read_qrels(written(tmp_path, "a.csv", text)) == {"Q1": {"10": 3, "11": 0}}


def test_a_quepid_export_is_read_and_unrated_is_unjudged(tmp_path: Path) -> None:
    text = 'query,docid,rating\n"red, shoes",10,2\n"red, shoes",11,\n手机壳,12,1\n'
    assert read_qrels(written(tmp_path, "quepid.csv", text)) == {"red, shoes": {"10": 2}, "手机壳": {"12": 1}}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "query,docid\nq,1\n", "grade, rating"),
        ("a.csv", "query,docid,rating\nq,1,high\n", "a.csv:2: 'high' is no grade"),
        ("a.csv", "query,docid,rating\nq,1,1.5\n", "is no grade"),
        ("a.csv", "query,docid,rating\nq,1,1\nq,1,2\n", "graded 1 before"),
        ("qrels", "q 0 d\n", "qrels:1 has 3 columns"),
    ],
)
def test_bad_judgements_say_where(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(JudgementError, match=message):
        read_qrels(written(tmp_path, name, text))


@pytest.mark.parametrize("line", ["q Q0 d 1 nan t", "q Q0 d 1 high t", "q Q0 d 1 2.0", "q Q0 d 1 2 t\nq Q0 d 2 1 t"])
def test_bad_runs_say_where(tmp_path: Path, line: str) -> None:
    with pytest.raises(JudgementError, match="run:"):
        read_run(written(tmp_path, "run", line + "\n"))


def test_a_repeated_equal_judgement_is_one(tmp_path: Path) -> None:
    assert read_qrels(written(tmp_path, "qrels", "q 0 d 1\n\nq 0 d 1\n")) == {"q": {"d": 1}}


def test_queries_without_anything_relevant_are_not_answerable() -> None:
    qrels = {"q1": {"a": 0}, "q2": {"a": 1}, "q3": {"a": 2}}
    assert set(answerable(qrels)) == {"q2", "q3"}
    assert set(answerable(qrels, rel=2)) == {"q3"}


def test_the_words_of_queries_are_read_by_id(tmp_path):
    (tmp_path / "queries.csv").write_text("query_id,query\n1, red shoe \n2,\u9774\n", "utf-8")
    assert read_queries(tmp_path / "queries.csv") == {"1": "red shoe", "2": "\u9774"}
    (tmp_path / "other.csv").write_text("id,query\n1,shoe\n", "utf-8")
    with pytest.raises(JudgementError, match="no column query_id"):
        read_queries(tmp_path / "other.csv")
