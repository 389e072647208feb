"""What the words of a feed mean: prices, times, stock, ratings."""

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from math import isfinite
from typing import get_args

from wares.catalog.problems import Problems, shown
from wares.types import Availability, Money, Rating

AVAILABILITIES: tuple[Availability, ...] = get_args(Availability)

# ISO 4217 minor units where they are not 2 (amendment 176); CLDR's digits differ, so babel's cannot be used.
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}

# A sign that several currencies share means the shop's own if it is one of them, else the first.
_SIGNS = {
    "US$": ("USD",), "HK$": ("HKD",), "NT$": ("TWD",), "R$": ("BRL",), "C$": ("CAD",), "CA$": ("CAD",), "A$": ("AUD",),
    "AU$": ("AUD",), "S$": ("SGD",), "NZ$": ("NZD",), "MX$": ("MXN",), "CHF": ("CHF",), "€": ("EUR",), "£": ("GBP",),
    "¥": ("CNY", "JPY"), "￥": ("CNY", "JPY"), "元": ("CNY", "TWD", "HKD"), "圆": ("CNY",), "块": ("CNY",),
    "人民币": ("CNY",), "RMB": ("CNY",), "円": ("JPY",), "₩": ("KRW",), "원": ("KRW",), "₹": ("INR",), "₽": ("RUB",),
    "₺": ("TRY",), "₴": ("UAH",), "₫": ("VND",), "₪": ("ILS",), "฿": ("THB",), "₱": ("PHP",), "zł": ("PLN",),
    "Kč": ("CZK",), "Ft": ("HUF",), "kr": ("SEK", "NOK", "DKK", "ISK"), "kr.": ("DKK", "SEK", "NOK"),
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "TWD", "ARS", "CLP", "COP"),
}  # fmt: skip

_PLAIN = re.compile(r"(-?\d{1,15}(?:\.\d{1,2})?)(?: ?([A-Za-z]{3}))?$")
_NUMBER = re.compile(r"-?[\d.,' \u00a0\u202f]*\d[\d.,' \u00a0\u202f]*")
_LARGEST = 10**15

_AVAILABLE: dict[str, Availability] = {
    **{name.replace("_", ""): name for name in AVAILABILITIES},
    **dict.fromkeys(("available", "true", "yes", "1", "limitedavailability", "instoreonly", "onlineonly"), "in_stock"),
    **dict.fromkeys(("有货", "现货", "有貨", "現貨", "在售", "有", "是"), "in_stock"),
    **dict.fromkeys(
        ("soldout", "unavailable", "false", "no", "0", "缺货", "无货", "售罄", "缺貨", "無", "否"), "out_of_stock"
    ),
    **dict.fromkeys(("presale", "预售", "预订", "預售"), "preorder"),
    **dict.fromkeys(("madetoorder",), "backorder"),
    **dict.fromkeys(("下架", "停产", "已下架"), "discontinued"),
}


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit has, by ISO 4217."""
    return _EXPONENTS.get(currency, 2)


@lru_cache(maxsize=512)
def is_currency(code: str) -> bool:
    """Whether ISO 4217 knows the code."""
    from babel.numbers import is_currency as known

    return len(code) == 3 and code.isascii() and code.isupper() and bool(known(code))


def money(text: str, currency: str, field: str, problems: Problems, *, minor: bool = False) -> Money | None:
    """Read a price as people write it: ``15.00 USD``, ``€1.234,50``, ``¥199``, ``199元``.

    Parameters
    ----------
    text
        An empty one is no price.
    currency
        ISO 4217 code for a price that names none.
    minor
        The number counts minor units already.
    """
    text = text.strip()
    if not text:
        return None
    plain = _PLAIN.match(text)
    named = (plain[2] or "").upper() if plain else _currency_in(text, currency)
    code = named or currency
    if not is_currency(code):
        reason = f"{shown(code)} is no currency" if code else f"{shown(text)} names no currency"
        problems.error(field, reason, "write it like 15.00 USD, or set currency for the feed")
        return None
    amount = Decimal(plain[1]) if plain else _amount_in(text, code)
    if amount is None:
        problems.error(field, f"{shown(text)} is no price", "write it like 15.00 USD")
        return None
    exact = amount if minor else amount.scaleb(exponent(code))
    rounded = exact.to_integral_value(ROUND_HALF_UP)
    if rounded != exact:
        problems.warn(field, f"{shown(text)} is finer than {code} has coins; rounded", "round it in the feed")
    return checked(Money(int(rounded), code), field, problems)


def checked(price: Money, field: str, problems: Problems) -> Money | None:
    """The price if it can be one: a known currency, not negative, not absurd."""
    if not is_currency(price.currency):
        problems.error(field, f"{shown(price.currency)} is no currency", "use an ISO 4217 code such as USD")
    elif price.amount < 0:
        problems.error(field, "the price is negative", "leave it out, or make it 0 or more")
    elif price.amount > _LARGEST:
        problems.error(field, "the price is absurdly large", "check the number")
    else:
        return price
    return None


def _currency_in(text: str, default: str) -> str:
    words = re.sub(r"[\d.,'\s\u00a0\u202f-]+", " ", text).split()
    for word in words:
        if is_currency(word.upper()) and word.upper() == word:
            return word
        if signs := _SIGNS.get(word) or _SIGNS.get(word.upper()):
            return default if default in signs else signs[0]
    return "".join(words)[:12]


def _amount_in(text: str, currency: str) -> Decimal | None:
    found = _NUMBER.findall(text)
    if len(found) != 1 or len(text) > 60:
        return None
    number = re.sub(r"[' \u00a0\u202f]", "", found[0])
    mark = max(number.rfind("."), number.rfind(","))
    if mark >= 0:
        whole, part = number[:mark], number[mark + 1 :]
        # "1,234" and "1.234.567" group thousands; "1,50" and "1.234,50" have decimals.
        groups = number.count(number[mark]) > 1 or (
            len(part) == 3 and exponent(currency) != 3 and whole.strip("-") != "0"
        )
        number = re.sub(r"[.,]", "", whole) + ("" if groups else ".") + part
    try:
        return Decimal(number)
    except InvalidOperation:
        return None


def number(text: str, field: str, problems: Problems) -> float | None:
    """A plain number; an empty text is none."""
    if not text.strip():
        return None
    # "1,5" has decimals, "1,234" and "1,234.5" group thousands.
    decimals = re.fullmatch(r"[+-]?\d+,(?:\d{1,2}|\d{4,})", text.strip()) is not None
    try:
        value = float(text.strip().replace(",", "." if decimals else ""))
    except ValueError:
        value = float("nan")
    if isfinite(value):
        return value
    problems.warn(field, f"{shown(text)} is no number; it is left out", "write a plain number")
    return None


def time(text: str, field: str, problems: Problems) -> datetime | None:
    """An ISO 8601 time or date, or Unix seconds or milliseconds; without a zone it is UTC."""
    text = text.strip()
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{9,13}(\.\d+)?", text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        moment = datetime.fromisoformat(text.replace("/", "-"))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        problems.warn(field, f"{shown(text)} is no time; it is left out", "write 2026-01-31T12:00:00Z")
        return None


def availability(text: str, stock: float | None, field: str, problems: Problems) -> Availability:
    """Whether it can be had, in the words of Google, schema.org and Chinese shops; else what the stock says."""
    word = re.sub(
        r"[\s_-]", "", text.strip().lower().removeprefix("https://schema.org/").removeprefix("http://schema.org/")
    )
    if word and word in _AVAILABLE:
        return _AVAILABLE[word]
    if word:
        problems.warn(field, f"{shown(text)} is not known; the stock decides", f"write {', '.join(AVAILABILITIES)}")
    return "out_of_stock" if stock is not None and stock <= 0 else "in_stock"


def rating(mean: float | None, count: float | None, top: float | None, problems: Problems) -> Rating | None:
    """A mean rating that lies on its scale."""
    if mean is None:
        return None
    top = 5.0 if top is None else top
    if not 0 <= mean <= top or top <= 0:
        problems.warn("rating", f"{mean:g} is not between 0 and {top:g}; it is left out", "give scale_max with it")
        return None
    return Rating(mean, max(0, int(count or 0)), top)
