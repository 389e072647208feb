"""What shoppers say of prices: "under 80 EUR", "20-40€", "at least $30", "两百元以下", "100到200元", "五十元左右".

A number is a price when something beside it says so: a currency, or words that compare ("under 80", "不超过三百"). A
comparison that also fits ages, measures and counts ("over", "up to", "以上") needs more than a bare number.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from wares.search.intents.numbers import NUMBER, number
from wares.search.intents.tokens import lowered

ABOUT = Decimal("0.2")  # "around 50" is 40 to 60
LARGEST = Decimal(10) ** 10

# A sign that several currencies share is the shop's own where it can be; words of speech are always the shop's.
CURRENCIES: dict[str, tuple[str, ...]] = {
    "us$": ("USD",), "hk$": ("HKD",), "nt$": ("TWD",), "ca$": ("CAD",), "c$": ("CAD",), "au$": ("AUD",), "a$": ("AUD",),
    "nz$": ("NZD",), "s$": ("SGD",), "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "TWD"), "€": ("EUR",),
    "£": ("GBP",), "¥": ("CNY", "JPY"), "₹": ("INR",), "₩": ("KRW",),
    "usd": ("USD",), "eur": ("EUR",), "gbp": ("GBP",), "cny": ("CNY",), "rmb": ("CNY",), "jpy": ("JPY",),
    "cad": ("CAD",), "aud": ("AUD",), "chf": ("CHF",), "inr": ("INR",), "hkd": ("HKD",), "sgd": ("SGD",),
    "euros": ("EUR",), "euro": ("EUR",), "dollars": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD"),
    "dollar": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD"), "bucks": (), "pounds": ("GBP",), "quid": ("GBP",),
    "yuan": ("CNY",), "yen": ("JPY",), "rupees": ("INR",),
    "人民币": ("CNY",),
    "元人民币": ("CNY",), "块钱": (), "块": (), "塊": (), "元": ("CNY", "TWD", "HKD"), "圆": ("CNY",),
    "美元": ("USD",), "美金": ("USD",), "美刀": ("USD",), "刀": ("USD",), "欧元": ("EUR",), "欧": ("EUR",),
    "英镑": ("GBP",), "日元": ("JPY",), "円": ("JPY",), "港币": ("HKD",), "港元": ("HKD",), "新台币": ("TWD",),
    "加元": ("CAD",), "澳元": ("AUD",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PricePhrase:
    """``text[start:end]`` asks for prices from ``low`` to ``high`` in major units of one of ``currencies``.

    No currencies: the shop's own.
    """

    start: int
    end: int
    low: Decimal | None
    high: Decimal | None
    currencies: tuple[str, ...] = ()


def price_phrases(text: str) -> list[PricePhrase]:
    """The price phrases of a text in its order; none overlaps another."""
    low = lowered(text).replace("￥", "¥")
    found: list[PricePhrase] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(low):
            phrase = _phrase(kind, match, low)
            if phrase and all(phrase.end <= other.start or other.end <= phrase.start for other in found):
                found.append(phrase)
    return sorted(found, key=lambda phrase: phrase.start)


def _choice(words: str) -> str:
    """Any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words.split(","), key=len, reverse=True))


_LATIN = [word for word in CURRENCIES if word.isascii() and word.isalpha()]
_BEFORE = _choice(
    ",".join([*(word for word in CURRENCIES if not word.isalnum()), "usd", "eur", "gbp", "cny", "rmb", "chf"])
)
_AFTER = (
    rf"(?:{_choice(','.join(_LATIN))})(?![a-z])|{_choice(','.join(word for word in CURRENCIES if word not in _LATIN))}"
)
_NOT_INSIDE = r"(?<![a-z0-9.,])"


def _amount(place: int) -> str:
    return (
        rf"(?P<before{place}>{_BEFORE})? ?{_NOT_INSIDE}(?P<number{place}>{NUMBER})(?![0-9])"
        rf"(?: ?(?P<after{place}>{_AFTER}))?"
    )


def _words(words: str) -> str:
    return rf"(?<![a-z])(?:(?:priced|price|costing|cost|for) )?(?:{_choice(words)})"


_LEAD = r"(?:(?:价格|价位|售价|价钱)(?:在|是|为)?[:：]? ?)?"
_ONE, _TWO = _amount(1), _amount(2)
_SOURCES = (
    ("between", rf"(?<![a-z])between ?{_ONE} ?(?:and|to|-|–|&) ?{_TWO}"),
    ("range", rf"{_LEAD}(?:(?<![a-z])from )?{_ONE} ?(?:-|–|—|~|to|到|至) ?{_TWO}(?:之间|左右)?的?"),
    ("under", rf"{_words('under,below,less than,cheaper than,lower than,at most,no more than,not more than')} ?{_ONE}"),
    ("under", rf"(?:<=?|≤) ?{_ONE}"),
    ("up to", rf"{_words('up to,within,maximum,max,budget,budget of')} ?{_ONE}"),
    ("at least", rf"{_words('at least,more than,no less than,not less than,starting at')} ?{_ONE}"),
    ("at least", rf"(?:>=?|≥) ?{_ONE}"),
    ("over", rf"{_words('over,above,from,minimum,min')} ?{_ONE}"),
    ("about", rf"(?:{_words('about,around,approximately,approx,roughly')}|~) ?{_ONE}"),
    ("up to", rf"{_ONE} ?(?:(?:or|and) (?:less|under|below|cheaper)|max)(?![a-z])"),
    ("over", rf"{_ONE} ?(?:(?:or|and) (?:more|up|above|over)(?![a-z])|\+(?!\w))"),
    ("within", rf"{_LEAD}{_ONE}(?:以下|以内|之内|之下|以里)的?"),
    ("up to", rf"{_LEAD}{_ONE}内的?"),
    ("over", rf"{_LEAD}{_ONE}(?:以上|之上|起|往上)的?"),
    (
        "no more",
        rf"{_LEAD}(?:{_choice('不超过,不高于,低于,少于,不到,小于,最多,至多,最高,不大于,不多于')}) ?{_ONE}(?:以内)?的?",
    ),
    ("no less", rf"{_LEAD}(?:{_choice('高于,超过,大于,不低于,不少于,至少,最少,起码,多于,最低')}) ?{_ONE}(?:以上)?的?"),
    ("some", rf"{_LEAD}(?:大概|大约|差不多|约)? ?{_ONE}(?:左右|上下)的?"),
    ("up to", rf"(?:预算|预算在|预算是)[:：]? ?{_ONE}(?:以内|左右)?的?"),
)
_PATTERNS = [(kind, re.compile(source)) for kind, source in _SOURCES]

_SIDE = {
    "under": "high",
    "up to": "high",
    "within": "high",
    "no more": "high",
    "at least": "low",
    "over": "low",
    "no less": "low",
}
_NEEDS_CURRENCY = frozenset(("range", "up to", "over", "about", "some"))
_ENDS = re.compile(r"\s*(?:的|$|[,，。;；!！?？])")
# What follows a bare number that is no price: a unit, a count, an age, a time, sums for children.
_COUNTS = re.compile(
    r"(?:[%°\"'′″/*×:：.-]|\s?(?:inch|inches|in|ft|feet|foot|cm|mm|m|km|ml|l|oz|lbs?|g|kg|w|v|hz|gb|tb|mb|mp|mah|k|x|"
    r"years?|yrs?|yo|months?|days?|hours?|hrs?|min|mins|minutes|mph|pcs|pieces|pack|packs|people|persons?|percent|"
    r"calories|watts?|volts?|lumens?|stars?|reviews?|sq|square|gallons?|liters?|litres?|quarts?|amps?|btu|psi|dpi|"
    r"degrees?|carats?|ct|ply|piece|count|players?|seats?|doors?|pages?)(?![a-z])|加减|口算|的?数|[a-z0-9])"
)
_FLOOR = {"within": 10, "under": 5}
_SHARP_SCREENS = frozenset(("2k", "4k", "5k", "8k"))


def _phrase(kind: str, match: re.Match[str], text: str) -> PricePhrase | None:
    parts = match.groupdict()
    amounts = [number(parts[name]) for name in ("number1", "number2") if parts.get(name)]
    values = [value for value in amounts if value is not None and 0 < value < LARGEST]
    if not values or len(values) < len(amounts):
        return None
    marks = [mark for name in ("before1", "after1", "before2", "after2") if (mark := parts.get(name))]
    if not marks and not _is_price(kind, match, text, values[0]):
        return None
    if marks == ["pounds"] and kind not in ("between", "range"):
        marks = ["£"] if "price" in match[0] else []
        if not marks:
            return None
    low, high = _ends(kind, values)
    if low is not None and high is not None and (low > high or (marks[-1:] in (["块"], ["刀"]) and high < 10)):
        return None  # "2-3块" are pieces
    return PricePhrase(match.start(), match.end(), low, high, CURRENCIES[marks[-1]] if marks else ())


def _ends(kind: str, values: list[Decimal]) -> tuple[Decimal | None, Decimal | None]:
    if len(values) == 2:
        return values[0], values[1]
    if kind in ("about", "some"):
        return values[0] * (1 - ABOUT), values[0] * (1 + ABOUT)
    return (values[0], None) if _SIDE[kind] == "low" else (None, values[0])


def _is_price(kind: str, match: re.Match[str], text: str, value: Decimal) -> bool:
    """Whether numbers without a currency are prices all the same."""
    rest = text[match.end() : match.end() + 20]
    said = any(word in match[0] for word in ("价", "预算", "price", "cost", "budget"))
    if match["number1"].replace(" ", "") in _SHARP_SCREENS or _COUNTS.match(rest):
        return False
    if kind in ("no more", "no less"):
        return said or match[0].endswith("的") or bool(_ENDS.match(rest))
    if kind == "over" and _is_last_words(match, rest):
        return value >= 20
    return said or (kind not in _NEEDS_CURRENCY and value >= _FLOOR.get(kind, 1))


def _is_last_words(match: re.Match[str], rest: str) -> bool:
    """ "shoes over 30": the comparison in English ends the query."""
    return match[0].startswith(("over", "above")) and not rest.strip()
