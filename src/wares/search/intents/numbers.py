"""Numbers as shoppers write them: ``1,000``, ``19,99``, ``1.5k``, ``2千``, ``两百五``, ``一千二``, ``1万2``."""

import re
from decimal import Decimal

DIGITS = {
    sign: value
    for value, signs in enumerate(("零〇", "一", "二两", "三", "四", "五", "六", "七", "八", "九"))
    for sign in signs
}
SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "k": 1000}

ARABIC = r"\d{1,9}(?:[.,]\d{1,3}){0,3}(?: ?k(?![^\W_])|[百千万](?:[1-9一二两三四五六七八九](?![\d.]))?)?"
CHINESE = r"[零〇一二两三四五六七八九十百千万]{1,12}"
NUMBER = rf"(?:{ARABIC}|{CHINESE})"
"""A regular expression of what :func:`number` reads, in lower case; it has no groups."""

_ARABIC = re.compile(r"([\d.,]+) ?([k百千万]?)([1-9一二两三四五六七八九]?)")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")


def number(text: str) -> Decimal | None:
    """The number that a text is, or None: ``number("两百五") == 250``, ``number("1.5k") == 1500``."""
    text = text.strip()
    if not text[:1].isdecimal() or not text[:1].isascii():
        return _chinese(text)
    found = _ARABIC.fullmatch(text)
    if found is None:
        return None
    digits, scale, rest = found.groups()
    value = _plain(digits)
    if value is None:
        return None
    factor = SCALES.get(scale, 1)
    tail = DIGITS.get(rest, int(rest) if rest.isdecimal() else 0) if rest else 0
    return value * factor + tail * (factor // 10)


def _plain(digits: str) -> Decimal | None:
    """Thousands lose their separator, one other comma or point is that of the decimals."""
    signs = re.findall("[.,]", digits)
    if len(set(signs)) == 2:  # the last one is that of the decimals
        digits = digits.replace(signs[0], "")
    elif len(signs) > 1 or (signs == [","] and _THOUSANDS.search(digits)):
        digits = _THOUSANDS.sub("", digits)
    digits = digits.replace(",", ".")
    return Decimal(digits) if digits.count(".") <= 1 else None


def _chinese(text: str) -> Decimal | None:
    """Chinese numerals, those of speech too, which leave the last unit out: 两百五 is 250, 一万二 is 12,000."""
    total = section = 0
    digit: int | None = None
    unit = 1
    for sign in text:
        if sign in DIGITS:
            digit = DIGITS[sign] if digit in (None, 0) else 10 * (digit or 0) + DIGITS[sign]
            unit = 10 if sign in "零〇" else unit
        elif sign == "万":
            total += (section + (digit or 0) or 1) * 10_000
            section, digit, unit = 0, None, 10_000
        elif sign in SCALES and sign != "k":
            unit = SCALES[sign]
            section += (1 if digit is None else digit) * unit
            digit = None
        else:
            return None
    if not text:
        return None
    return Decimal(total + section + (digit or 0) * max(1, unit // 10))
