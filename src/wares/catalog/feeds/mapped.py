"""Any merchant's own files, by a mapping that says what their columns mean, or one that is guessed from the header."""

import difflib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from wares.catalog.feeds import FeedRow, Head, picks
from wares.catalog.feeds.building import columns_used, finished, part_adder, product_builder
from wares.catalog.feeds.grouping import grouped
from wares.catalog.feeds.guessing import guess
from wares.catalog.feeds.spool import Spool, Spooled
from wares.catalog.feeds.tables import TableRow, columns_of, format_of, table_rows
from wares.catalog.native import Document
from wares.catalog.problems import Problem, Problems
from wares.catalog.reading import product as read_product
from wares.errors import FeedError, MappingError
from wares.mapping import Mapping, ProductSource
from wares.registry import register

Adder = Callable[[Document, dict[str, Any], Problems], None]


@register("feed", "mapped.v1")
class MappedFeed:
    """Products from CSV, TSV, JSON Lines or Parquet with a mapping.

    Parameters
    ----------
    path
        The file, or the folder that the mapping's paths start from.
    mapping
        None: it is guessed from the header; ``reasons`` then says, column by column, why it is what it is.
    currency, language
        For prices and texts that name none, when the mapping does not say.
    """

    def __init__(self, path: Path, *, mapping: Mapping | None = None, currency: str = "", language: str = "") -> None:
        self.folder = path if path.is_dir() else path.parent
        self.name = path.name
        self.reasons: tuple[str, ...] = ()
        if mapping is None:
            guessed = guess(columns_of(path))
            mapping, self.reasons = guessed.mapping, guessed.reasons
        self.mapping = mapping
        self.currency = mapping.currency or currency
        self.language = mapping.language or language
        self._only = None if path.is_dir() or any(source.path for source in mapping.products) else path
        for source in mapping.products:
            self._check_columns(source)

    @staticmethod
    def recognises(head: Head) -> float:
        """A table of any kind, when no reader knows it better."""
        try:
            format = format_of(head.path)
        except FeedError:
            return 0.0
        return 0.1 if format == "jsonl" and not head.text.startswith("{") else 0.3

    def __iter__(self) -> Iterator[FeedRow]:
        spool = Spool()
        try:
            adders = self._spool_parts(spool)
            yield from self._spooled_problems
            for source in self.mapping.products:
                for path in self._files(source):
                    yield from (
                        self._grouped(source, path) if source.grouped else self._single(source, path, spool, adders)
                    )
            for key, name, number in spool.left():
                reason = f"there is no product {key[:40]!r}"
                yield FeedRow(
                    number, None, (Problem(number, "product", reason, "correct the id, or drop the row", name),)
                )
        finally:
            spool.close()

    def _files(self, source: ProductSource) -> list[Path]:
        files = [self._only] if self._only else [self.folder / path for path in source.path]
        for file in files:
            if not file.is_file():
                raise FeedError(f"there is no {file}", fix="check the paths of the mapping")
        return files

    def _relative(self, path: Path) -> str:
        return "" if self._only else path.relative_to(self.folder).as_posix()

    def _check_columns(self, source: ProductSource) -> None:
        """A column that no file of a table has is a mistake of the mapping, told before anything is read."""
        files = [file for file in self._files(source) if (source.format or format_of(file)) != "jsonl"]
        if not files:
            return
        known = {column for file in files for column in columns_of(file, source.format, sample=1)}
        for column in columns_used(source.fields) if known else ():
            if column not in known:
                near = difflib.get_close_matches(column, known, n=1)
                fix = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"
                raise MappingError(f"no file of the feed has a column {column!r}", fix=fix)

    def _spool_parts(self, spool: Spool) -> dict[str, Adder]:
        adders: dict[str, Adder] = {}
        self._spooled_problems: list[FeedRow] = []
        for part in self.mapping.parts:
            key = picks.text(part.product)
            for path in part.path:
                adders[path] = part_adder(part, self.currency, path)
                for row in table_rows(self.folder / path, part.format):
                    if row.problem:
                        self._spooled_problems.append(_unreadable(row, path))
                    else:
                        spool.add(key(row.cells), Spooled(path, row.number, row.cells))
        return adders

    def _single(self, source: ProductSource, path: Path, spool: Spool, adders: dict[str, Adder]) -> Iterator[FeedRow]:
        build = product_builder(source.fields, self.mapping.parts, self.currency, self._relative(path), self.language)
        name = self._relative(path) if len(self.mapping.sources) > 1 or len(source.path) > 1 else ""
        for row in table_rows(path, source.format):
            if row.problem:
                yield _unreadable(row, name)
                continue
            problems = Problems(row.number, name)
            document = build(row.cells, problems)
            parts = spool.take(document["id"]) if adders else []
            errors: list[Problem] = []
            for part in parts:
                inner = Problems(part.number, part.source)
                adders[part.source](document, part.fields, inner)
                errors.extend(inner.all())
            product = read_product(finished(document), problems)
            yield FeedRow(row.number, product, (*problems.all(), *errors))

    def _grouped(self, source: ProductSource, path: Path) -> Iterator[FeedRow]:
        build = product_builder(source.fields, (), self.currency, self._relative(path), self.language)
        key, spool = picks.text(source.fields.id), Spool()
        try:
            for row in table_rows(path, source.format):
                if row.problem:
                    yield _unreadable(row, "")
                else:
                    spool.add(key(row.cells), Spooled("", row.number, row.cells))
            for _, rows in spool.groups():
                yield grouped(rows, build)
        finally:
            spool.close()


def _unreadable(row: TableRow, source: str) -> FeedRow:
    assert row.problem is not None
    found = row.problem
    return FeedRow(row.number, None, (Problem(found.row, found.field, found.reason, found.fix, source),))
