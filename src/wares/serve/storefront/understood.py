"""What was read out of a query's words, as a page shows it: chips to take away, and another spelling."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from wares.serve.storefront import formats
from wares.serve.storefront.address import Address
from wares.serve.storefront.messages import Messages
from wares.serve.storefront.vocabulary import Vocabulary, reads
from wares.types import AllOf, Always, AnyOf, Between, Chip, Correction, Filter, Money, Near, Not, OneOf, Says

MOST_NAMED = 3
ABOUT = 0.02  # ends so close to each other are told as one number
_MONEY = ("price", "list_price")


@dataclass(frozen=True, slots=True)
class ReadChip:
    """Words of the shopper, what they became, and the address without that.

    ``label`` is what the link that takes it away is called to people who hear the page.
    """

    kind: Literal["filter", "boost", "without"]
    words: str
    meaning: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Spelling:
    """``applied``: it was searched for, and ``href`` searches for the words as typed; else ``href`` searches for it."""

    text: str
    original: str
    applied: bool
    href: str


class Reader:
    """Tells in words what filters say.

    Parameters
    ----------
    currency
        Of prices, which filters have in minor units.
    """

    def __init__(self, currency: str, t: Messages, names: Vocabulary) -> None:
        self._currency, self._t, self._names = currency, t, names

    def chips(self, found: Sequence[Chip], address: Address) -> list[ReadChip]:
        """The chips in the order of the words."""
        return [self._chip(chip, address) for chip in found]

    def meaning(self, part: Filter) -> str:
        """ "price ≤ €80.00", "Colour: Red or Blue"."""
        t = self._t
        match part:
            case OneOf(field, ("true",)):
                return t.name("field", field)
            case OneOf(field, values):
                return t("read.is", field=t.name("field", field), value=self._any(self._named(field, values)))
            case Between(field, low, high):
                return self._between(field, low, high)
            case Near(km=km):
                return t("read.near", km=formats.number(km, t.language))
            case Says(terms):
                return t("read.says", words=" ".join(terms))
            case Always(inner):
                return self.meaning(inner)
            case Not(inner):
                return t("read.without", what=next(self._unwanted(inner, ""), "…"))
            case AllOf(parts):
                return t("read.and").join(self.meaning(each) for each in parts[:MOST_NAMED])
            case AnyOf(parts):
                return self._any(list(dict.fromkeys(self.meaning(each) for each in parts)))

    def _chip(self, chip: Chip, address: Address) -> ReadChip:
        t = self._t
        if chip.kind == "without":
            meaning = t("read.without", what=next(self._unwanted(chip.filter, chip.words), chip.words))
        else:
            meaning = self.meaning(chip.filter)
        return ReadChip(
            kind=chip.kind,
            words=chip.words,
            meaning=meaning,
            label=t(f"read.remove.{chip.kind}", words=chip.words, what=meaning),
            href=address.but(dropped=tuple(dict.fromkeys((*address.dropped, chip.key)))).href,
        )

    def _unwanted(self, part: Filter, words: str) -> Iterator[str]:
        """What must not be, as it was said: words are kept as stems."""
        match part:
            case Says(terms):
                yield " ".join(dict.fromkeys(_spoken(term, words) for term in terms))
            case OneOf(field, values):
                yield self._any(self._named(field, values))
            case AllOf(parts) | AnyOf(parts):
                for each in parts:
                    yield from self._unwanted(each, words)
            case Between() | Near() | Always():
                yield self.meaning(part)
            case Not():
                return

    def _named(self, field: str, values: Sequence[str]) -> list[str]:
        """The names of values, of a bilingual catalogue's only those in the page's script."""
        readable = [value for value in values if reads(value, self._t.language)] or values
        return list(dict.fromkeys(self._names.name(field, value, self._t) for value in readable[: MOST_NAMED + 1]))

    def _any(self, named: list[str]) -> str:
        more = ("…",) if len(named) > MOST_NAMED else ()
        return self._t("read.or").join((*named[:MOST_NAMED], *more))

    def _between(self, field: str, low: float | None, high: float | None) -> str:
        t, name = self._t, self._t.name("field", field)
        if low is not None and high is not None and field not in _MONEY and 0 < high - low <= ABOUT * high:
            return t("read.about", field=name, value=formats.number((low + high) / 2, t.language))
        least, most = self._end(field, low), self._end(field, high)
        if least and least == most:
            return t("read.is", field=name, value=least)
        key = "read.between" if least and most else "read.least" if least else "read.most"
        return t(key, field=name, low=least, high=most)

    def _end(self, field: str, number: float | None) -> str:
        if number is None:
            return ""
        if field in _MONEY:
            return formats.money(Money(round(number), self._currency), self._t.language)
        return formats.number(number, self._t.language)


def spelling(correction: Correction | None, address: Address) -> Spelling | None:
    """The other spelling with the way to it, or back from it; what was undone belongs to the words as typed."""
    if correction is None:
        return None
    changes = {"text": correction.original, "literal": True} if correction.applied else {"text": correction.text}
    return Spelling(
        text=correction.text,
        original=correction.original,
        applied=correction.applied,
        href=address.but(**{"dropped": (), **changes}).href,
    )


def _spoken(term: str, words: str) -> str:
    """The word that a stem is of, as the shopper wrote it."""
    stem = re.escape(term[: max(3, len(term) - 2)])
    found = re.search(rf"(?<![^\W_]){stem}[^\W_]*", words, re.IGNORECASE) if term.isascii() else None
    return found[0] if found else term
