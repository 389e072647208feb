"""Words → what is searched for: cleaned, cut to a limit, with its language told from the script."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wares.protocols import Analyzer
from wares.types import Filter, Notice, Query, Understood

MAX_CHARS = 300
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of a query were taken to mean, ready to be searched for."""

    text: str
    language: str
    terms: tuple[str, ...] = ()
    forms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()
    boosts: Mapping[str, Filter] = field(default_factory=dict)
    understood: Understood = field(default_factory=Understood)
    notices: tuple[Notice, ...] = ()


def plain(analyzer: Analyzer) -> Callable[[Query], Reading]:
    """Reads a query as its words stand."""

    def read(query: Query) -> Reading:
        text, language, notices = cleaned(query.text, query.language)
        terms = tuple(analyzer.terms(text, language))
        return Reading(text, language, terms, understood=Understood(text, language), notices=notices)

    return read


def cleaned(text: str, language: str = "") -> tuple[str, str, tuple[Notice, ...]]:
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
    return clean, told, notices


def _is_shown(sign: str) -> bool:
    return unicodedata.category(sign) not in _HIDDEN
