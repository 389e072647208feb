"""The names of a catalogue that the words of a query spell: the longest first, and none that cuts a word in two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wares.protocols import Analyzer
from wares.search.intents.entities import COLOURS, Entities, Name
from wares.search.intents.tokens import Token

BRAND_OF_WORDS = 0.3  # how sure a brand of several words must be: they seldom stand together for anything else

ENDS = frozenset("男女")  # single signs that are words at either end of a query; 皮 is one only where it stands alone
LITTLE = frozenset(
    ("for", "with", "in", "on", "and", "or", "from", "by", "to", "at", "of", "的", "和", "与", "或", "带", "有", "款")
)
SHADES = frozenset(("light", "dark", "pale", "deep", "bright", "soft", "浅", "深"))

Spans = Sequence[tuple[int, int]]
"""Starts and ends of what is taken out of a text."""


def hidden(token: Token, taken: Spans) -> bool:
    """Whether the token is taken out."""
    return any(start < token.end and token.start < end for start, end in taken)


@dataclass(frozen=True, slots=True)
class Spelled:
    """The tokens of a query that nothing else took, and the names that they spell."""

    text: str
    tokens: Sequence[Token]
    entities: Entities
    terms: frozenset[str]
    analyzer: Analyzer

    def names(self, taken: Spans) -> list[tuple[int, int, Name]]:
        """Start and end in the text of each name that is sure, from the left, the longest first.

        From the right it is known what follows a word: a category with a word after it that is no name only describes
        that ("guitar book", 围巾展示架), and a shade belongs to the colour that follows ("light blue").
        """
        visible = [not hidden(token, taken) for token in self.tokens]
        found: dict[int, tuple[int, Name]] = {}
        for place in reversed(range(len(self.tokens))):
            if visible[place] and (best := self._name_at(place, visible, found)):
                found[place] = best
        chosen, place = [], 0
        while place < len(self.tokens):
            count, name = found.get(place, (1, None))
            if name is not None:
                chosen.append((self.tokens[place].start, self.tokens[place + count - 1].end, name))
            place += count
        return chosen

    def _name_at(
        self, place: int, visible: Sequence[bool], found: Mapping[int, tuple[int, Name]]
    ) -> tuple[int, Name] | None:
        """The longest sure name from a token on, and how many tokens it has."""
        shade = self.tokens[place].exact in SHADES
        for count in range(self._reach(place), 0, -1):
            name = self._best(place, count, whole=count == sum(visible))
            if (
                name is None
                or not (self._whole(place, count) or self._leads(place, count, found))
                or (shade and count == 1 and place + 1 in found)
            ):
                continue
            if name.column == "category" and place + count not in found and self._describes(place + count, visible):
                continue
            return count, name
        if shade and (following := found.get(place + 1)) and following[1].column in COLOURS and self._apart(place, 1):
            return following[0] + 1, following[1]
        return None

    def _leads(self, place: int, count: int, found: Mapping[int, tuple[int, Name]]) -> bool:
        """Whether Chinese words begin the text and a name follows: 真皮 of 真皮靴子, cut as 真 and 皮靴子."""
        start = self.tokens[place].start
        return count > 1 and self.tokens[place].han and place + count in found and not self._han_beside(start - 1)

    def _describes(self, following: int, visible: Sequence[bool]) -> bool:
        """Whether the token stands right behind what is before it and is a word of its own."""
        if following >= len(self.tokens) or not visible[following]:
            return False
        before, token = self.tokens[following - 1], self.tokens[following]
        gap = self.text[before.end : token.start]
        if token.han:
            return not gap and token.exact not in LITTLE
        return gap == " " and token.exact.isalpha() and token.exact not in LITTLE

    def length_at(self, place: int, categories: bool) -> int:
        """How many tokens from one on are a name, sure or not; a single word may also be an end of one."""
        for count in range(self._reach(place), 0, -1):
            known = (categories or name.column != "category" for name in self._names(place, count))
            if any(known) and self._whole(place, count, signs=True):
                return count
        key = self.tokens[place].key
        return int(bool(self.entities.holding(key)) and self._whole(place, 1, signs=True))

    def names_of(self, first: int, last: int) -> tuple[Name, ...]:
        """What is called by exactly these words, and values that have them at an end."""
        inside = [place for place, token in enumerate(self.tokens) if first <= token.start and token.end <= last]
        if not inside:
            return ()
        names = self._names(inside[0], len(inside))
        key = self._key(inside[0], len(inside))
        return (*names, *(name for name in self.entities.holding(key) if name.column not in ("brand", "category")))

    def _reach(self, place: int) -> int:
        """Tokens from one on that stand in one line, at most as many as the longest name has."""
        return min(self.entities.longest, len(self.tokens) - place)

    def _best(self, place: int, count: int, whole: bool) -> Name | None:
        names = self._names(place, count)
        latin = count > 1 and not self.tokens[place].han
        for name in names:
            brand = name.column == "brand"
            if name.sure or (brand and (whole or (latin and name.share >= BRAND_OF_WORDS))):
                return name
        return None

    def _names(self, place: int, count: int) -> tuple[Name, ...]:
        part = self.tokens[place : place + count]
        exact = " ".join(token.exact for token in part)
        joined = "".join(token.key for token in part)
        brands = self.entities.brands(exact) or (self.entities.brands(exact.replace(" ", "")) if count > 1 else ())
        own = self.entities.named(self._key(place, count)) or (self.entities.named(joined) if count == 2 else ())
        return (*brands, *own)

    def _key(self, place: int, count: int) -> str:
        return " ".join(token.key for token in self.tokens[place : place + count])

    def _whole(self, place: int, count: int, *, signs: bool = False) -> bool:
        """The tokens stand apart from their neighbours; Chinese ones are words, or single ``signs``, of the text."""
        part = self.tokens[place : place + count]
        if not self._apart(place, count):
            return False
        if not any(token.han for token in part):
            return True
        words = self.text[part[0].start : part[-1].end]
        if signs and len(words) == 1:
            return True
        if not self.terms.issuperset(self.analyzer.terms(words)):
            return False
        beside = self._han_beside(part[0].start - 1), self._han_beside(part[0].end)
        return len(words) > 1 or not any(beside) or (words in ENDS and not all(beside))

    def _apart(self, place: int, count: int) -> bool:
        part, after = self.tokens[place : place + count], place + count
        near = all(b.start - a.end <= 3 for a, b in pairwise(part))
        return near and not part[0].joined and not (after < len(self.tokens) and self.tokens[after].joined)

    def _han_beside(self, at: int) -> bool:
        return 0 <= at < len(self.text) and "\u3400" <= self.text[at] <= "\u9fff"
