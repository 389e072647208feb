"""Golden queries: what is asked before something goes live, and whether it is worse than what was live before.

A merchant's own stand in ``golden.jsonl`` in the shop's folder, one a line, with the products that must be on the first
page, or with their grades (0: not relevant)::

    {"query": "running shoes", "language": "en", "products": ["p1", "p2"]}
    {"query": "跑鞋", "language": "zh", "products": {"p1": 3, "p7": 1}}

The others are made from the catalogue: parts of titles, and brand with kind, in each language that a product has.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Annotated, Any

import numpy as np
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wares.errors import JudgementError
from wares.evaluate.compare import paired
from wares.evaluate.metrics import Metric, metric
from wares.protocols import Analyzer
from wares.search.selftaught import word_queries
from wares.types import Hits, Product, Query

NAME = "golden.jsonl"
MOST, MAX_BYTES = 200, 1_000_000  # queries and bytes of a merchant's file
SHARED = 20  # a brand and kind that more products have says little of any of them
DEPTH = 10
METRICS = (("RR@10", False), ("R@10", False), ("nDCG@10", True))  # and whether of the merchant's own queries
VECTORS = "vectors"
CHANCE = 0.01  # a loss that chance explains more often than this is none

Id = Annotated[str, Field(min_length=1, max_length=200)]
Grade = Annotated[int, Field(ge=0, le=100)]


@dataclass(frozen=True, slots=True)
class GoldenQuery:
    """Words, and the grades of the products that they ask for; ``written``: by the merchant."""

    text: str
    language: str
    grades: Mapping[str, int]
    written: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Where products of a golden query stood, from 0, if on the first page; ``without``: parts that were missing."""

    ranks: Mapping[str, int]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Before and after.

    Attributes
    ----------
    means
        Metric → mean before, mean after, and the probability of such a difference by chance.
    lost
        Golden queries of the merchant that lost a product from the first page.
    worse
        What is measurably worse, in words; empty: nothing.
    """

    queries: int = 0
    means: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    worse: str = ""

    def facts(self) -> dict[str, Any]:
        """The same, to be kept as JSON."""
        return asdict(self)


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    query: Annotated[str, Field(min_length=1, max_length=300)]
    products: (
        Annotated[list[Id], Field(min_length=1, max_length=50)]
        | Annotated[dict[Id, Grade], Field(min_length=1, max_length=50)]
    )
    language: Annotated[str, Field(max_length=20, pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]+)*)?$")] = ""


def read(path: Path) -> list[GoldenQuery]:
    """A merchant's golden queries; none where there is no file.

    Raises
    ------
    JudgementError
        A line that is none, with its number and what to write; more lines or bytes than are read.
    """
    if not path.exists():
        return []
    if path.stat().st_size > MAX_BYTES:
        raise JudgementError(f"{path.name} has more than {MAX_BYTES:,} bytes", fix=f"keep {MOST} queries")
    lines = [(number, line) for number, line in enumerate(path.read_bytes().splitlines(), 1) if line.strip()]
    if len(lines) > MOST:
        raise JudgementError(f"{path.name} has {len(lines):,} queries", fix=f"keep the {MOST} that matter most")
    return [_golden(line, f"{path.name} line {number}") for number, line in lines]


def _golden(line: bytes, where: str) -> GoldenQuery:
    fix = 'write {"query": "running shoes", "language": "en", "products": ["p1"]}'
    try:
        read = _Line.model_validate(orjson.loads(line))
    except orjson.JSONDecodeError as error:
        raise JudgementError(f"{where} is no JSON: {error}", fix=fix) from None
    except ValidationError as error:
        first = error.errors()[0]
        named = str(first["loc"][0]) if first["loc"] else "line"
        raise JudgementError(f"{where}, {named}: {first['msg']}", fix=fix) from None
    grades = read.products if isinstance(read.products, dict) else dict.fromkeys(read.products, 1)
    return GoldenQuery(read.query, read.language, grades, written=True)


def known_items(
    products: Sequence[Product], analyzer: Analyzer, having: Callable[[str, str], Collection[str]], most: int, seed: int
) -> list[GoldenQuery]:
    """At most ``most`` queries whose answers the catalogue itself tells.

    Parameters
    ----------
    having
        Brand, category → the ids of all products that have both.
    """
    titles = word_queries(products, analyzer, Random(seed))
    found = [
        GoldenQuery(asked.query.text, asked.query.language, {asked.product.id: 1})
        for asked in titles
        if asked.product is not None and not asked.names_shelf
    ]
    for product in products:
        if product.brand and product.categories:
            ids = having(product.brand, product.categories[0].value)
            if 0 < len(ids) <= SHARED:
                kinds = ((tag, f"{product.brand} {kind}") for tag, kind in _kinds(product))
                found += [GoldenQuery(text, tag, dict.fromkeys(ids, 1)) for tag, text in kinds]
    distinct = list({(each.text, each.language): each for each in found}.values())
    return Random(seed).sample(distinct, min(most, len(distinct)))


def _kinds(product: Product) -> list[tuple[str, str]]:
    """The name of its deepest category, by language."""
    paths = [(product.language, product.categories[0].value)]
    paths += [(tag, each.categories[0]) for tag, each in product.translations.items() if each.categories]
    return [(tag, path.split(">")[-1].strip()) for tag, path in paths]


def placed(search: Callable[[Query], Hits], queries: Sequence[GoldenQuery], page_size: int) -> list[Placed]:
    """Ask the queries."""
    found = []
    for each in queries:
        hits = search(Query(each.text, language=each.language, page_size=max(page_size, DEPTH)))
        ranks = {id: rank for rank, id in enumerate(hits.ids) if id in each.grades}
        found.append(Placed(ranks, hits.degraded))
    return found


def compare(
    queries: Sequence[GoldenQuery],
    before: Sequence[Placed],
    after: Sequence[Placed],
    *,
    margin: float,
    page_size: int,
    seed: int = 0,
) -> Verdict:
    """Whether what comes after is measurably worse.

    It is where a mean fell by more than the margin and chance does not explain it (the randomisation test of
    :func:`wares.evaluate.compare.paired`), where a merchant's query lost a product from the first page, or where the
    ranker failed. A query that was answered without a part before, or without vectors after, says nothing.
    """
    asked = zip(queries, before, after, strict=True)
    sound = [each for each in asked if not each[1].without and VECTORS not in each[2].without]
    if failed := sum(bool(a.without) for _, _, a in sound):
        return Verdict(len(sound), worse=f"the ranker failed in {failed} of {len(sound)} queries")
    lost = tuple(
        f"{q.text!r} lost {id}"
        for q, b, a in sound
        for id, grade in q.grades.items()
        if q.written and grade and b.ranks.get(id, page_size) < page_size <= a.ranks.get(id, page_size)
    )
    worse = [f"{len(lost)} golden products left the first page: {', '.join(lost[:3])}"] if lost else []
    means: dict[str, tuple[float, float, float]] = {}
    for name, written in METRICS:
        chosen = [each for each in sound if each[0].written is written and any(each[0].grades.values())]
        if not chosen:
            continue
        measure = metric(name)
        old, new = ([_value(measure, q, each[side]) for q, *each in chosen] for side in (0, 1))
        change = paired(new, old, seed)
        means[name] = (float(np.mean(old)), float(np.mean(new)), change.p)
        if change.difference < -margin and change.p <= CHANCE:
            worse.append(f"{name} fell from {means[name][0]:.3f} to {means[name][1]:.3f} (p = {change.p:.4f})")
    return Verdict(len(sound), means, lost, "; ".join(worse))


def _value(measure: Metric, query: GoldenQuery, placed: Placed) -> float:
    """A metric of one answer."""
    ranked = np.full(max(placed.ranks.values(), default=-1) + 1, np.nan)
    for id, rank in placed.ranks.items():
        ranked[rank] = query.grades[id]
    return measure(ranked, np.array(list(query.grades.values()), np.float64))
