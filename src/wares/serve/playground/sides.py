"""One of the two sides as the page shows it: what was found, in how long, and what each score is made of."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wares.errors import WaresError
from wares.serve.front import Front
from wares.serve.playground.texts import Texts
from wares.serve.storefront import formats
from wares.serve.storefront.ledgers import rounded, signed
from wares.serve.storefront.messages import Messages
from wares.serve.storefront.understood import Reader
from wares.serve.storefront.view import Card, card
from wares.stages import STAGES, listening
from wares.types import Facet, Hit, Hits, Ledger, Money

MOST_LINES = 10  # of a ledger; what is less is told together
MOST_FACETS, MOST_VALUES = 8, 3
DIGITS = 3
MONEY = ("price", "list_price")


@dataclass(frozen=True, slots=True)
class Line:
    """One contribution: its points, and its bar from ``left`` over ``width``, in hundredths of the widest ledger."""

    name: str
    points: str
    left: float
    width: float
    against: bool


@dataclass(frozen=True, slots=True)
class Move:
    """What became of a place: up, down, same, new, gone."""

    kind: str
    label: str
    long: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One hit; ``card`` is None where the product is no longer in the catalogue."""

    place: int
    id: str
    card: Card | None
    relevance: str
    score: str
    lines: tuple[Line, ...]
    move: Move | None


@dataclass(frozen=True, slots=True)
class Chip:
    words: str
    kind: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Side:
    """What one configuration answered, or why it could not."""

    hits: Hits | None
    stages: dict[str, float]
    seconds: float
    failure: WaresError | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        return self.hits.ids if self.hits is not None else ()


def answered(search: Callable[[], Hits]) -> Side:
    """Ask one side and time it; what it cannot answer is told and not raised."""
    with listening() as timed:
        began = time.perf_counter()
        try:
            hits, failure = search(), None
        except WaresError as error:
            hits, failure = None, error
        seconds = time.perf_counter() - began
    return Side(hits, timed.seconds(), seconds, failure)


def times(one: Side, other: Side) -> list[tuple[str, str, str]]:
    """Rows of milliseconds: a stage, of A, of B."""
    found = [name for name in STAGES if name in one.stages or name in other.stages]
    return [(name, _milliseconds(one.stages.get(name)), _milliseconds(other.stages.get(name))) for name in found]


def moved(before: Sequence[str], after: Sequence[str], t: Texts) -> list[Move | None]:
    """How each product of B moved since A."""
    places = {id: place for place, id in enumerate(before)}
    return [_move(places.get(id), place, t) for place, id in enumerate(after)]


def lost(before: Sequence[str], after: Sequence[str], t: Texts) -> list[Move | None]:
    """Which products of A the page of B has no more."""
    return [None if id in after else Move("gone", t("move.gone"), t("move.gone.long")) for id in before]


def scale(*sides: Side) -> tuple[float, float]:
    """The ends that the bars of all ledgers fit between, which are one scale so that they can be compared."""
    low = high = 0.0
    for side in sides:
        for hit in side.hits or ():
            for _, start, end in _steps(_entries(hit.ledger)):
                low, high = min(low, start, end), max(high, start, end)
    return low, high


def shown(side: Side, front: Front, t: Texts, ends: tuple[float, float], marks: Sequence[Move | None]) -> list[Shown]:
    """The hits of a side with their ledgers; ``marks`` are their moves."""
    if side.hits is None:
        return []
    products = {product.id: product for product in front.shop.products(side.ids)}
    words = Messages(t.language)
    found = []
    for place, (hit, mark) in enumerate(zip(side.hits, marks, strict=True)):
        lines, score = _ledger(hit, ends, words, t)
        product = products.get(hit.id)
        found.append(
            Shown(
                place=place + 1,
                id=hit.id,
                card=card(product, words, hit=hit) if product else None,
                relevance="" if math.isnan(hit.relevance) else f"{hit.relevance:.3f}",
                score=score,
                lines=lines,
                move=mark,
            )
        )
    return found


def chips(hits: Hits, front: Front, t: Texts) -> list[Chip]:
    """What was read out of the words."""
    reader = Reader(front.currency, Messages(t.language), front.names)
    return [Chip(chip.words, t(f"chip.{chip.kind}"), reader.meaning(chip.filter)) for chip in hits.understood.chips]


def heads(hits: Hits, currency: str, t: Texts) -> list[tuple[str, str]]:
    """The facets by name with their most frequent values, or the ends of their numbers."""
    return [(name, _head(facet, currency, t)) for name, facet in list(hits.facets.items())[:MOST_FACETS]]


def _head(facet: Facet, currency: str, t: Texts) -> str:
    if facet.values:
        return ", ".join(f"{each.value} ({each.count})" for each in facet.values[:MOST_VALUES])
    if math.isnan(facet.low) or math.isnan(facet.high):
        return t("nothing")
    low, high = (
        formats.money(Money(round(end), currency), t.language)
        if facet.field in MONEY
        else formats.number(end, t.language)
        for end in (facet.low, facet.high)
    )
    return t("range", low=low, high=high)


def _move(before: int | None, place: int, t: Texts) -> Move:
    if before is None:
        return Move("new", t("move.new"), t("move.new.long"))
    kind = "same" if before == place else "up" if before > place else "down"
    n = abs(before - place)
    return Move(kind, t(f"move.{kind}", n=n), t(f"move.{kind}.long", n=n))


def _entries(ledger: Ledger | None) -> list[tuple[str, float]]:
    """What counted, the largest first; what is beyond the most lines together, without a name."""
    every = sorted(ledger.entries if ledger else (), key=lambda entry: -abs(entry.value))
    if len(every) <= MOST_LINES:
        return [(entry.name, entry.value) for entry in every]
    rest = math.fsum(entry.value for entry in every[MOST_LINES - 1 :])
    return [*((entry.name, entry.value) for entry in every[: MOST_LINES - 1]), ("", rest)]


def _steps(entries: Sequence[tuple[str, float]]) -> list[tuple[str, float, float]]:
    """Each contribution begins where the one before it ended, so that the last ends at the score."""
    found, reached = [], 0.0
    for name, value in entries:
        found.append((name, reached, reached + value))
        reached += value
    return found


def _ledger(hit: Hit, ends: tuple[float, float], words: Messages, t: Texts) -> tuple[tuple[Line, ...], str]:
    """The lines, and the score that their points add up to."""
    entries, (low, high) = _entries(hit.ledger), ends
    width = (high - low) or 1.0
    points = rounded([value for _, value in entries], DIGITS)
    beyond = len(hit.ledger.entries) - MOST_LINES + 1 if hit.ledger else 0
    lines = tuple(
        Line(
            name=name or t("ledger.rest", n=beyond),
            points=signed(point, DIGITS, words),
            left=round(100 * (min(start, end) - low) / width, 2),
            width=round(100 * abs(end - start) / width, 2),
            against=end < start,
        )
        for (name, start, end), point in zip(_steps(entries), points, strict=True)
    )
    return lines, signed(sum(points), DIGITS, words, plus=False)


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:.1f}"
