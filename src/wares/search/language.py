"""The language of a query: its script says it, else the shopper, else the words if there are enough of them."""

import re
from collections.abc import Mapping

from wares.search.han import HAN

_KANA = re.compile(r"[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
ENOUGH = 3  # words that a language can be told from
UNSPACED = frozenset(("zh", "ja", "ko"))


def language_of(text: str, hint: str, spoken: Mapping[str, int], default: str) -> str:
    """BCP 47 tag of a query's language; "" where nothing says it.

    Parameters
    ----------
    hint
        What the shopper's page is in.
    spoken
        The catalogue's languages, with the number of products: no other is guessed.
    default
        The shop's language.
    """
    han, kana, hangul = (len(script.findall(text)) for script in (HAN, _KANA, _HANGUL))
    if kana > 1 and 2 * kana >= han:  # a single の is fashion in Chinese
        return "ja"
    if han:
        return "zh"
    if hangul:
        return "ko"
    written = {language for language in spoken if language not in UNSPACED}
    if len(written) > 1 and len(text.split()) >= ENOUGH and hint.split("-")[0].lower() not in written:
        return _told(text, written)
    return hint or default


def _told(text: str, written: set[str]) -> str:
    from py3langid import rank

    return next((str(tag) for tag, _ in rank(text) if tag in written), "")
