"""Facets, chips, sorts and pages as a template shows them: every one is a link to a changed address."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from wares.serve.storefront import formats
from wares.serve.storefront.address import SORTS, Address
from wares.serve.storefront.messages import Messages
from wares.serve.storefront.view import swatch
from wares.serve.storefront.vocabulary import Vocabulary, reads
from wares.types import Facet, FacetValue, Money

SHOWN = 8
SIZES = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "2XL", "XXXL", "3XL", "4XL")
_OWN_CONTROLS = ("price", "list_price", "in_stock", "rating")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet; ``depth`` indents a hierarchy, ``swatch`` names a colour, ``key`` its element."""

    label: str
    href: str
    count: int | None
    picked: bool
    depth: int = 0
    swatch: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    field: str
    label: str
    shown: tuple[Choice, ...]
    more: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram, in a picture of 100 × 40; ``label`` says its ends and its count."""

    x: float
    width: float
    height: float
    inside: bool
    label: str


@dataclass(frozen=True, slots=True)
class Histogram:
    bars: tuple[Bar, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Step:
    """A page in the row of pages; ``number`` starts at 1, 0 is a gap."""

    number: int
    href: str = ""
    current: bool = False


def groups(facets: Mapping[str, Facet], address: Address, t: Messages, names: Vocabulary) -> list[Group]:
    """The facets with values, those with a ticked value included even when its count is 0."""
    found = []
    unlisted = {field: Facet(field, ()) for field, _ in address.picked if field not in facets}
    for field, facet in {**facets, **unlisted}.items():
        if field in _OWN_CONTROLS:
            continue
        counts = {value.value: value.count for value in facet.values}
        ticked = [value for name, value in address.picked if name == field]
        values = [*facet.values, *(FacetValue(value, 0) for value in ticked if value not in counts)]
        hierarchy = any(" > " in value.value for value in values)
        choices = _tree(values, field, address, t, names) if hierarchy else _flat(values, field, address, t, names)
        if choices:
            group = Group(field, t.name("field", field), tuple(choices[:SHOWN]), tuple(choices[SHOWN:]))
            found.append(group)
    return found


def departments(facets: Mapping[str, Facet], address: Address, t: Messages, names: Vocabulary) -> list[Choice]:
    """The top of the category tree, for the front page."""
    values = facets["category"].values if "category" in facets else ()
    tops = [value for value in _readable(list(values), t) if " > " not in value.value]
    return [_choice(value, "category", address, t, names) for value in tops[:12]]


def chips(address: Address, currency: str, t: Messages, names: Vocabulary) -> list[Chip]:
    """What narrows the results, each with a link that removes it."""
    found = [
        Chip(f"{t.name('field', field)}: {names.name(field, value, t)}", address.toggle(field, value).href)
        for field, value in address.picked
    ]
    if address.low or address.high:
        found.append(Chip(_price_label(address, currency, t), address.but(low="", high="").href))
    if address.in_stock:
        found.append(Chip(t("stock.only"), address.but(in_stock=False).href))
    if address.rating:
        found.append(Chip(t("rating.up", n=address.rating), address.but(rating=0).href))
    if address.filter_text:
        found.append(Chip(address.filter_text, address.but(filter_text="").href))
    return found


def rating_choices(facets: Mapping[str, Facet], address: Address, t: Messages) -> list[Choice]:
    """ "4 stars and up", where the results have ratings."""
    if not address.rating and ("rating" not in facets or math.isnan(facets["rating"].high)):
        return []
    floors = (4, 3, 2)
    return [
        Choice(
            label=t("rating.up", n=n),
            href=address.but(rating=0 if n == address.rating else n).href,
            count=None,
            picked=n == address.rating,
            key=f"rating-{n}",
        )
        for n in floors
    ]


def price_range(facets: Mapping[str, Facet], currency: str) -> tuple[str, str]:
    """Lowest and highest price of the results in major units, as hints in the price form; empty where unknown."""
    facet = facets.get("price")
    if facet is None or math.isnan(facet.low) or math.isnan(facet.high):
        return "", ""
    return str(formats.major(facet.low, currency)), str(formats.major(facet.high, currency))


def histogram(facets: Mapping[str, Facet], address: Address, currency: str, t: Messages) -> Histogram | None:
    """How many products at which price; ``inside`` are bars that the chosen prices touch. None where one bar is all."""
    buckets = facets["price"].buckets if "price" in facets else ()
    most = max((bucket.count for bucket in buckets), default=0)
    if len(buckets) < 2 or not most:
        return None
    low, high = formats.minor(address.low, currency), formats.minor(address.high, currency)
    width = 100 / len(buckets)

    def told(amount: float) -> str:
        return formats.money(Money(round(amount), currency), t.language)

    bars = tuple(
        Bar(
            x=round(place * width + 0.1 * width, 2),
            width=round(0.8 * width, 2),
            height=round(max(38 * bucket.count / most, 1.5 if bucket.count else 0), 2),
            inside=(low is None or bucket.high > low) and (high is None or bucket.low <= high),
            label=t("histogram.bar", low=told(bucket.low), high=told(bucket.high), n=bucket.count),
        )
        for place, bucket in enumerate(buckets)
    )
    return Histogram(bars, t("histogram", low=told(buckets[0].low), high=told(buckets[-1].high)))


def sorts(address: Address, t: Messages) -> list[tuple[str, str, bool]]:
    """The orders there are as (name, label, chosen); with nothing asked there is no best match."""
    first = "sort.relevance" if address.asked else "sort.featured"
    return [(sort, t(f"sort.{sort}" if sort != SORTS[0] else first), sort == address.sort) for sort in SORTS]


def steps(address: Address, pages: int) -> list[Step]:
    """First, last, and two pages around the current one, with gaps."""
    near = {0, pages - 1, *range(address.page - 2, address.page + 3)}
    numbers = sorted(page for page in near if 0 <= page < pages)
    found: list[Step] = []
    for page in numbers:
        if found and page > found[-1].number:
            found.append(Step(0))
        found.append(Step(page + 1, address.at(page).href, page == address.page))
    return found


def _size(value: FacetValue) -> tuple[int, float]:
    """Letters from small to large, then numbers, then the rest as it came."""
    if value.value.upper() in SIZES:
        return 0, SIZES.index(value.value.upper())
    number = re.match(r"\d{1,6}(\.\d{1,3})?", value.value)
    return (1, float(number[0])) if number else (2, 0.0)


def _flat(values: list[FacetValue], field: str, address: Address, t: Messages, names: Vocabulary) -> list[Choice]:
    ordered = sorted(values, key=_size) if field == "size" else values
    return [_choice(value, field, address, t, names) for value in ordered]


def _tree(values: list[FacetValue], field: str, address: Address, t: Messages, names: Vocabulary) -> list[Choice]:
    """Top categories, and below a ticked one its children: the whole tree would fill the page."""
    ticked = [value for name, value in address.picked if name == field]
    readable = _readable(values, t)
    readable += [value for value in values if value.value in ticked and value not in readable]
    opened = {"", *ticked, *(_parent(value) for value in ticked)}
    opened |= {_parent(parent) for parent in opened}
    shown = sorted((value for value in readable if _parent(value.value) in opened), key=_tree_order(readable))
    return [_choice(value, field, address, t, names, depth=value.value.count(" > ")) for value in shown]


def _tree_order(values: list[FacetValue]):  # type: ignore[no-untyped-def]
    """Depth first, most products first among siblings."""
    counts = {value.value: value.count for value in values}

    def key(value: FacetValue) -> list[tuple[int, str]]:
        parts = value.value.split(" > ")
        paths = [" > ".join(parts[: n + 1]) for n in range(len(parts))]
        return [(-counts.get(path, 0), path) for path in paths]

    return key


def _readable(values: list[FacetValue], t: Messages) -> list[FacetValue]:
    """Paths in the page's script where there are any: a bilingual catalogue has every path twice."""
    return [value for value in values if reads(value.value, t.language)] or list(values)


def _choice(value: FacetValue, field: str, address: Address, t: Messages, names: Vocabulary, depth: int = 0) -> Choice:
    return Choice(
        label=names.name(field, value.value, t),
        href=address.toggle(field, value.value).href,
        count=value.count,
        picked=(field, value.value) in address.picked,
        depth=depth,
        swatch=swatch(field, value.value),
        key=f"choice-{blake2b(f'{field}:{value.value}'.encode('utf-8', 'replace'), digest_size=6).hexdigest()}",
    )


def _parent(path: str) -> str:
    return path.rpartition(" > ")[0]


def _price_label(address: Address, currency: str, t: Messages) -> str:
    low, high = (
        formats.money(Money(amount, currency), t.language)
        if (amount := formats.minor(text, currency)) is not None
        else ""
        for text in (address.low, address.high)
    )
    if low and high:
        return t("price.between", low=low, high=high)
    return t("price.over", low=low) if low else t("price.under", high=high)
