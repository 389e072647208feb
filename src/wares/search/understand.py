"""Words → what is searched for, in the steps of this page: clean, language, intents, spelling, synonyms, terms.

What is read out of the words or changed in them is told (``Understood``) and can be undone: ``Query.dropped`` takes
chips away, ``Query.literal`` searches for the words as they stand.
"""

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Protocol

from wares.protocols import Analyzer, Token
from wares.search.cleaning import clean, without
from wares.search.intents.entities import Carries
from wares.search.language import language_of
from wares.search.spelling.lexicon import Lexicon
from wares.search.spelling.speller import Speller
from wares.search.spelling.wordform import folded
from wares.search.synonyms import Synonyms
from wares.types import Chip, Correction, Filter, IntArray, Notice, Query, Understood

UNFINISHED, SHORTEST, MOST_ENDS = 0.7, 2, 8

Forms = dict[str, dict[str, float]]


class Expand(Protocol):
    """A prefix and a limit → the terms that begin with it, those that most products within some filters have first."""

    def __call__(self, prefix: str, limit: int, within: tuple[Filter, ...] = (), /) -> tuple[str, ...]: ...


class Intents(Protocol):
    """What the words say beside what is searched for; ``text`` is what is left of them."""

    @property
    def text(self) -> str: ...
    @property
    def chips(self) -> tuple[Chip, ...]: ...
    @property
    def filters(self) -> tuple[Filter, ...]: ...
    @property
    def boosts(self) -> Mapping[str, Filter]: ...
    @property
    def notices(self) -> tuple[Notice, ...]: ...


class Frequencies(Protocol):
    """Terms → (t,) how many products within some filters have each."""

    def __call__(self, terms: Sequence[str], within: tuple[Filter, ...] = (), /) -> IntArray: ...


class IntentReader(Protocol):
    """Reads prices, sizes, colours and the like out of words."""

    def within(self, part: Carries) -> "IntentReader": ...

    def read(self, text: str, language: str, dropped: Collection[str]) -> Intents: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """A query as it is searched for.

    Attributes
    ----------
    text
        What is encoded and whose words are matched.
    language
        BCP 47 tag, "" where nothing says it.
    terms, forms
        The terms of the text, and what else each may be matched by: ``IndexQuery.terms`` and ``forms``. A colour that
        is a filter is no term: every product that passes is red, so that for "red shoes" only the shoes tell.
    filters, boosts
        What was read out of the words, beside the query's own filters.
    understood
        What the shopper must see of it.
    """

    text: str
    language: str = ""
    terms: tuple[str, ...] = ()
    forms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()
    boosts: Mapping[str, Filter] = field(default_factory=dict)
    understood: Understood = field(default_factory=Understood)
    notices: tuple[Notice, ...] = ()


class Understander:
    """Reads queries.

    Parameters
    ----------
    analyzer
        The one that the products were indexed with.
    lexicon
        The catalogue's vocabulary; without it nothing is corrected.
    synonyms
        None: words have no others.
    read
        What reads intents; None: all words are searched for.
    frequencies, expand
        The index's own, such as ``ProductIndex.frequencies``; without them nothing is corrected or completed.
    language
        The shop's.
    """

    def __init__(
        self,
        analyzer: Analyzer,
        lexicon: Lexicon | None = None,
        synonyms: Synonyms | None = None,
        read: IntentReader | None = None,
        frequencies: Frequencies | None = None,
        expand: Expand | None = None,
        language: str = "",
    ) -> None:
        self._analyzer = analyzer
        self._languages = lexicon.languages if lexicon else {}
        self._synonyms = synonyms or Synonyms(analyzer)
        self._read = read
        self._frequencies = frequencies
        self._expand = expand
        self._language = language
        self._lexicon = lexicon
        self._always: tuple[Filter, ...] = ()
        self._speller = Speller(lexicon, analyzer, self._counted) if lexicon and frequencies else None

    def __call__(self, query: Query) -> Reading:
        """Read a query of any length, script or content."""
        asked, notices = clean(query.text)
        language = language_of(asked, query.language, self._languages, self._language)
        intents = self._read.read(asked, language, query.dropped) if self._read and not query.literal else None
        text = intents.text if intents else asked
        correction = None
        if not query.literal:
            text, correction = self._spelled(asked, text, language)
        terms, forms = self._matched(_without_filters(text, intents), language, literal=query.literal)
        return Reading(
            text,
            language,
            terms,
            forms,
            intents.filters if intents else (),
            intents.boosts if intents else {},
            Understood(text, language, intents.chips if intents else (), correction),
            (*notices, *(intents.notices if intents else ())),
        )

    def within(self, part: Carries) -> "Understander":
        """Reads for a part of the catalogue: words and names that only others have are none."""
        other = copy(self)
        other._always = part.within
        other._read = self._read.within(part) if self._read else None
        if self._lexicon and self._frequencies:
            other._speller = Speller(self._lexicon, self._analyzer, other._counted, strict=True)
        return other

    def _spelled(self, asked: str, text: str, language: str) -> tuple[str, Correction | None]:
        """The text to search for, and what it is a correction of; the shopper sees the whole query."""
        if self._speller is None:
            return text, None
        tokens = self._analyzer.tokens(text, language)
        unfinished = bool(tokens) and tokens[-1].end == len(text) and bool(self._ends(tokens[-1], text))
        respelled = self._speller(text, language, unfinished=unfinished)
        if respelled is None:
            return text, None
        whole = asked
        for before, after in respelled.changes:
            whole = whole.replace(before, after, 1)
        return respelled.text if respelled.sure else text, Correction(whole, asked, respelled.sure)

    def _matched(self, text: str, language: str, *, literal: bool) -> tuple[tuple[str, ...], Forms]:
        """Terms and their forms, those left out that no product has."""
        tokens = self._analyzer.tokens(text, language)
        if literal:
            return tuple(term for token in tokens for term in token.terms), {}
        carried = self._carried if self._frequencies else None
        widened = self._synonyms(tokens, text, carried)
        forms = {term: dict(others) for term, others in widened.forms.items()}
        for end in self._ends(tokens[-1], text) if tokens and tokens[-1].end == len(text) else ():
            for term in tokens[-1].terms:
                if term in widened.terms and term != end:
                    forms.setdefault(term, {}).setdefault(end, UNFINISHED)
        having = self._having([form for others in forms.values() for form in others])
        alive = {
            term: {form: worth for form, worth in others.items() if having[form]} for term, others in forms.items()
        }
        return widened.terms, {term: others for term, others in alive.items() if others}

    def _ends(self, last: Token, text: str) -> Sequence[str]:
        """What an unknown last word may be the beginning of."""
        if self._expand is None or len(last.terms) == 0 or any(self._having(last.terms).values()):
            return ()
        word = folded(text[last.start : last.end])
        if len(word) < SHORTEST:
            return ()
        return self._expand(word, MOST_ENDS, self._always) if self._always else self._expand(word, MOST_ENDS)

    def _carried(self, terms: Sequence[str]) -> bool:
        """Whether the catalogue has every one of them."""
        return all(self._having(terms).values())

    def _having(self, terms: Sequence[str]) -> dict[str, int]:
        """How many products have each term; 1 where nobody knows."""
        asked = list(dict.fromkeys(terms))
        if self._frequencies is None or not asked:
            return dict.fromkeys(asked, 1)
        return dict(zip(asked, self._counted(asked).tolist(), strict=True))

    def _counted(self, terms: Sequence[str]) -> IntArray:
        assert self._frequencies is not None
        return self._frequencies(terms, self._always) if self._always else self._frequencies(terms)


def _without_filters(text: str, intents: Intents | None) -> str:
    """The text without the words of filters, unless nothing would be left of it."""
    words = [chip.words for chip in intents.chips if chip.kind == "filter"] if intents else []
    return without(text, words) or text
