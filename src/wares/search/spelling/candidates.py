"""What else a word may have been meant to be: by its letters, by its sound, by its initials, joined or apart.

A cost of 0 is certainty, 1 is one plain slip; a word that ten times as many products have costs ``COMMON`` less. The
costs, and what is firm, were set by planting slips into real queries whose right form was known (``bench chinese``).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from wares.search.spelling.lexicon import LONGEST, Lexicon
from wares.search.spelling.pinyin import blurred, is_spelled
from wares.search.spelling.wordform import is_han

COMMON = 0.15
LONG = 6  # letters of a word that is not likely to be another one by chance
OFTEN = 10  # products that make a word a firm guess
FIRST_LETTER, SAME_LETTERS = 0.4, 0.2
JOINED = 0.0
APART, GUESSED_APART, SOUND, NEAR_SOUND, SOUNDS, INITIALS, TWO_INITIALS = 0.4, 1.0, 0.5, 0.9, 0.9, 1.0, 1.5
SIGN, NEAR_SIGN, OTHER_SIGN, MOVED, DOUBLED, MISSING = 0.25, 0.5, 1.1, 0.6, 0.3, 0.9
MOST = 20  # homophones that are weighed
PIECES = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another word, what it costs, how many products have it, whether it is more than a guess, and whether
    the catalogue has it beside the neighbouring word."""

    text: str
    cost: float
    count: int
    firm: bool = True
    met: bool = False


def edits(word: str) -> int:
    """How many letters of a word may be wrong: none of a short one, two of a long one."""
    return 0 if len(word) < 4 else 1 if len(word) < 7 else 2


def lettered(word: str, lexicon: Lexicon) -> Iterator[Candidate]:
    """What a word of letters may have been meant to be."""
    if len(word) > 2 * LONGEST:
        return
    limit = edits(word)
    for other, distance in lexicon.near(word, limit) if limit else ():
        if is_han(other) or len(other) < 3:
            continue
        yield _slipped(word, _weighed(other, distance, lexicon))
    yield from _apart(word, lexicon)
    if len(word) >= 4 and is_spelled(word):
        yield from _spoken(word, lexicon)
    if 2 <= len(word) <= 6 and word.isascii():
        initials = lexicon.commonest(lexicon.initials.find(word), MOST)
        cost = INITIALS if len(word) > 2 else TWO_INITIALS
        yield from (replace(_weighed(each, cost, lexicon), firm=len(word) > 3) for each in initials)


def signed(window: str, lexicon: Lexicon) -> Iterator[Candidate]:
    """What some Chinese signs may have been meant to be: as many that sound alike, or one more, less or other.

    At least half of the signs stay: other signs throughout are another word, nearly always.
    """
    said = lexicon.readings.syllables(window)
    for sound in {blurred("".join(way)) for way in lexicon.readings.ways(window)}:
        for entry in lexicon.commonest(lexicon.sounds.find(sound), MOST):
            changed = sum(one != other for one, other in zip(window, entry, strict=False))
            if len(entry) == len(window) and 0 < 2 * changed <= len(window):
                found = _weighed(entry, _unlike(window, said, entry, lexicon), lexicon)
                yield replace(found, firm=len(entry) > 2 or found.count >= OFTEN)
    for other, _ in lexicon.near(window, 1):
        cost = _slip(window, other)
        if cost is not None:
            found = _weighed(other, cost, lexicon)
            yield replace(found, firm=cost < MISSING and (len(other) > 2 or found.count >= OFTEN))


def mixed(letters: str, before: str, after: str, lexicon: Lexicon) -> Iterator[Candidate]:
    """What letters between Chinese signs may stand for, so that all of it is one entry ("lian衣裙", "hw手机")."""
    said = [lexicon.readings.syllables(signs) for signs in (before, after)]
    start, end = map("".join, said)
    first, last = ("".join(syllable[0] for syllable in syllables) for syllables in said)
    for found, cost in (
        (lexicon.sounds.find(blurred(start + letters + end)), SOUND),
        (lexicon.initials.find(first + letters + last), SOUND),
    ):
        for entry in lexicon.commonest(found, 10 * MOST):
            if entry.startswith(before) and entry.endswith(after) and len(entry) > len(before + after):
                yield _weighed(entry, cost, lexicon)


def _slipped(word: str, near: Candidate) -> Candidate:
    """A word by its letters: a guess where it is short or rare, or where one is the other with an ending.

    What a shop does not carry is often one letter from what it does ("tablet", "table").
    """
    same = set(near.text) == set(word)
    unlike = FIRST_LETTER * (near.text[0] != word[0]) - SAME_LETTERS * same
    ending = near.text.startswith(word) or word.startswith(near.text)
    firm = len(word) >= LONG and not ending and (same or near.count >= OFTEN)
    return replace(near, cost=near.cost + unlike, firm=firm)


def _apart(word: str, lexicon: Lexicon) -> Iterator[Candidate]:
    """Two words that were written as one: neighbours of the catalogue, else two long words of it."""
    phrases = lexicon.commonest(lexicon.joined.find(word), MOST)
    yield from (_weighed(phrase, APART, lexicon) for phrase in phrases)
    if phrases:
        return
    for place in range(3, len(word) - 2):
        left, right = word[:place], word[place:]
        count = min(lexicon.count(left), lexicon.count(right))
        if count:
            yield Candidate(f"{left} {right}", GUESSED_APART - COMMON * math.log10(count), count)


def _spoken(word: str, lexicon: Lexicon) -> Iterator[Candidate]:
    """Chinese words whose pinyin was typed, one or several."""
    flat = word.replace("v", "u")
    for entry in lexicon.commonest(lexicon.sounds.find(blurred(word)), MOST):
        exact = any("".join(way).replace("v", "u") == flat for way in lexicon.readings.ways(entry))
        yield _weighed(entry, SOUND if exact else NEAR_SOUND, lexicon)
    pieces = _pieces(word, lexicon)
    if len(pieces) > 1:
        count = min(piece.count for piece in pieces)
        yield Candidate("".join(piece.text for piece in pieces), SOUNDS - COMMON * math.log10(count), count)


def _pieces(word: str, lexicon: Lexicon) -> list[Candidate]:
    """The fewest words, and of those the commonest, whose pinyin makes up all of the letters; none where none does."""
    best: list[list[Candidate] | None] = [[]] + [None] * len(word)
    for end in range(4, len(word) + 1):
        for start in range(max(0, end - 24), end - 3):
            before = best[start]
            if before is None or len(before) == PIECES:
                continue
            piece = word[start:end]
            found = lexicon.sounds.find(blurred(piece))
            entries = lexicon.commonest(found, MOST) if len(found) else []
            spoken = (
                e
                for e in entries
                if "".join(lexicon.readings.syllables(e)).replace("v", "u") == piece.replace("v", "u")
            )
            entry = next(spoken, None)
            if entry is not None:
                way = [*before, _weighed(entry, SOUND, lexicon)]
                known = best[end]
                if known is None or _worth(way) < _worth(known):
                    best[end] = way
    return best[-1] or []


def _worth(way: list[Candidate]) -> tuple[int, float]:
    return len(way), sum(piece.cost for piece in way)


def _unlike(window: str, said: tuple[str, ...], entry: str, lexicon: Lexicon) -> float:
    """How far signs that sound alike are from those of an entry."""
    spoken = lexicon.readings.syllables(entry)
    pairs = zip(window, entry, said, spoken, strict=True)
    return sum(SIGN if one == other else NEAR_SIGN for mine, theirs, one, other in pairs if mine != theirs)


def _slip(window: str, other: str) -> float | None:
    """What one sign more, less, moved or other costs; None where too little is left to tell."""
    if sorted(window) == sorted(other):
        return MOVED
    if not is_han(other):
        return None
    if len(window) == len(other):
        return OTHER_SIGN if len(window) > 3 else None
    if len(other) > len(window):
        return MISSING if len(other) > 2 else None
    pairs = enumerate(pairwise(window))
    doubled = any(one == after and window[:place] + window[place + 1 :] == other for place, (one, after) in pairs)
    return DOUBLED if doubled else None


def _weighed(text: str, cost: float, lexicon: Lexicon) -> Candidate:
    count = max(1, lexicon.count(text))
    return Candidate(text, cost - COMMON * math.log10(count), count)
