"""Words → what is searched for: cleaned, cut to a limit, with its language told from the script."""

import re
import unicodedata
from dataclasses import dataclass

from wares.types import Notice

MAX_CHARS = 300
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Understood:
    """The text that is searched for, its language ("" = unknown) and what the shopper must be told."""

    text: str
    language: str
    notices: tuple[Notice, ...] = ()


def understand(text: str, language: str = "") -> Understood:
    """Read a shopper's words, of any length, script or content."""
    shown = "".join(
        " " if sign.isspace() else sign for sign in text[: 4 * MAX_CHARS] if sign.isspace() or _is_shown(sign)
    )
    clean = " ".join(unicodedata.normalize("NFKC", shown).split())
    told = "zh" if _HAN.search(clean) else language
    notices: tuple[Notice, ...] = ()
    if len(clean) > MAX_CHARS or len(text) > 4 * MAX_CHARS:
        clean = clean[:MAX_CHARS].rstrip()
        notices = (Notice("query_cut", f"Only the first {MAX_CHARS} characters were searched for."),)
    return Understood(clean, told, notices)


def _is_shown(sign: str) -> bool:
    return unicodedata.category(sign) not in _HIDDEN
