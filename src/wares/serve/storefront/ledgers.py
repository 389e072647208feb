"""A ledger as a page shows it: what counted, in words and in points that add up to the score as it is shown."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wares.serve.storefront import formats
from wares.serve.storefront.messages import Messages
from wares.types import Counterfactual, Entry, Ledger

MOST = 8
SMALL = 0.005  # of all that was said for and against: what is less is told in one line
_COLUMNS = ("price", "newest", "rating")


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of a ledger: ``share`` in percent of all that was said for and against, ``points`` with their sign.

    ``points`` is empty where the line is a column that the results are sorted by, which is no sum.
    """

    label: str
    share: int
    against: bool
    points: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The lines of a ledger, what counts most first, and the score that their points add up to."""

    reasons: tuple[Reason, ...] = ()
    score: str = ""


def told(ledger: Ledger | None, t: Messages) -> Told:
    """A ledger in words; what counts little is told together."""
    if ledger is None or not ledger.entries:
        return Told()
    said = math.fsum(abs(entry.value) for entry in ledger.entries) or 1.0
    ordered = sorted(ledger.entries, key=lambda entry: -abs(entry.value))
    large = [entry for entry in ordered[:MOST] if abs(entry.value) >= SMALL * said]
    small = math.fsum(entry.value for entry in ordered[len(large) :])
    lines = [(_label(entry, t), entry.value) for entry in large]
    if len(large) < len(ordered) and small:
        lines.append((t("why.rest"), small))
    if len(ordered) == 1 and ordered[0].name in _COLUMNS:
        return Told((Reason(lines[0][0], 100, False),))
    digits = 2 if said >= 0.1 else 4
    points = rounded([value for _, value in lines], digits)
    reasons = tuple(
        Reason(label, round(100 * abs(value) / said), value < 0, signed(point, digits, t))
        for (label, value), point in zip(lines, points, strict=True)
    )
    return Told(reasons, signed(sum(points), digits, t, plus=False))


def rounded(values: Sequence[float], digits: int) -> list[int]:
    """Values as whole numbers of their last digit that add up to their rounded sum (largest remainders)."""
    scaled = [value * 10**digits for value in values]
    floors = [math.floor(value) for value in scaled]
    missing = round(math.fsum(scaled)) - sum(floors)
    largest_first = sorted(range(len(scaled)), key=lambda place: floors[place] - scaled[place])
    for place in largest_first[: max(missing, 0)]:
        floors[place] += 1
    return floors


def signed(points: int, digits: int, t: Messages, *, plus: bool = True) -> str:
    """ "+1.40", "−0.25"."""
    sign = "−" if points < 0 else "+" if plus else ""
    whole, part = divmod(abs(points), 10**digits)
    return f"{sign}{formats.number(whole, t.language)}.{part:0{digits}}"


def supposed(counterfactuals: Sequence[Counterfactual], t: Messages) -> list[str]:
    """Where the product would stand if one thing were otherwise."""
    return [_supposed(each, t) for each in counterfactuals]


def _supposed(each: Counterfactual, t: Messages) -> str:
    change = each.change[:1].upper() + each.change[1:]
    if each.then is None:
        return t("supposed.gone", change=change)
    key = "supposed.same" if each.then == each.now else "supposed"
    return t(key, change=change, place=each.then + 1)


def _label(entry: Entry, t: Messages) -> str:
    """An entry in words; ``words:title:mug`` is one word's part."""
    route, _, rest = entry.name.partition(":")
    field, _, term = rest.partition(":")
    if route == "words" and term:
        return t("why.word", term=term, field=t.name("field", field).lower())
    if route == "boost":
        return t("why.boost", field=t.name("field", rest).lower())
    return t.name("why", entry.name, entry.detail or None)
