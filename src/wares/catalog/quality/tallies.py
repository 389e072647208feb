"""What can be said only beside the other products: they are counted as they pass, and judged at the end."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from hashlib import blake2b
from typing import Protocol

import numpy as np

from wares.catalog.normalize.gtin import digits_of
from wares.catalog.quality.kinds import Finding
from wares.types import Product

KEPT = 5  # examples of one fault
SAMPLE = 50  # products of a category that examples are taken from
FAR = 5.0  # robust standard deviations, and …
FACTOR = 5.0  # … times dearer or cheaper than the median, from which a price is an outlier


class Tally(Protocol):
    """Counts products, then says what stands out."""

    def add(self, product: Product) -> None: ...

    def findings(self) -> Iterator[Finding]: ...


def category_of(product: Product) -> str:
    """The first category's path; empty where there is none."""
    return product.categories[0].value if product.categories else ""


class Prices:
    """Prices far from those of the same category and currency, by median and MAD of their logarithms."""

    def __init__(self, siblings: int) -> None:
        self._siblings = siblings
        self._prices: dict[tuple[str, str], tuple[array[float], list[str]]] = defaultdict(lambda: (array("d"), []))

    def add(self, product: Product) -> None:
        amounts = [variant.price for variant in product.variants if variant.price and variant.price.amount > 0]
        if amounts and (category := category_of(product)):
            lowest = min(amounts, key=lambda price: price.amount)
            logs, ids = self._prices[category, lowest.currency]
            logs.append(math.log(lowest.amount))
            ids.append(product.id)

    def findings(self) -> Iterator[Finding]:
        for (category, currency), (logs, ids) in self._prices.items():
            if len(ids) < self._siblings:
                continue
            prices = np.frombuffer(logs)
            median = float(np.median(prices))
            apart = np.abs(prices - median)
            spread = 1.4826 * float(np.median(apart))
            for at in np.flatnonzero(apart > max(FAR * spread, math.log(FACTOR))).tolist():
                detail = f"{math.exp(prices[at]):.0f} {currency} beside {math.exp(median):.0f} in {category}"
                yield Finding("price_outlier", examples=((ids[at], detail),))


class Titles:
    """The same title on several products of one brand."""

    def __init__(self) -> None:
        self._count: Counter[bytes] = Counter()
        self._first: dict[bytes, tuple[str, str]] = {}

    def add(self, product: Product) -> None:
        text = f"{' '.join(product.title.casefold().split())}\n{product.brand.casefold()}"
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self._count[key] += 1
        if self._count[key] == 2 and len(self._first) < KEPT:
            self._first[key] = (product.id, product.title[:80])

    def findings(self) -> Iterator[Finding]:
        shared = sum(count for count in self._count.values() if count > 1)
        if shared:
            yield Finding("title_shared", examples=tuple(self._first.values()), count=shared)


class Barcodes:
    """GTINs on several products, and products without one."""

    def __init__(self) -> None:
        self._owner: dict[str, str] = {}
        self._sharing: dict[str, str] = {}
        self._without: list[tuple[str, str]] = []
        self._lacking = 0

    def add(self, product: Product) -> None:
        codes = {digits_of(code.value) for variant in product.variants for code in variant.barcodes}
        codes = {code.lstrip("0") for code in codes if code}
        if not codes:
            self._lacking += 1
            self._without += [(product.id, "")] * (len(self._without) < KEPT)
        for code in codes:
            owner = self._owner.setdefault(code, product.id)
            if owner != product.id:
                self._sharing[product.id] = self._sharing[owner] = code

    def findings(self) -> Iterator[Finding]:
        if self._sharing:
            examples = sorted(self._sharing.items(), key=lambda item: item[1])[:KEPT]
            yield Finding("gtin_shared", examples=tuple(examples), count=len(self._sharing))
        if self._lacking:
            yield Finding("gtin_missing", examples=tuple(self._without), count=self._lacking)


class Translations:
    """Languages that most products have; their own counts too."""

    def __init__(self, common: float) -> None:
        self._common = common
        self._sets: Counter[frozenset[str]] = Counter()
        self._examples: dict[frozenset[str], list[tuple[str, str]]] = defaultdict(list)

    def add(self, product: Product) -> None:
        tags = frozenset({product.language, *(tag for tag, text in product.translations.items() if text.title)} - {""})
        self._sets[tags] += 1
        if self._sets[tags] <= KEPT:
            self._examples[tags].append((product.id, "only " + (", ".join(sorted(tags)) or "unknown")))

    def findings(self) -> Iterator[Finding]:
        total = self._sets.total()
        for tag in sorted({tag for tags in self._sets for tag in tags}):
            lacking = [tags for tags in self._sets if tag not in tags]
            count = sum(self._sets[tags] for tags in lacking)
            if count and total - count >= self._common * total:
                examples = [example for tags in lacking for example in self._examples[tags]]
                yield Finding("translation_missing", tag, tuple(examples[:KEPT]), count)


class Attributes:
    """Attributes, options and brands that most products of a category have."""

    def __init__(self, common: float, siblings: int) -> None:
        self._common = common
        self._siblings = siblings
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)
        self._totals: Counter[str] = Counter()
        self._sample: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)

    def add(self, product: Product) -> None:
        category = category_of(product)
        names = {name.casefold() for name in product.attributes}
        names.update(name.casefold() for variant in product.variants for name in variant.options)
        names -= {"brand"}
        if product.brand:
            names.add("brand")
        self._totals[category] += 1
        self._counts[category].update(names)
        sample = self._sample[category]
        if len(sample) < SAMPLE:
            sample.append((product.id, frozenset(names)))

    def findings(self) -> Iterator[Finding]:
        for category, total in self._totals.items():
            if total < self._siblings:
                continue
            for name, count in self._counts[category].items():
                if self._common * total <= count < total:
                    ids = [id for id, names in self._sample[category] if name not in names]
                    examples = tuple((id, "") for id in ids[:KEPT])
                    if name == "brand":
                        yield Finding("brand_missing", "", examples, total - count)
                    else:
                        field = f"{name} in {category}" if category else name
                        yield Finding("attribute_missing", field, examples, total - count)
