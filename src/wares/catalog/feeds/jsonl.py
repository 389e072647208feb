"""Native JSON Lines: one canonical product a line."""

import json
from collections.abc import Iterator
from math import isinf
from pathlib import Path
from typing import Any, Never

from wares.catalog.archives import open_stream
from wares.catalog.feeds import FeedRow, Head
from wares.catalog.feeds.text import byte_lines
from wares.catalog.problems import Problems
from wares.catalog.reading import PRODUCT_KEYS
from wares.catalog.reading import product as read_product
from wares.registry import register

MAX_DIGITS = 20


@register("feed", "jsonl.v1")
class JsonLinesFeed:
    """Canonical products in the UCP/ACP shape, one JSON object a line."""

    def __init__(self, path: Path, *, currency: str = "", language: str = "") -> None:
        self.path, self.folder, self.name = path, path.parent, path.name
        self.currency, self.language = currency, language

    @staticmethod
    def recognises(head: Head) -> float:
        """Sure when the first line is an object with an id and a title and no field we do not know."""
        named = 0.2 if head.suffix in (".jsonl", ".ndjson") else 0.0
        try:
            fields = parse_json(head.text.split("\n", 1)[0]) if head.text.startswith("{") else None
        except ValueError:
            return named
        return 0.9 if isinstance(fields, dict) and {"id", "title"} <= fields.keys() <= PRODUCT_KEYS else named

    def __iter__(self) -> Iterator[FeedRow]:
        with open_stream(self.path) as stream:
            for number, line in byte_lines(stream):
                if line is None or line.strip():
                    yield parse_line(number, line)


def parse_line(number: int, line: bytes | None) -> FeedRow:
    """One line; None for one that was too long to be read."""
    problems = Problems(number)
    product = None
    if line is None:
        problems.error("", "the line is too long", "split the product, or move its reviews to a file of their own")
    else:
        try:
            product = read_product(parse_json(line.decode("utf-8-sig")), problems)
        except UnicodeDecodeError:
            problems.error("", "the line is not UTF-8", "save the file as UTF-8")
        except ValueError as error:
            problems.error("", f"the line is no JSON: {error}", "write one JSON object a line")
    return FeedRow(number, product, problems.all())


def parse_json(text: str) -> Any:
    """Parse strictly (RFC 8259): no NaN, no number beyond a double, no key twice, no lone surrogate, no deep nesting.

    Raises
    ------
    ValueError
        With what is wrong.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_integer
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if "\\ud" in text or "\\uD" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("half of a surrogate pair") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {double[:40]!r} is there twice")
    return fields


def _constant(name: str) -> Never:
    raise ValueError(f"{name} is no JSON number")


def _float(text: str) -> float:
    value = float(text) if len(text) <= 400 else float("inf")
    if isinf(value):
        raise ValueError(f"the number {text[:20]} is too large")
    return value


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS or not -(2**63) <= (value := int(text)) < 2**63:
        raise ValueError(f"the number {text[:20]}… is too large; write it in quotes")
    return value
