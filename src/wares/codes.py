"""Codes: model numbers, SKUs and trade numbers, told apart from words and written in one way.

``DC-40X``, ``dc 40x`` and ``dc40x`` are one code: its letters and digits without case. What an index entry stores in
its column ``code`` is :func:`stored`; what a query asks that column for is :func:`codes_in`. This file needs nothing
but the standard library, so that both sides can use it.
"""

import re
import unicodedata
from collections.abc import Iterable

SHORTEST, LONGEST, MOST = 4, 40, 8
GTIN_DIGITS = 14
MODEL_ATTRIBUTES = frozenset(
    (
        "mpn",
        "model",
        "model number",
        "model_number",
        "model no",
        "part number",
        "part_number",
        "oem_code",
        "型号",
        "货号",
    )
)
"""Attributes, by their name in lower case, whose values are codes."""

_MEASURE = re.compile(r"\d+(?:ml|cl|l|mg|g|kg|oz|lbs?|mm|cm|m|in|inch|ft|w|kw|v|mah|hz|ghz|mb|gb|tb|mp|k|p|pcs|pack)")
_PIECE = re.compile(r"\S+")


def code_of(text: str) -> str:
    """Letters and digits of a text without case, accents of width and signs: ``code_of("DC-40X") == "dc40x"``."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def forms(text: str) -> tuple[str, ...]:
    """The code, and, where it may be a GTIN, the 14 digits that all of those are written in."""
    code = code_of(text)
    if not code or len(code) > LONGEST:
        return ()
    # A spreadsheet may have taken a GTIN for a number, so that its zeros are gone.
    padded = code.isascii() and code.isdigit() and 8 <= len(code) <= GTIN_DIGITS
    return tuple(dict.fromkeys((code, code.zfill(GTIN_DIGITS)))) if padded else (code,)


def stored(texts: Iterable[str]) -> tuple[str, ...]:
    """What an index entry keeps of a variant.

    Parameters
    ----------
    texts
        Ids of the product and the variant, its barcodes, and the values of :data:`MODEL_ATTRIBUTES`.
    """
    return tuple(dict.fromkeys(form for text in texts for form in forms(text)))


def codes_in(text: str) -> tuple[str, ...]:
    """Codes that the words of a query may be, at most eight.

    A word with a digit and four letters or digits may be one, but not a measure ("500ml", "1080p"), and so may a whole
    query of at most four words: "dc 40 x". A code that no product has finds nothing, so reading too many is harmless.
    """
    pieces = _PIECE.findall(text)
    whole = [" ".join(pieces)] if 1 < len(pieces) <= 4 else []
    found = (form for piece in (*whole, *pieces) if _may_be(code_of(piece)) for form in forms(piece))
    return tuple(dict.fromkeys(found))[:MOST]


def _may_be(code: str) -> bool:
    return (
        SHORTEST <= len(code) <= LONGEST
        and code.isascii()
        and any(sign.isdigit() for sign in code)
        and not _MEASURE.fullmatch(code)
    )
