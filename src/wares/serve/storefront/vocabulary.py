"""What the values of facets and options are called in the reader's language."""

import re
from collections.abc import Callable
from functools import lru_cache

from wares.serve.storefront.messages import Messages
from wares.types import Product

COLOURS = ("color", "colour", "photo_color")
_HAN = re.compile(r"[㐀-䶿一-鿿]")

Example = Callable[[str, str], Product | None]


def reads(text: str, language: str) -> bool:
    """Whether a text is in the script of a language."""
    return bool(_HAN.search(text)) == (language == "zh")


class Vocabulary:
    """Names of values, learned from the products that have them.

    Parameters
    ----------
    example
        A product whose ``field`` has ``value``, or None; asked once for each value, as long as it is remembered.
    """

    def __init__(self, example: Example, max_size: int = 4096) -> None:
        self._example = example
        self._learned = lru_cache(max_size)(self._learn)

    def name(self, field: str, value: str, t: Messages) -> str:
        """A truth value, the last step of a path, what a product calls it, a colour we know, else the value itself."""
        if value in ("true", "false"):
            return t("yes" if value == "true" else "no")
        last = value.rsplit(" > ", 1)[-1]
        foreign = last == value and not reads(value, t.language) and any(map(str.isalpha, value))
        if foreign and (learned := self._learned(field, value, t.language)):
            return learned
        return t.name("colour", value, value) if field in COLOURS else last

    def _learn(self, field: str, value: str, language: str) -> str:
        product = self._example(field, value)
        return product.called(field, value, language) if product else ""
