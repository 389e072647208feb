"""The no-result ladder: what is tried where nothing was found, step by step, each step told.

1. another spelling: the correction that was applied is undone, or the one that was offered is applied;
2. what was read out of the words and narrows the result set, one at a time, what a shopper misses least first
   (colour, size, brand …), then all of it together;
3. a price that was read out of the words: a quarter wider, then any.

What a shopper chose by hand (``Query.filters``) stays, and so does what the words rule out: "without nuts" may be an
allergy. Words are not left out: how much of a query must match is what ``match_share`` says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Generic, TypeVar

from wares.search.notices import listed, notice
from wares.types import Between, Chip, Notice, Query, Understood, fields_of

T = TypeVar("T")

MOST_STEPS = 6
WIDER = 0.25
# From what is missed least on; fields that are not named stand before the category.
COSTS = {"color": 0, "photo_color": 0, "size": 1, "rating": 2, "in_stock": 3, "brand": 4, "category": 6}
OTHER_COST = 5
SINGLES = 3  # chips that are dropped alone


@dataclass(frozen=True, slots=True)
class Step:
    """A query that asks for less, and what the shopper is told if it is the one that finds something."""

    query: Query
    notice: Notice


@dataclass(frozen=True, slots=True)
class Climbed(Generic[T]):
    """The step that found ``total`` products, what its attempt gave, and how many steps were ``tried``."""

    step: Step
    total: int
    found: T
    tried: int


def climb(
    query: Query,
    understood: Understood,
    attempt: Callable[[Query], tuple[int, T]],
    *,
    most: int = MOST_STEPS,
) -> Climbed[T] | None:
    """Try the steps until one finds something; None where none of the first ``most`` does.

    Parameters
    ----------
    attempt
        A query → the size of its result set, and anything.
    """
    for tried, step in enumerate(islice(steps(query, understood), most), 1):
        total, found = attempt(step.query)
        if total:
            return Climbed(step, total, found, tried)
    return None


def steps(query: Query, understood: Understood) -> Iterator[Step]:
    """The steps in their order, none twice; each starts from the query as it was asked."""
    seen = [query]
    for step in _steps(query, understood):
        if step.query not in seen:
            seen.append(step.query)
            yield step


def _steps(query: Query, understood: Understood) -> Iterator[Step]:
    language = understood.language
    yield from _spellings(query, understood)
    chips = [chip for chip in understood.chips if chip.kind == "filter"]
    free = sorted((chip for chip in chips if not _is_price(chip)), key=lambda chip: (_cost(chip), chip.key))
    for chip in free[:SINGLES]:
        yield Step(_without(query, chip), _told(chip, language))
    if len(free) > 1:
        words = listed((chip.words for chip in free), language)
        yield Step(_without(query, *free), notice("chips_dropped", language, words=words))
    for chip in chips:
        if _is_price(chip):
            yield from _prices(query, chip, language)


def _spellings(query: Query, understood: Understood) -> Iterator[Step]:
    correction = understood.correction
    if correction is None or query.literal:
        return
    values: dict[str, object] = {"original": correction.original, "corrected": correction.text}
    if correction.applied:
        yield Step(replace(query, literal=True), notice("uncorrected", understood.language, **values))
    else:
        yield Step(replace(query, text=correction.text), notice("corrected", understood.language, **values))


def _prices(query: Query, chip: Chip, language: str) -> Iterator[Step]:
    dropped = _without(query, chip)
    if isinstance(chip.filter, Between):
        low, high = chip.filter.low, chip.filter.high
        wider = replace(
            chip.filter,
            low=None if low is None else low * (1 - WIDER),
            high=None if high is None else high * (1 + WIDER),
        )
        told = notice("price_widened", language, words=chip.words, percent=round(100 * WIDER))
        yield Step(replace(dropped, filters=(*query.filters, wider)), told)
    yield Step(dropped, _told(chip, language))


def _without(query: Query, *chips: Chip) -> Query:
    return replace(query, dropped=tuple(dict.fromkeys((*query.dropped, *(chip.key for chip in chips)))))


def _is_price(chip: Chip) -> bool:
    return "price" in fields_of(chip.filter)


def _cost(chip: Chip) -> int:
    return max((COSTS.get(field, OTHER_COST) for field in fields_of(chip.filter)), default=OTHER_COST)


def _told(chip: Chip, language: str) -> Notice:
    fields = fields_of(chip.filter)
    about = next((field for field in ("color", "size", "brand", "price") if field in fields), "")
    words = f"size {chip.words}" if about == "size" and chip.words.isdigit() else chip.words
    return notice(f"chip_dropped.{about}" if about else "chip_dropped", language, words=words)
