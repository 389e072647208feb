"""Did you mean? Another spelling of a query, from the words of the catalogue alone.

A word that the catalogue has is never touched, nor is one with digits. What is left may be a slip of letters, two words
written as one or one as two, Chinese signs that sound alike or a sign too many, pinyin typed instead of signs, or
initials. Each is a proposal for a stretch of the query with a cost; the cheapest that do not overlap are taken.
A proposal is sure where the stretch as typed finds nothing, it costs little, and the next best costs clearly more.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from wares.protocols import Analyzer
from wares.search.spelling.candidates import JOINED, LONG, Candidate, lettered, mixed, signed
from wares.search.spelling.lexicon import Lexicon
from wares.search.spelling.pinyin import is_spelled
from wares.search.spelling.wordform import folded, is_han, is_lettered
from wares.types import IntArray

MOST_WORDS = 32  # of a query are looked at
WINDOW, WORDS_OF_WINDOW = 5, 4  # signs and words of a stretch of Chinese
NEIGHBOUR = 0.3  # what it is worth that the catalogue has it beside the word before or after
TOGETHER = 0.3  # what it is worth that one entry explains one more word
WORST, SURE, MARGIN = 1.2, 0.9, 0.1
OFTEN_BY_FAR = 20  # products that make a catalogue's word likelier than a word of the dictionary

Frequencies = Callable[[Sequence[str]], IntArray]
"""Terms → (t,) how many products have each."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A word of a query: where it stands, folded, its terms, and whether the catalogue has it."""

    start: int
    end: int
    text: str
    terms: tuple[str, ...]
    known: bool

    @property
    def is_loose(self) -> bool:
        """A Chinese sign that is no part of a word of the dictionary."""
        return len(self.text) == 1 and is_han(self.text)


@dataclass(frozen=True, slots=True)
class Respelled:
    """Another spelling: what was changed into what, in order, and whether it is sure enough to be searched for."""

    text: str
    changes: tuple[tuple[str, str], ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another text for ``query[start:end]``."""

    start: int
    end: int
    text: str
    cost: float
    sure: bool


class Speller:
    """Corrects queries.

    Parameters
    ----------
    lexicon
        The catalogue's vocabulary.
    frequencies
        What the index has now: a word that it has is right, whatever the vocabulary says.
    strict
        What it does not have is no word and no other spelling either: the vocabulary is of more than may be told.
    """

    def __init__(self, lexicon: Lexicon, analyzer: Analyzer, frequencies: Frequencies, *, strict: bool = False) -> None:
        self._lexicon = lexicon
        self._strict = strict
        self._analyzer = analyzer
        self._frequencies = frequencies

    def __call__(self, text: str, language: str = "", *, unfinished: bool = False) -> Respelled | None:
        """Another spelling of a text, or None where it is right or nothing better is known.

        Parameters
        ----------
        unfinished
            The last word may be the beginning of another one, so that it is not corrected without being asked.
        """
        words = self._seen(text, language)
        if all(word.known and not word.is_loose for word in words):
            return None
        proposals = [*self._of_letters(words, text), *self._of_signs(words)]
        if unfinished:
            proposals = [replace(each, sure=each.sure and each.end < len(text.rstrip())) for each in proposals]
        chosen = _apart(proposals)
        if not chosen:
            return None
        sure = [proposal for proposal in chosen if proposal.sure]
        changes = tuple((text[each.start : each.end], each.text) for each in sure or chosen)
        corrected = _replaced(text, sure or chosen)
        return Respelled(corrected, changes, bool(sure)) if folded(corrected) != folded(text) else None

    def _seen(self, text: str, language: str) -> list[Seen]:
        tokens = self._analyzer.tokens(text, language)[:MOST_WORDS]
        having = self._having(term for token in tokens for term in token.terms)
        words = []
        for token in tokens:
            surface = folded(text[token.start : token.end])
            named = is_han(surface) or is_lettered(surface)
            whole = [term for term in token.terms if len(term) == len(surface)] if is_han(surface) else token.terms
            known = not named or not token.terms or any(having[term] for term in whole)
            known = known or (not self._strict and self._lexicon.count(surface) > 0)
            words.append(Seen(token.start, token.end, surface, token.terms, known))
        return words

    def _having(self, terms: Iterable[str]) -> dict[str, int]:
        asked = list(dict.fromkeys(terms))
        return dict(zip(asked, self._frequencies(asked).tolist(), strict=True)) if asked else {}

    def _of_letters(self, words: Sequence[Seen], text: str) -> Iterator[Proposal]:
        for at, word in enumerate(words):
            if word.known or not is_lettered(word.text):
                continue
            before, after = words[max(0, at - 1) : at], words[at + 1 : at + 2]
            candidates = [self._beside(each, words, at, at + 1) for each in lettered(word.text, self._lexicon)]
            yield from self._proposal(word.start, word.end, candidates, sure=True)
            for left, right in ((before, after), (before, []), ([], after)):
                run = [*left, word, *right]
                touching = all(one.end == other.start for one, other in pairwise(run))
                if len(run) > 1 and touching and all(is_han(each.text) for each in (*left, *right)):
                    found = [*mixed(word.text, _text(left), _text(right), self._lexicon)]
                    yield from self._proposal(run[0].start, run[-1].end, found, sure=True)
        yield from self._joined(words, text)

    def _joined(self, words: Sequence[Seen], text: str) -> Iterator[Proposal]:
        """Words that were written apart ("head phones", "lian yi qun"), one of them unknown at least."""
        for start in range(len(words)):
            for end in range(start + 2, min(start + 6, len(words)) + 1):
                run = words[start:end]
                if not all(is_lettered(word.text) for word in run) or all(word.known for word in run):
                    break
                if any(text[one.end : other.start] != " " for one, other in pairwise(run)):
                    break
                whole = "".join(word.text for word in run)
                count = self._lexicon.words.place(whole)
                candidates = [Candidate(whole, JOINED, 1)] if count is not None else []
                if all(is_spelled(word.text) for word in run):
                    candidates += [each for each in lettered(whole, self._lexicon) if is_han(each.text)]
                nothing = not any(word.known for word in run)
                cheaper = [replace(each, cost=each.cost - TOGETHER * (len(run) - 1)) for each in candidates]
                sure = nothing or (count is not None and not self._strict)
                yield from self._proposal(run[0].start, run[-1].end, cheaper, sure=sure)

    def _of_signs(self, words: Sequence[Seen]) -> Iterator[Proposal]:
        windows = [*_windows(words)]
        having = self._having(
            term
            for window in windows
            for term in (_text(window), *(term for word in window for term in word.terms if len(term) > 1))
        )
        for window in windows:
            text = _text(window)
            if having[text] or (not self._strict and self._lexicon.count(text)):
                continue
            at = words.index(window[0])
            kept = _kept(window)
            candidates = [
                self._beside(each, words, at, at + len(window))
                for each in signed(text, self._lexicon)
                if len(each.text) != len(text) or all(each.text[place] == text[place] for place in kept)
            ]
            if any(len(word.text) > 1 and not word.known for word in window):  # a word, if not one of the catalogue
                often = (each for each in candidates if each.met or each.count >= OFTEN_BY_FAR)
                candidates = [replace(each, firm=each.met) for each in often]
            nothing = not any(having[term] for word in window for term in word.terms if len(term) > 1)
            yield from self._proposal(window[0].start, window[-1].end, candidates, sure=nothing)

    def _proposal(self, start: int, end: int, candidates: Sequence[Candidate], *, sure: bool) -> Iterator[Proposal]:
        """The cheapest candidate for a stretch that may be told, if it is cheap enough."""
        if self._strict:
            candidates = [each for each in candidates if self._there(each.text)]
        return _proposal(start, end, candidates, sure=sure)

    def _there(self, text: str) -> bool:
        """Whether the index has every word of a text."""
        having = self._having(self._analyzer.terms(text))
        return bool(having) and all(having.values())

    def _beside(self, candidate: Candidate, words: Sequence[Seen], start: int, end: int) -> Candidate:
        """Cheaper where the catalogue has it beside the neighbouring word."""
        space = "" if is_han(candidate.text) else " "
        before = words[start - 1].text + space + candidate.text if start else ""
        after = candidate.text + space + words[end].text if end < len(words) else ""
        met = not self._strict and any(phrase and self._lexicon.count(phrase) for phrase in (before, after))
        firm = candidate.firm or is_han(candidate.text) or len(candidate.text) >= LONG
        return replace(candidate, cost=candidate.cost - NEIGHBOUR, firm=firm, met=True) if met else candidate


def _windows(words: Sequence[Seen]) -> Iterator[Sequence[Seen]]:
    """Stretches of Chinese with a word in them that the catalogue does not have, or a loose sign."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + WORDS_OF_WINDOW, len(words)) + 1):
            window = words[start:end]
            if not is_han(window[-1].text) or any(one.end != other.start for one, other in pairwise(window)):
                break
            signs = sum(len(word.text) for word in window)
            if signs > WINDOW:
                break
            if signs > 1 and any(not word.known or word.is_loose for word in window):
                yield window


def _text(window: Sequence[Seen]) -> str:
    return "".join(word.text for word in window)


def _kept(window: Sequence[Seen]) -> list[int]:
    """Places of signs that belong to words the catalogue has."""
    places: list[int] = []
    start = 0
    for word in window:
        if word.known and not word.is_loose:
            places += range(start, start + len(word.text))
        start += len(word.text)
    return places


def _proposal(start: int, end: int, candidates: Sequence[Candidate], *, sure: bool) -> Iterator[Proposal]:
    """The cheapest candidate for a stretch, if it is cheap enough."""
    ordered = sorted(candidates, key=lambda each: (each.cost, each.text))
    if ordered and ordered[0].cost <= WORST:
        best = ordered[0]
        second = next((each for each in ordered if each.text != best.text), None)
        clear = second is None or second.cost - best.cost >= MARGIN
        yield Proposal(start, end, best.text, best.cost, sure and clear and best.firm and best.cost <= SURE)


def _apart(proposals: Iterable[Proposal]) -> list[Proposal]:
    """The cheapest proposals that do not overlap; of equal ones the longest."""
    chosen: list[Proposal] = []
    for each in sorted(proposals, key=lambda p: (p.cost, p.start - p.end, p.start)):
        if all(each.end <= other.start or other.end <= each.start for other in chosen):
            chosen.append(each)
    return sorted(chosen, key=lambda p: p.start)


def _replaced(text: str, proposals: Sequence[Proposal]) -> str:
    for proposal in reversed(proposals):
        text = text[: proposal.start] + proposal.text + text[proposal.end :]
    return text
