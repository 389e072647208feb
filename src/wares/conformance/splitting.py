"""Words as they stand between spaces: nothing that a language could change, so that only the index is under test."""

import re

from wares.protocols import Token


class Splitting:
    """An analyzer whose terms are the words themselves, in small letters."""

    fingerprint = "splitting"

    def terms(self, text: str, language: str = "") -> list[str]:
        return [term for token in self.tokens(text, language) for term in token.terms]

    def tokens(self, text: str, language: str = "") -> list[Token]:
        del language
        return [Token(*found.span(), (found[0].lower(),)) for found in re.finditer(r"\S+", text)]
