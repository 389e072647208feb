"""What shoppers say of stock, offers, ratings: "in stock", "on sale", "4 stars and up", "有货", "打折", "4星以上"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wares.search.intents.numbers import number
from wares.search.intents.tokens import lowered
from wares.types import Between, Filter, OneOf

_STOCK = re.compile(
    r"(?<![a-z])(?:in stock|in-stock)(?: now| only)?(?![a-z-])|(?:只看|仅看|要)?(?:有货|现货|有现货)的?"
)
_SALE = re.compile(
    r"(?<![a-z-])(?:on sale|on offer|discounted|on clearance)(?![a-z-])"
    r"|(?:正在)?(?:清仓)?(?:打折|特价|清仓)(?:中|商品|处理)?的?"
)
_SALE_ALONE = re.compile(
    r"^sale$|sale(?= )(?! (?:sign|tag|sticker|banner|book))|(?<= )(?<!for )(?<!garage )(?<!yard )sale$"
)
_STARS = re.compile(
    r"(?<![a-z0-9.])(?:rated (?:at least |over |above )?)?(?P<least>[1-5](?:\.[05])?) ?(?:\+ ?-?stars?|-?stars?\+|"
    r"-?stars? (?:and|or|&) (?:up|above|more|higher|over|better))(?![a-z])"
    r"|(?<![a-z])(?:at least|over|above|minimum) (?P<from>[1-5](?:\.[05])?) ?-?stars?(?![a-z])"
    r"|(?:评分|评价|好评)?(?P<han>[1-5一二三四五](?:\.[05])?) ?[星分](?:级)?(?:以上|及以上|起)的?"
)


@dataclass(frozen=True, slots=True)
class OfferPhrase:
    """``text[start:end]`` asks for what passes the filter; ``column`` is what it looks at."""

    start: int
    end: int
    column: str
    filter: Filter


def offer_phrases(text: str) -> Iterator[OfferPhrase]:
    """The phrases of a text about stock, offers and ratings."""
    low = lowered(text)
    for match in _STOCK.finditer(low):
        yield OfferPhrase(match.start(), match.end(), "in_stock", OneOf("in_stock", ("true",)))
    for pattern in (_SALE, _SALE_ALONE):
        for match in pattern.finditer(low):
            if pattern is _SALE or match.start() == 0 or match.end() == len(low):
                yield OfferPhrase(match.start(), match.end(), "on_sale", OneOf("on_sale", ("true",)))
    for match in _STARS.finditer(low):
        stars = number(match["least"] or match["from"] or match["han"])
        if stars is not None:
            yield OfferPhrase(match.start(), match.end(), "rating", Between("rating", float(stars), None))
