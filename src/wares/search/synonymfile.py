"""The merchant's file of synonyms, in the format of Solr and Elasticsearch.

::

    # words that mean the same
    sofa, couch, 沙发
    # one way: who asks for a sneaker may be shown trainers, not the other way round
    sneaker => trainers, 运动鞋
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from wares.errors import ConfigError

NAME = "synonyms.txt"
EVERYDAY = Path(__file__).with_name("everyday.txt")
MAX_LINES, MAX_CHARS, MAX_WORDS, MAX_WORD = 50_000, 4_000, 50, 100


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: ``words`` mean the same, or, with ``others``, may be replaced by these."""

    words: tuple[str, ...]
    others: tuple[str, ...] = ()

    def pairs(self) -> Iterator[tuple[str, str]]:
        """What may be asked for, and what it is then matched by as well."""
        if self.others:
            yield from ((word, other) for word in self.words for other in self.others)
        else:
            yield from permutations(self.words, 2)

    def __str__(self) -> str:
        left = ", ".join(word.replace(",", "\\,") for word in self.words)
        right = ", ".join(word.replace(",", "\\,") for word in self.others)
        return f"{left} => {right}" if right else left


def parse(text: str, name: str = NAME) -> list[Rule]:
    """The rules of a file.

    Raises
    ------
    ConfigError
        A line that is no rule; the message has its number and what to write.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    if len(lines) > MAX_LINES:
        raise ConfigError(f"{name} has {len(lines):,} lines", fix=f"at most {MAX_LINES:,}")
    return [rule for number, line in enumerate(lines, 1) if (rule := _rule(line, f"{name} line {number}")) is not None]


def read(path: Path) -> list[Rule]:
    """The rules of a file; none where there is no file."""
    if not path.exists():
        return []
    try:
        return parse(path.read_text("utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name} is not in UTF-8", fix="save it as UTF-8") from error


def merge(path: Path, rules: Sequence[Rule]) -> int:
    """Add those rules to a file that it does not have; its own lines and comments stay. How many were added."""
    known = {_same(rule) for rule in read(path)}
    fresh = list({_same(rule): rule for rule in rules if _same(rule) not in known}.values())
    before = path.read_text("utf-8") if path.exists() else ""
    if fresh:
        lines = "".join(f"{rule}\n" for rule in fresh)
        text = before + ("\n" if before and not before.endswith("\n") else "") + lines
        parse(text, path.name)
        beside = path.with_suffix(".part")
        beside.write_text(text, "utf-8")
        beside.replace(path)
    return len(fresh)


def _rule(line: str, where: str) -> Rule | None:
    bare = line.strip()
    if not bare or bare.startswith("#"):
        return None
    if len(bare) > MAX_CHARS:
        raise ConfigError(f"{where} has {len(bare):,} characters", fix=f"at most {MAX_CHARS:,}: write two lines")
    sides = [_words(side, where) for side in bare.split("=>")]
    if len(sides) > 2:
        raise ConfigError(f"{where} has two arrows", fix="write one line for each: a, b => c")
    if len(sides) == 2:
        if not all(sides):
            raise ConfigError(f"{where} has nothing on one side of its arrow", fix="write: a, b => c")
        return Rule(sides[0], sides[1])
    if len(sides[0]) < 2:
        raise ConfigError(f"{where} has one word alone: {bare[:40]!r}", fix="write: a, b, c or a => b, or take it away")
    return Rule(sides[0])


def _words(side: str, where: str) -> tuple[str, ...]:
    """Words between commas, a comma in a word written ``\\,``; Chinese commas part words too."""
    parts = (part.replace("\\,", ",").strip() for part in re.split(r"(?<!\\),|，|、", side))
    words = tuple(dict.fromkeys(" ".join(part.split()) for part in parts if part))
    if len(words) > MAX_WORDS:
        raise ConfigError(f"{where} has {len(words)} words", fix=f"at most {MAX_WORDS}: write two lines")
    for word in words:
        if len(word) > MAX_WORD:
            raise ConfigError(f"{where}: {word[:20]!r}… is too long", fix=f"at most {MAX_WORD} characters")
    return words


def _same(rule: Rule) -> tuple[object, ...]:
    low = [frozenset(word.casefold() for word in side) for side in (rule.words, rule.others)]
    return (*low,)
