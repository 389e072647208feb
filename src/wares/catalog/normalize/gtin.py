"""GTIN (EAN, UPC, ISBN-13): check digit and the leading zeros that spreadsheets lose."""

import re
from functools import cache
from types import ModuleType

LENGTHS = (8, 12, 13, 14)


@cache
def _ean() -> ModuleType:
    from stdnum import ean

    return ean


def digits_of(text: str) -> str:
    """The digits of a GTIN with its leading zeros given back, or "" when its check digit is wrong (GS1 7.9).

    ``"88698629123"`` came from a spreadsheet that took it for a number: → ``"088698629123"``.
    """
    digits = re.sub(r"[\s-]", "", text.strip())
    digits = re.sub(r"\.0+$", "", digits)
    if not digits.isascii() or not digits.isdigit() or not digits.strip("0"):
        return ""
    for length in LENGTHS:
        padded = digits.zfill(length)
        if len(digits) <= length and _ean().is_valid(padded) and (len(digits) > 5 or len(digits) == length):
            return padded
    return ""
