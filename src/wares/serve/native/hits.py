"""One hit as JSON, with the fields that were asked for; prices are in minor units, what is unknown is null."""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal, get_args

from wares.catalog.native import attributes_document
from wares.serve.storefront.highlight import highlight
from wares.serve.storefront.view import Told, chosen_variant, cover, media_href, product_href, told
from wares.types import Hit, Ledger, Money, Product, Variant

DIGITS = 4  # of scores: more would tell of the vectors behind them

Named = Literal[
    "id", "variant", "title", "brand", "price", "list_price", "availability", "image", "url", "score", "relevance",
    "description", "categories", "rating", "attributes", "options", "tags", "stock", "language",
]  # fmt: skip
FIELDS: tuple[str, ...] = get_args(Named)
DEFAULT = FIELDS[: FIELDS.index("relevance") + 1]


@dataclass(frozen=True, slots=True)
class Shown:
    """How hits are answered; ``marked`` are the words that are highlighted, None for no highlights."""

    language: str = ""
    fields: tuple[str, ...] = DEFAULT
    ledger: bool = False
    marked: str | None = None

    @property
    def of_product(self) -> bool:
        """Whether anything is asked for that the search itself does not know."""
        return self.marked is not None or not _OF_HIT.issuperset(self.fields)


@dataclass(frozen=True, slots=True)
class _Found:
    product: Product
    variant: Variant
    texts: Told


_OF_HIT = frozenset(("id", "score", "relevance"))
_OF_PRODUCT: Mapping[str, Callable[[_Found], Any]] = {
    "variant": lambda of: of.variant.id,
    "title": lambda of: of.texts.title,
    "brand": lambda of: of.product.brand,
    "price": lambda of: money(of.variant.price),
    "list_price": lambda of: money(of.variant.list_price),
    "availability": lambda of: of.variant.availability,
    "image": lambda of: media_href(photo) if (photo := cover(of.product, of.variant)) else None,
    "url": lambda of: product_href(of.product, of.variant.id),
    "description": lambda of: of.texts.description,
    "categories": lambda of: list(of.texts.categories),
    "rating": lambda of: rating(of.product),
    "attributes": lambda of: attributes_document(of.texts.attributes),
    "options": lambda of: dict(of.variant.options),
    "tags": lambda of: list(of.product.tags),
    "stock": lambda of: of.variant.stock,
    "language": lambda of: of.texts.language,
}


class Parts:
    """What of a hit does not depend on the query: made once for each product, variant, language and choice of fields.

    A product that was read anew is another object, so that nothing old is ever answered.
    """

    def __init__(self, most: int = 4_096) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[Any, ...], tuple[Product, str, dict[str, Any]]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, product: Product, variant: str, shown: Shown) -> tuple[str, dict[str, Any]]:
        """The title, and a copy of the parts that may be added to."""
        key = product.id, variant, shown.language, shown.fields
        kept = self._kept.get(key)
        if kept is None or kept[0] is not product:
            kept = (product, *_parts(product, variant, shown))
            with self._lock:
                self._kept[key] = kept
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return kept[1], kept[2].copy()


def _parts(product: Product, variant: str, shown: Shown) -> tuple[str, dict[str, Any]]:
    found = _Found(product, chosen_variant(product, variant), told(product, shown.language or product.language))
    return found.texts.title, {name: read(found) for name in shown.fields if (read := _OF_PRODUCT.get(name))}


def hit_json(hit: Hit, product: Product | None, shown: Shown, parts: Parts) -> dict[str, Any]:
    """One position of a page; ``product`` may be None where nothing of it is asked for."""
    answer: dict[str, Any] = {}
    if product is not None:
        title, answer = parts(product, hit.variant, shown)
        if shown.marked is not None:
            answer["highlight"] = {"title": str(highlight(title, shown.marked))}
    if "id" in shown.fields:
        answer["id"] = hit.id
    if "score" in shown.fields:
        answer["score"] = known(hit.score)
    if "relevance" in shown.fields:
        answer["relevance"] = known(hit.relevance)
    if shown.ledger:
        answer["ledger"] = ledger_json(hit.ledger, hit.score)
    return answer


def ledger_json(ledger: Ledger | None, score: float) -> list[dict[str, Any]]:
    """Contributions that sum to the score as answered; what rounding leaves over, and no more, is the largest's."""
    entries = ledger.entries if ledger else ()
    values = [round(entry.value, DIGITS) for entry in entries]
    if values and math.isclose(math.fsum(entry.value for entry in entries), score, rel_tol=1e-6, abs_tol=1e-6):
        largest = max(range(len(values)), key=lambda place: abs(values[place]))
        values[largest] = round(values[largest] + round(score, DIGITS) - math.fsum(values), DIGITS)
    return [
        {"name": entry.name, "value": value, "detail": entry.detail}
        for entry, value in zip(entries, values, strict=True)
    ]


def money(price: Money | None) -> dict[str, Any] | None:
    """In minor units; None where there is none."""
    return {"amount": price.amount, "currency": price.currency} if price else None


def rating(product: Product) -> dict[str, Any] | None:
    """None where nobody rated."""
    found = product.rating
    return {"value": found.value, "scale_max": found.scale_max, "count": found.count} if found else None


def known(number: float) -> float | None:
    """A number that may be unknown."""
    return None if math.isnan(number) else round(number, DIGITS)


def chosen(fields: Sequence[str]) -> tuple[str, ...]:
    """The fields of a hit that are answered."""
    return tuple(fields) or DEFAULT
