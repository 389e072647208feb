"""One reader a format: files → products, row by row.

A reader is registered as ``@register("feed", "name.v1")`` and says by ``recognises`` how sure it is of a file.
"""

import csv
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from wares import registry
from wares.catalog.archives import is_archive, open_stream, unpack
from wares.catalog.feeds.text import encoding_of
from wares.catalog.problems import Problem
from wares.errors import FeedError
from wares.types import Product

HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A row of a feed: ``number`` is the line it starts at; ``product`` is None when it is rejected.

    ``left_out``: it is none because the merchant does not sell it, which is no mistake.
    """

    number: int
    product: Product | None
    problems: tuple[Problem, ...] = ()
    left_out: bool = False


class Feed(Protocol):
    """Products with their rows, in order; ``folder`` is what photos' paths start from, None where there is none.

    ``language`` is that of texts too short to tell, ``currency`` the only one its prices may be in (empty: the first
    product's). Iterating raises FeedError where the rest of the file cannot be read at all.
    """

    @property
    def folder(self) -> Path | None: ...

    @property
    def name(self) -> str: ...

    @property
    def currency(self) -> str: ...

    @property
    def language(self) -> str: ...

    def __iter__(self) -> Iterator[FeedRow]: ...


@dataclass(frozen=True, slots=True)
class Rows:
    """A feed of rows that were read already; paths of photos lead nowhere."""

    rows: Iterable[FeedRow]
    name: str
    currency: str = ""
    language: str = ""
    folder: None = None

    def __iter__(self) -> Iterator[FeedRow]:
        return iter(self.rows)


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file: enough to tell what it is."""

    path: Path
    suffix: str
    text: str

    @property
    def header(self) -> tuple[str, ...]:
        """The cells of the first line, small and trimmed."""
        line = (self.text.splitlines() or [""])[0]
        mark = "\t" if "\t" in line else max(",;|", key=line.count)
        return tuple(cell.strip().lower() for cell in next(csv.reader([line], delimiter=mark), []))


def read_head(path: Path) -> Head:
    """Look at the first bytes of a file, inflated."""
    with open_stream(path) as stream:
        data = stream.read(HEAD_BYTES)
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    text = data.decode(encoding_of(data), errors="replace")
    return Head(path, suffixes[-1] if suffixes else "", text.lstrip("\ufeff \r\n"))


def open_feed(path: Path, *, format: str = "", **settings: Any) -> Feed:
    """A reader for the file.

    Parameters
    ----------
    path
        A file, plain or gzip, or a zip or tar that holds one feed beside its photos.
    format
        The registered name of a reader; empty: the one that recognises the file.
    settings
        The reader's own: ``currency`` and ``language`` for values that name none, ``mapping`` for ``mapped.v1``.

    Raises
    ------
    FeedError
        There is no such file, or no reader knows it.
    """
    if not path.exists():
        raise FeedError(f"there is no {path}", fix="check the path")
    if is_archive(path):
        return _open_archive(path, format, settings)
    mapped = "mapped.v1" if settings.get("mapping") is not None else ""
    feed: Feed = registry.create("feed", format or mapped or recognise(path), path=path, **settings)
    return feed


def recognise(path: Path) -> str:
    """The registered name of the reader that is surest of the file."""
    if path.is_dir():
        raise FeedError(f"{path} is a folder", fix="name the feed file, or a mapping that lists the files")
    head = read_head(path)
    sure = {name: _reader(name).recognises(head) for name in registry.names("feed")}
    best = max(sure, key=lambda name: sure[name], default="")
    if not best or sure[best] <= 0:
        raise FeedError(f"no reader knows {path.name}", fix="name one with --format, or write a mapping")
    return best


def _reader(name: str) -> Any:
    return registry.factory("feed", name)


class _Unpacked:
    """A feed inside an archive, with the folder it was unpacked into."""

    def __init__(self, feed: Feed, folder: "tempfile.TemporaryDirectory[str]") -> None:
        self._feed, self._keep = feed, folder
        self.folder, self.name = feed.folder, feed.name
        self.currency, self.language = feed.currency, feed.language

    def __iter__(self) -> Iterator[FeedRow]:
        return iter(self._feed)


def _open_archive(path: Path, format: str, settings: dict[str, Any]) -> Feed:
    keep = tempfile.TemporaryDirectory(prefix="wares-feed-")
    files = unpack(path, Path(keep.name))
    if settings.get("mapping") is not None:
        return _Unpacked(open_feed(Path(keep.name), format=format, **settings), keep)
    kinds = (".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".xml", ".parquet")
    feeds = [file for file in files if file.suffix.lower() in kinds]
    if len(feeds) != 1:
        raise FeedError(f"{path.name} holds {len(feeds)} feed files", fix="pack exactly one, or write a mapping")
    return _Unpacked(open_feed(feeds[0], format=format, **settings), keep)
