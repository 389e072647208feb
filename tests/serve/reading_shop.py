"""The small shop with readings of words, written by hand: enough to try all that a page shows of them."""

import dataclasses
import re

import numpy as np

from serve.small_shop import SmallShop, page, price
from wares.types import (
    Between,
    Bucket,
    Chip,
    Correction,
    Counterfactual,
    Explanation,
    Hits,
    Notice,
    OneOf,
    Query,
    Says,
    Suggestion,
    Understood,
)

CHIPS = (
    ("under 15", Chip("price:..1500", "filter", "under 15", Between("price", None, 1500))),
    ("15元以下", Chip("price:..1500", "filter", "15元以下", Between("price", None, 1500))),
    ("white", Chip("color:white", "boost", "white", OneOf("color", ("White",)))),
    ("白色", Chip("color:white", "boost", "白色", OneOf("color", ("White",)))),
    ("without gold", Chip("without:gold", "without", "without gold", Says(("gold",)))),
    ("不要金的", Chip("without:金", "without", "不要金的", Says(("金",)))),
)
SPELLINGS = {"plaet": ("plate", True), "plat": ("plate", False)}
TITLES = {"盘子": "plate", "餐盘": "plate"}


class ReadingShop(SmallShop):
    def search(self, query: Query) -> Hits:
        text, chips = query.text, []
        for words, chip in CHIPS:
            if words in text and not query.literal:
                text = text.replace(words, "")
                if chip.key not in query.dropped:
                    chips.append(chip)
        text = " ".join(text.split())
        correction = None
        if text in SPELLINGS and not query.literal:
            spelt, applied = SPELLINGS[text]
            correction = Correction(query.text.replace(text, spelt), query.text, applied)
            text = spelt if applied else text
        notices = ()
        if re.search(r" in 99$", text):
            text, notices = text[:-6], (Notice("chip_dropped", "Nothing in size 99; showing all sizes."),)
        read = tuple(chip.filter for chip in chips if chip.kind == "filter")
        asked = dataclasses.replace(query, text=TITLES.get(text, text), filters=(*query.filters, *read))
        hits = super().search(asked)
        self.queries[-1] = query
        if not hits.total:
            ids = list(self.products.values())[:2]
            nearest = dataclasses.replace(page(ids, 0, 2), total=0, facets=hits.facets)
            hits = dataclasses.replace(nearest, notices=(Notice("no_match", "We don't carry that."),))
        understood = Understood(text, query.language, tuple(chips), correction)
        return dataclasses.replace(hits, understood=understood, notices=(*notices, *hits.notices))

    def facet(self, name, worded, query):
        facet = super().facet(name, worded, query)
        if name != "price" or not worded:
            return facet
        prices = [price(product) for product in worded]
        counts, edges = np.histogram(prices, 5)
        buckets = zip(edges[:-1], edges[1:], counts, strict=True)
        return dataclasses.replace(facet, buckets=tuple(Bucket(float(a), float(b), int(n)) for a, b, n in buckets))

    def suggest(self, prefix: str, language: str = "", limit: int = 8) -> tuple[Suggestion, ...]:
        every = (
            Suggestion("category", "Plates", "Home > Kitchen > Plates"),
            Suggestion("query", "dinner plate"),
            Suggestion("query", "<b>plate</b>"),
            Suggestion("product", "Dinner Plate 1", "plate1"),
            Suggestion("product", "A strange plate", "a/b?c#<d>"),
        )
        return tuple(each for each in every if prefix.casefold() in each.text.casefold())[:limit]

    def explain(self, query: Query, product_id: str) -> Explanation:
        self.product(product_id)
        hits = self.search(dataclasses.replace(query, page=0, page_size=50))
        position = hits.ids.index(product_id) if product_id in hits.ids else None
        found = hits if position is not None else page([self.product(product_id)], 0, 1)
        changes = (Counterfactual("without the word “dinner”", position, 0), Counterfactual("in stock", position, None))
        return Explanation(found[position or 0], position, changes)
