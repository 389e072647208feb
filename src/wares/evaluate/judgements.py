"""Judgements (qrels) and runs: read from TREC, CSV and Quepid files, written as TREC.

A qrels maps query → document → grade, a run maps query → document → score. What is not in the qrels is unjudged, which
is not the same as irrelevant.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from wares.errors import JudgementError

Qrels = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Mapping[str, float]]

QUERY_COLUMNS = ("query_id", "qid", "query")
DOCUMENT_COLUMNS = ("product_id", "doc_id", "docid", "document_id", "id")
GRADE_COLUMNS = ("grade", "rating", "relevance", "label")


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read judgements from a TREC file (``query 0 document grade``) or a CSV with a header.

    A CSV names its columns as in ``QUERY_COLUMNS``, ``DOCUMENT_COLUMNS`` and ``GRADE_COLUMNS``, which covers what
    Quepid exports (``query,docid,rating``); an empty grade is an unjudged pair and left out.

    Raises
    ------
    JudgementError
        The file is of neither kind, a grade is no whole number, or one pair has two different grades.
    """
    qrels: dict[str, dict[str, int]] = {}
    for number, query, document, grade in _csv_rows(path) if path.suffix.lower() == ".csv" else _trec_rows(path):
        if grade.strip().lower() in ("", "null", "nan"):
            continue
        judged = qrels.setdefault(query, {})
        value = _grade(grade, path, number)
        if judged.setdefault(document, value) != value:
            fix = "keep one line for each query and document"
            raise JudgementError(f"{path}:{number}: {query} {document} is graded {judged[document]} before", fix=fix)
    return qrels


def read_queries(path: Path) -> dict[str, str]:
    """Query id → its words, from a CSV with the columns ``query_id`` and ``query``."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        if missing := {"query_id", "query"} - set(reader.fieldnames or ()):
            raise JudgementError(f"{path} has no column {min(missing)}", fix="a header line query_id,query")
        return {row["query_id"].strip(): (row["query"] or "").strip() for row in reader}


def read_run(path: Path) -> dict[str, dict[str, float]]:
    """Read a TREC run, ``query Q0 document rank score tag``; the score orders it, the rank is not read.

    Raises
    ------
    JudgementError
        A line has other than six columns, a score is no finite number, or a document stands twice.
    """
    run: dict[str, dict[str, float]] = {}
    for number, (query, _, document, _, score, _) in _columns(path, 6):
        scores = run.setdefault(query, {})
        try:
            value = float(score)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise JudgementError(f"{path}:{number}: {score!r} is no score", fix="a finite number in the fifth column")
        if document in scores:
            raise JudgementError(f"{path}:{number}: {document} is ranked twice", fix="one line a document and query")
        scores[document] = value
    return run


def write_qrels(path: Path, qrels: Qrels) -> None:
    """Write judgements as TREC, ordered by query and document."""
    rows = ((query, "0", document, str(grade)) for query in sorted(qrels) for document, grade in _by_id(qrels[query]))
    _write(path, rows)


def write_run(path: Path, run: Run, tag: str = "wares") -> None:
    """Write a run as TREC, best first; documents with equal scores in the order of their ids."""
    _write(
        path,
        (
            (query, "Q0", document, str(rank), repr(float(score)), tag)
            for query in sorted(run)
            for rank, (document, score) in enumerate(sorted(run[query].items(), key=lambda pair: (-pair[1], pair[0])))
        ),
    )


def answerable(qrels: Qrels, rel: int = 1) -> dict[str, Mapping[str, int]]:
    """The queries with at least one document graded ``rel`` or better: no metric can tell runs apart on the others."""
    return {query: judged for query, judged in qrels.items() if any(grade >= rel for grade in judged.values())}


def _csv_rows(path: Path) -> Iterator[tuple[int, str, str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        header = {name.strip().lower(): name for name in reader.fieldnames or ()}
        chosen = [_column(header, names, path) for names in (QUERY_COLUMNS, DOCUMENT_COLUMNS, GRADE_COLUMNS)]
        for row in reader:
            query, document, grade = ((row[name] or "").strip() for name in chosen)
            yield reader.line_num, query, document, grade


def _column(header: Mapping[str, str], names: Iterable[str], path: Path) -> str:
    for name in names:
        if name in header:
            return header[name]
    raise JudgementError(f"{path} has the columns {', '.join(header)}", fix=f"one of them must be {', '.join(names)}")


def _trec_rows(path: Path) -> Iterator[tuple[int, str, str, str]]:
    for number, (query, _, document, grade) in _columns(path, 4):
        yield number, query, document, grade


def _columns(path: Path, count: int) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            columns = line.split()
            if not columns:
                continue
            if len(columns) != count:
                fix = f"{count} columns separated by blanks, or a .csv with a header"
                raise JudgementError(f"{path}:{number} has {len(columns)} columns", fix=fix)
            yield number, columns


def _grade(text: str, path: Path, number: int) -> int:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not value.is_integer():
        raise JudgementError(f"{path}:{number}: {text!r} is no grade", fix="a whole number, 0 = not relevant")
    return int(value)


def _by_id(judged: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(judged.items())


def _write(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(" ".join(row) + "\n" for row in rows)
