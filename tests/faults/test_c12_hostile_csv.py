"""C12: CSV with an endless line, NUL, mixed encodings or formulas: bounded, told row by row, harmless when exported."""

import csv
import io

import pytest

from media_makers import peak_growth
from wares.catalog import report
from wares.catalog.feeds import open_feed, tables
from wares.catalog.feeds import text as text_of_feeds
from wares.catalog.ingest import ingest
from wares.catalog.store import CatalogStore
from wares.errors import FeedError

HEADER = b"id,title,note\n"


def rows_of(path):
    return list(open_feed(path, language="en"))


def written(tmp_path, *parts: bytes, name: str = "feed.csv"):
    path = tmp_path / name
    with path.open("wb") as file:
        for part in parts:
            file.write(part)
    return path


def endless_line(tmp_path, megabytes: int):
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        file.write(HEADER + b"1,first,x\n2,")
        for _ in range(megabytes):
            file.write(b"a" * 1_000_000)
        file.write(b",x\n3,third,x\n")
    return path


def assert_endless_line_is_bounded(path) -> None:
    rows = rows_of(path)
    assert [row.product.id for row in rows if row.product] == ["1", "3"]
    (bad,) = (row for row in rows if row.product is None)
    assert (bad.number, bad.problems[0].reason) == (3, "the row cannot be read: the line is too long")


def test_an_endless_line_costs_its_row_and_no_memory(tmp_path):
    path = endless_line(tmp_path, 150)
    rows_of(written(tmp_path, HEADER))
    assert peak_growth(lambda: assert_endless_line_is_bounded(path)) < 100_000_000


def test_a_quote_that_is_never_closed_costs_its_row_only(tmp_path):
    body = b"".join(b"%d,thing %d,plain words that fill the line\n" % (n, n) for n in range(2, 40_000))
    rows = rows_of(written(tmp_path, HEADER, b'1,"open,x\n', body))
    assert [row.number for row in rows if row.product is None] == [2]
    assert sum(row.product is not None for row in rows) == 39_998


def test_nul_is_told_by_line(tmp_path):
    rows = rows_of(written(tmp_path, HEADER, b"1,a,x\n2,b\0c,x\n3,c,x\n"))
    assert [(row.number, row.product is None) for row in rows] == [(2, False), (3, True), (4, False)]
    assert "NUL" in rows[1].problems[0].reason


def test_a_line_in_another_encoding_is_told_and_the_rest_goes_in(tmp_path):
    good = "".join(f"{n},Käse Nr {n},wörter\n" for n in range(50)).encode()
    rows = rows_of(written(tmp_path, HEADER, good, "x,Käse,x\n".encode("cp1252"), b"y,last,x\n"))
    (bad,) = (row for row in rows if row.product is None)
    assert (bad.number, bad.problems[0].reason) == (52, "it is in another encoding than the file")
    assert rows[0].product.title == "Käse Nr 0"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_common_encodings_are_told_apart(tmp_path, encoding):
    text = "id,标题,品牌\n1,红色连衣裙夏季新款,小米\n2,蓝色衬衫长袖,华为\n"
    rows = rows_of(written(tmp_path, text.encode(encoding)))
    assert [row.product.title for row in rows] == ["红色连衣裙夏季新款", "蓝色衬衫长袖"]


def test_western_files_of_old_spreadsheets_are_read(tmp_path):
    rows = rows_of(written(tmp_path, "id,title\n1,Müsli für Kinder\n2,Crème brûlée\n".encode("cp1252")))
    assert [row.product.title for row in rows] == ["Müsli für Kinder", "Crème brûlée"]


@pytest.mark.parametrize(
    "header", [b"id,ti\x80tle\n", b"id,title\0\n", b"id,title,id\n", b'"' + b"a" * 1_100_000 + b"\n"]
)
def test_a_header_that_is_none_refuses_the_file(tmp_path, header):
    with pytest.raises(FeedError):
        rows_of(written(tmp_path, header, "1,käse\n".encode() * 99))


def test_too_many_and_too_few_cells(tmp_path):
    rows = rows_of(written(tmp_path, HEADER, b"1,a,x,more,cells\n2,b\n3,c,x,,\n"))
    assert [row.product is None for row in rows] == [True, False, False]
    assert "header has 3" in rows[0].problems[0].reason


def assert_harmless(text: str) -> None:
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert len(cells) > 6
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]


def held_report(tmp_path):
    path = written(tmp_path, b"id,title,=cmd|' /C calc'!A0\n", b"1,a,x\n,b,x\n2,,x\n")
    return ingest(open_feed(path), CatalogStore(f"sqlite:///{tmp_path}/a.sqlite"))


def test_formulas_are_neutralised_on_export(tmp_path):
    formulas = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
    assert all(report.neutral(formula) == f"'{formula}" for formula in formulas)
    assert report.neutral("plain") == "plain"
    found = held_report(tmp_path)
    assert found.bad_rows == 2
    assert_harmless(found.to_csv())


def test_without_the_bound_on_lines_the_case_fails(tmp_path, monkeypatch):
    whole = text_of_feeds.text_lines
    monkeypatch.setattr(tables, "text_lines", lambda stream: whole(stream, 10**9))
    monkeypatch.setattr(tables, "MAX_RECORD", 10**9)
    with pytest.raises(AssertionError):
        assert_endless_line_is_bounded(endless_line(tmp_path, 20))


def test_without_neutralising_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "neutral", lambda cell: cell)
    found = held_report(tmp_path)
    bad = report.Problem(1, "=1+1", "x", "y")
    from dataclasses import replace

    with pytest.raises(AssertionError):
        assert_harmless(replace(found, rejected=(bad, *found.rejected)).to_csv())
