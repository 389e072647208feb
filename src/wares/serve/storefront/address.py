"""A search as the address of its page says it; every link on the page is a changed copy."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urlencode

from wares.serve.storefront.formats import minor
from wares.types import Between, Filter, OneOf, Region

SORTS = ("relevance", "price", "-price", "newest", "rating")
MAX_TEXT = 300
MAX_NAME = 60  # of a field
MAX_PICKED = 50
MAX_PAIRS = 500  # of a query string; the rest is not looked at
MAX_DROPPED = 20
MAX_VALUE = 200  # signs of a value, a key or an id
MAX_PAGE = 10_000
MAX_SPAN = 10  # pages that one page of results may show
MIN_SIDE = 0.02  # of a region, as a share of the photo's
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHARE = re.compile(r"[01]?(?:\.[0-9]{0,9})?")


@dataclass(frozen=True, slots=True)
class Address:
    """What one page of results shows.

    ``filter_text`` is in the syntax of :mod:`wares.search.filters`; ``picked`` are (field, value) pairs ticked in
    facets; ``low`` and ``high`` are prices in major units as typed; ``page`` starts at 0, and ``through`` is the last
    page that is shown with it, where that is a later one; ``problems`` are keys of messages.
    ``dropped``, ``literal``, ``like`` and ``region`` are those of a query.
    """

    text: str = ""
    photo: str = ""
    filter_text: str = ""
    picked: tuple[tuple[str, str], ...] = ()
    low: str = ""
    high: str = ""
    in_stock: bool = False
    rating: int = 0
    sort: str = "relevance"
    page: int = 0
    through: int = 0
    language: str = ""
    dropped: tuple[str, ...] = ()
    literal: bool = False
    like: str = ""
    region: Region | None = None
    problems: tuple[str, ...] = ()

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]], currency: str) -> "Address":
        """Read the pairs of a query string or a form; nothing in them is an error, only left out or cut."""
        many = list(islice(pairs, MAX_PAIRS))
        one: Mapping[str, str] = {name: clean(value) for name, value in reversed(many)}
        # A facet's value, a key and an id must equal the merchant's, so they are cut but not cleaned.
        picked = [
            (name[2 : 2 + MAX_NAME], value[:MAX_VALUE])
            for name, value in many
            if name.startswith("f.") and name[2:] and value
        ]
        dropped = [value[:MAX_VALUE] for name, value in many if name == "without" and value]
        like = next((value[:MAX_VALUE] for name, value in many if name == "like"), "")

        def short(name: str, most: int) -> str:
            return one.get(name, "")[:most].rstrip()

        low, high = short("min", 20), short("max", 20)
        page = max(_whole(one.get("page", ""), 1, MAX_PAGE), 1) - 1
        through = _whole(one.get("through", ""), 0, MAX_SPAN) - 1
        readable = {price: not price or minor(price, currency) is not None for price in (low, high)}
        long = any(len(one.get(name, "")) > MAX_TEXT for name in ("q", "f"))
        problems = [key for key, wrong in (("shortened", long), ("price.unread", not all(readable.values()))) if wrong]
        photo, sort = one.get("photo", ""), one.get("sort", "")
        return cls(
            text=short("q", MAX_TEXT),
            photo=photo if _SHA256.fullmatch(photo) else "",
            filter_text=short("f", MAX_TEXT),
            picked=tuple(dict.fromkeys(picked))[:MAX_PICKED],
            low=low if readable[low] else "",
            high=high if readable[high] else "",
            in_stock=one.get("stock") == "1",
            rating=_whole(one.get("rating", ""), 0, 5),
            sort=sort if sort in SORTS else "relevance",
            page=page,
            through=through if through > page else 0,
            language=short("lang", 8),
            dropped=tuple(dict.fromkeys(dropped))[:MAX_DROPPED],
            literal=one.get("literal") == "1",
            like=like,
            region=region_of(one.get("region", "")),
            problems=tuple(problems),
        )

    def filters(self, currency: str) -> tuple[Filter, ...]:
        """What the facets say, with prices in minor units (not what ``filter_text`` says)."""
        found: list[Filter] = []
        for name in dict.fromkeys(field for field, _ in self.picked):
            found.append(OneOf(name, tuple(value for field, value in self.picked if field == name)))
        if self.low or self.high:
            low, high = minor(self.low, currency), minor(self.high, currency)
            found.append(Between("price", low, high))
        if self.in_stock:
            found.append(OneOf("in_stock", ("true",)))
        if self.rating:
            found.append(Between("rating", float(self.rating), None))
        return tuple(found)

    def pairs(self, without: Iterable[str] = ()) -> list[tuple[str, str]]:
        """The query string as pairs, what is not set left out; also the hidden fields of a form."""
        pairs = [
            ("q", self.text),
            ("photo", self.photo),
            ("region", region_text(self.region)),
            ("like", self.like),
            ("f", self.filter_text),
            *((f"f.{field}", value) for field, value in self.picked),
            ("min", self.low),
            ("max", self.high),
            ("stock", "1" if self.in_stock else ""),
            ("rating", str(self.rating) if self.rating else ""),
            ("sort", self.sort if self.sort != "relevance" else ""),
            ("page", str(self.page + 1) if self.page else ""),
            ("through", str(self.through + 1) if self.through else ""),
            *(("without", key) for key in self.dropped),
            ("literal", "1" if self.literal else ""),
            ("lang", self.language),
        ]
        left_out = set(without)
        return [(name, value) for name, value in pairs if value and name not in left_out]

    @property
    def href(self) -> str:
        pairs = self.pairs()
        return f"/?{urlencode(pairs)}" if pairs else "/"

    @property
    def narrowed(self) -> bool:
        """Any filter at all."""
        return bool(self.picked or self.low or self.high or self.in_stock or self.rating or self.filter_text)

    @property
    def asked(self) -> bool:
        """Words, a photo or a product, so that there is something to be relevant to."""
        return bool(self.text or self.photo or self.like)

    def at(self, page: int) -> "Address":
        return replace(self, page=page, through=0)

    @property
    def last(self) -> int:
        """The last page that is shown."""
        return max(self.page, self.through)

    def more(self, pages: int) -> "Address | None":
        """With one page more below what is shown; None where there is none, or too much is shown already."""
        following = self.last + 1
        return replace(self, through=following) if following < min(pages, MAX_SPAN) else None

    def but(self, **changes: object) -> "Address":
        """A changed copy, back on the first page."""
        return replace(self, **{"page": 0, "through": 0, "problems": (), **changes})  # type: ignore[arg-type]

    def toggle(self, field: str, value: str) -> "Address":
        """With the value ticked, or without it where it was."""
        pair = (field, value)
        rest = tuple(other for other in self.picked if other != pair)
        return self.but(picked=rest if len(rest) < len(self.picked) else (*self.picked, pair))

    def cleared(self) -> "Address":
        """Without any filter."""
        return self.but(picked=(), low="", high="", in_stock=False, rating=0, filter_text="")


def clean(text: str) -> str:
    """One line of NFC text without control, format (bidi overrides, zero width) and unassigned characters."""
    known = unicodedata.normalize("NFC", text[: 4 * MAX_TEXT])
    kept = (" " if character.isspace() else character for character in known)
    printable = (character for character in kept if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Cn"))
    return " ".join("".join(printable).split())


def region_of(text: str) -> Region | None:
    """``left,top,right,bottom`` as shares of a photo; None where that is no part of one, or all of it."""
    parts = text.split(",", 4)
    if len(parts) != 4 or not all(any(map(str.isdigit, part)) and _SHARE.fullmatch(part.strip()) for part in parts):
        return None
    left, top, right, bottom = (round(float(part), 3) for part in parts)
    if max(right, bottom) > 1 or right - left < MIN_SIDE or bottom - top < MIN_SIDE:
        return None
    return None if (left, top, right, bottom) == (0, 0, 1, 1) else Region(left, top, right, bottom)


def region_text(region: Region | None) -> str:
    """What :func:`region_of` reads; empty for the whole photo."""
    if region is None:
        return ""
    return ",".join(f"{share:g}" for share in (region.left, region.top, region.right, region.bottom))


def _whole(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return low
    return min(max(int(text), low), high)
