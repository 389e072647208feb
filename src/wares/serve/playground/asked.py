"""What is compared, as the address of the page says it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urlencode

from wares.serve.playground.settings import MAX_GIVEN, MOST, NAMES
from wares.serve.storefront.address import MAX_PAIRS, Address, clean

PATH = "/playground"
GENERATION = "generation"
OWN = "b."  # before the names of B
FIELDS = ("q", "f", "photo", "like", "sort", "literal", "lang")  # of the shop's addresses that the form has
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and what B is.

    Attributes
    ----------
    address
        The query as the shop's own addresses say it, on its first page; its language is that of the page.
    spoken
        Language of the words; empty: told by them.
    size
        Hits on a page as it was typed; empty: those of each side.
    changes
        Values of B as they were typed, by name of the setting.
    photo
        The sha256 as it was typed, where it is none.
    """

    address: Address
    spoken: str = ""
    size: str = ""
    changes: Mapping[str, str] | None = None
    generation: str = ""
    photo: str = ""

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]], currency: str) -> "Asked":
        """Read the pairs of a query string or a form; nothing in them is an error here."""
        many = list(islice(pairs, MAX_PAIRS))
        one = {name: clean(value)[:MAX_GIVEN] for name, value in reversed(many)}
        address = replace(Address.parse(many, currency), page=0, through=0)
        typed = next((clean(value)[:80].lower() for name, value in many if name == "photo"), "")
        if _SHA256.fullmatch(typed):
            address, typed = replace(address, photo=typed), ""
        return cls(
            address=address,
            spoken=one.get("in", "") if _TAG.fullmatch(one.get("in", "")) else "",
            size=one.get("size", ""),
            changes={name: one[OWN + name] for name in NAMES if one.get(OWN + name)},
            generation=one.get(OWN + GENERATION, ""),
            photo=typed,
        )

    @property
    def number(self) -> int | None:
        """How many hits a page has; None: as each side has it."""
        return int(self.size) if self.sized and self.size else None

    @property
    def sized(self) -> bool:
        """Whether the size can be."""
        digits = self.size.isascii() and self.size.isdigit() and len(self.size) < 6
        return not self.size or (digits and 1 <= int(self.size) <= MOST["page_size"])

    def pairs(self, changes: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
        """The query string as pairs; ``changes`` instead of those that were typed."""
        own = (self.changes or {}) if changes is None else changes
        return [
            *self.address.pairs(),
            *((name, value) for name, value in (("in", self.spoken), ("size", self.size)) if value),
            *((OWN + name, value) for name, value in own.items()),
            *([(OWN + GENERATION, self.generation)] if self.generation else []),
        ]

    def href(self, changes: Mapping[str, str] | None = None) -> str:
        """The address of the comparison."""
        pairs = self.pairs(changes)
        return f"{PATH}?{urlencode(pairs)}" if pairs else PATH

    def beside(self) -> list[tuple[str, str]]:
        """What the form has no field for, and keeps."""
        return self.address.pairs(without=FIELDS)
