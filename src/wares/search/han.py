"""Chinese signs: which they are, and their simplified form."""

import re
from functools import cache
from typing import Any

SIGNS = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""For a class of a regular expression."""
HAN = re.compile(f"[{SIGNS}]")


def simplified(text: str) -> str:
    """Traditional signs become simplified ones; all else stays."""
    converted: str = _converter().convert(text)
    return converted


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
