"""What shoppers do not want: "-leather", "without leather", "no leather", "except red", "不要皮的", "不含酒精".

Claims are words of a product and no negation: "sugar-free", "no show socks", "无糖", "无线". So the weak words of
English ("no", "not") negate only a value of the catalogue, and 无 never does.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wares.search.han import SIGNS
from wares.search.intents.tokens import Token

MOST_WORDS, MOST_SIGNS = 2, 4

_MINUS = re.compile(rf"(?<!\S)[-–](?=[^\W\d_]{{3}}|[{SIGNS}])")
_LOOSE = re.compile(
    r"(?<![\w'-])(?:without|excluding|exclude|except(?: for)?|other than)(?: (?:any|a|an|the))? +", re.I
)
_STRICT = re.compile(r"(?<![\w'-])(?:but )?(?:no|not|non)(?: (?:any|a|an|the|in))? +", re.I)
_HAN_LOOSE = re.compile(r"(?:不要|不含|不带|除了|除去|排除|去掉)(?:有|是|任何|带)?")
_HAN_STRICT = re.compile(r"(?:没有|不是)")
_HAN_END = re.compile(r"(?:以外|之外|外)?的?")
_HAN_STOP = re.compile(r"的|以外|之外|[^\w]|$")
_NO_THING = re.compile(r"太|那么|很|超|低|高|过|是|了|忘|错")
_STOP = frozenset(
    "you me my your it him her us them i we this that and or with for in on at by from to of limits borders".split()  # noqa: SIM905
)

NameAt = Callable[[int, bool], int]
"""Token number, whether a category may count → how many tokens from there are a name of the catalogue; 0 = none."""


@dataclass(frozen=True, slots=True)
class MinusPhrase:
    """``text[start:end]`` says that ``text[first:last]`` is not wanted."""

    start: int
    end: int
    first: int
    last: int


def minus_phrases(text: str, tokens: Sequence[Token], name_at: NameAt) -> list[MinusPhrase]:
    """What is not wanted; none overlaps another."""
    starts = {token.start: place for place, token in enumerate(tokens)}
    found: list[MinusPhrase] = []
    for pattern in (_MINUS, _LOOSE, _STRICT, _HAN_LOOSE, _HAN_STRICT):
        for match in pattern.finditer(text):
            at = starts.get(match.end())
            if at is None:
                continue
            last = _last(pattern, text, tokens, at, name_at, first=match.start() == 0)
            if last is None:
                continue
            end = _HAN_END.match(text, last).end() if tokens[at].han else last  # type: ignore[union-attr]
            if all(end <= other.start or other.end <= match.start() for other in found):
                found.append(MinusPhrase(match.start(), end, match.end(), last))
    return found


def _last(
    pattern: re.Pattern[str], text: str, tokens: Sequence[Token], at: int, name_at: NameAt, *, first: bool
) -> int | None:
    """Where the words end that are not wanted; None: the words do not say so."""
    if pattern in (_STRICT, _HAN_STRICT):
        count = name_at(at, pattern is _HAN_STRICT)
        return tokens[at + count - 1].end if count else None
    if tokens[at].han:
        count = name_at(at, True)
        end = tokens[at + count - 1].end if count else 0
        # 皮 of 不要皮的 is all that is meant, 酒 of 不含酒精 is not.
        known = count > 1 or (count and _HAN_STOP.match(text, end))
        return end if known else _unknown_han(text, tokens[at].start)
    if pattern is _MINUS:
        count = 1
        while at + count < len(tokens) and tokens[at + count].joined:
            count += 1
        return tokens[at + count - 1].end
    count = name_at(at, True)
    return tokens[at + count - 1].end if count else None if first else _unknown(text, tokens, at)


def _unknown(text: str, tokens: Sequence[Token], at: int) -> int | None:
    """One or two words that no name is made of, up to the first little word."""
    last = None
    for token in tokens[at : at + MOST_WORDS]:
        apart = last is not None and text[last : token.start] != " "
        if apart or token.exact in _STOP or token.han or token.exact.isdigit():
            break
        last = token.end
    return last


def _unknown_han(text: str, start: int) -> int | None:
    """A few signs up to 的, a blank or the end."""
    stop = _HAN_STOP.search(text, start)
    end = stop.start() if stop else len(text)
    return end if 0 < end - start <= MOST_SIGNS and not _NO_THING.match(text, start) else None
