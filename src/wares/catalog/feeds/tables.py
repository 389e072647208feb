"""Rows with names from CSV, TSV, JSON Lines and Parquet: bounded, with a problem for each row that cannot be read."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from wares.catalog.archives import open_stream
from wares.catalog.feeds.jsonl import parse_json
from wares.catalog.feeds.text import byte_lines, text_lines
from wares.catalog.problems import Problem
from wares.errors import FeedError

MAX_RECORD = 1_000_000  # characters of one CSV record
MAX_CELLS = 10_000
DELIMITERS = ",\t;|"
PARQUET_ROWS = 10_000

_FORMATS = {".csv": "csv", ".tsv": "tsv", ".txt": "csv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row with its cells by column, or the problem that makes it unreadable."""

    number: int
    cells: dict[str, Any]
    problem: Problem | None = None


def format_of(path: Path) -> str:
    """The format that a file's name promises."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    last = suffixes[-1] if suffixes else ""
    if last == ".parquet":
        return "parquet"
    if last not in _FORMATS:
        raise FeedError(f"what {path.name} holds is not known", fix="set format to csv, tsv, jsonl or parquet")
    return _FORMATS[last]


def table_rows(path: Path, format: str = "") -> Iterator[TableRow]:
    """The rows of a file, numbered by its lines."""
    format = format or format_of(path)
    if format == "parquet":
        return _parquet_rows(path)
    return _json_rows(path) if format == "jsonl" else _csv_rows(path, "\t" if format == "tsv" else "")


def columns_of(path: Path, format: str = "", sample: int = 200) -> dict[str, list[Any]]:
    """The columns of a file with their first values, nested objects as dotted paths."""
    found: dict[str, list[Any]] = {name: [] for name in _names(path, format or format_of(path))}
    for row, _ in zip(table_rows(path, format), range(sample), strict=False):
        for name, value in _flat(row.cells):
            found.setdefault(name, []).append(value)
    return found


def _names(path: Path, format: str) -> list[str]:
    """The header of a CSV, which says something even when no row follows."""
    if format not in ("csv", "tsv"):
        return []
    with open_stream(path) as stream:
        lines = _Lines(text_lines(stream))
        delimiter = "\t" if format == "tsv" else max(DELIMITERS, key=lines.peek().count)
        try:
            cells = next(csv.reader(lines, delimiter=delimiter), [])
        except csv.Error as error:
            raise FeedError(f"the header of {path.name} cannot be read: {error}", fix="mend its first line") from None
        return [name for name in _header(path, cells) if name]


def _flat(cells: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in cells.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _bad(number: int, reason: str, fix: str) -> TableRow:
    return TableRow(number, {}, Problem(number, "", reason, fix))


def _json_rows(path: Path) -> Iterator[TableRow]:
    with open_stream(path) as stream:
        for number, line in byte_lines(stream):
            if line is None:
                yield _bad(number, "the line is too long", "split it")
            elif line.strip():
                yield _json_row(number, line)


def _json_row(number: int, line: bytes) -> TableRow:
    try:
        value = parse_json(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _bad(number, "the line is not UTF-8", "save the file as UTF-8")
    except ValueError as error:
        return _bad(number, f"the line is no JSON: {error}", "write one JSON object a line")
    if not isinstance(value, dict):
        return _bad(number, "the line is no JSON object", "write { … }")
    return TableRow(number, value)


def _parquet_rows(path: Path) -> Iterator[TableRow]:
    import polars as pl

    try:
        rows = pl.scan_parquet(path)
        for start in range(0, rows.select(pl.len()).collect().item(), PARQUET_ROWS):
            page = rows.slice(start, PARQUET_ROWS).collect()
            for offset, cells in enumerate(page.iter_rows(named=True)):
                yield TableRow(start + offset + 1, cells)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FeedError(f"{path.name} is no Parquet file: {error}", fix="write it again") from None


# --- CSV -------------------------------------------------------------------------------------------------------------


class _Lines:
    """Feeds lines to the csv reader and remembers those of the record at hand, to go back to when it never ends."""

    def __init__(self, lines: Iterator[tuple[int, str | None]]) -> None:
        self._source = lines
        self._again: deque[tuple[int, str | None]] = deque()
        self.record: list[tuple[int, str | None]] = []
        self._size = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        number, line = self._again.popleft() if self._again else next(self._source)
        self.record.append((number, line))
        if line is None:
            raise csv.Error("the line is too long")
        self._size += len(line)
        if self._size > MAX_RECORD:
            raise csv.Error("a quote is never closed, or the row is too long")
        return line

    def peek(self) -> str:
        """The first line, which stays to be read."""
        self._again.extend(islice(self._source, 1))
        return (self._again[0][1] or "") if self._again else ""

    def start(self) -> None:
        """Begin a record."""
        self.record, self._size = [], 0

    def back_up(self) -> None:
        """Read again from the second line of a record that failed."""
        self._again.extendleft(reversed(self.record[1:]))


def _csv_rows(path: Path, delimiter: str) -> Iterator[TableRow]:
    csv.field_size_limit(MAX_RECORD + 1)
    with open_stream(path) as stream:
        lines = _Lines(text_lines(stream))
        header: list[str] = []
        reader = csv.reader(lines, delimiter=delimiter or max(DELIMITERS, key=lines.peek().count))
        while True:
            lines.start()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield _bad(lines.record[0][0], f"the row cannot be read: {error}", "mend its quotes, or split it")
                lines.back_up()
                continue
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(path, cells)
                continue
            yield _csv_row(lines.record[0][0], header, cells)


def _header(path: Path, cells: list[str]) -> list[str]:
    names = [cell.strip().lstrip("\ufeff") for cell in cells]
    while names and not names[-1]:
        names.pop()
    doubled = {name for name in names if name and names.count(name) > 1} if len(names) <= MAX_CELLS else {"…"}
    if any(_unreadable(name) for name in names):
        raise FeedError(f"the header of {path.name} is not plain text in one encoding", fix="save the file as UTF-8")
    if doubled:
        raise FeedError(f"{path.name}: column {min(doubled)[:40]!r} is there twice", fix="rename one of them")
    return names


def _unreadable(cell: str) -> str:
    """Why the cell is no text, or ""."""
    if not cell.isascii() and any("\ud800" <= letter <= "\udfff" or letter == "\ufffd" for letter in cell):
        return "it is in another encoding than the file"
    return "it holds a NUL character" if "\0" in cell else ""


def _csv_row(number: int, header: list[str], cells: list[str]) -> TableRow:
    if len(cells) > len(header):
        if any(cell.strip() for cell in cells[len(header) :]):
            reason = f"it has {len(cells)} cells, the header has {len(header)}"
            return _bad(number, reason, "put cells that hold the delimiter in quotes")
        cells = cells[: len(header)]
    for cell in cells:
        if reason := _unreadable(cell):
            return _bad(number, reason, "save the whole file as UTF-8 text")
    return TableRow(number, dict(zip(header, cells, strict=False)))
