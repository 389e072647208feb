"""Other words for the same thing: curated by the merchant, learned from the catalogue, joined and apart.

They become forms of a query's terms (what else a term may be matched by, and what it is then worth). Words are compared
by their terms, so that "dresses" is "dress", and a phrase is taken before the words in it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wares.protocols import Analyzer, Token
from wares.search.spelling.lexicon import Called, Lexicon
from wares.search.spelling.wordform import folded, is_lettered
from wares.search.synonymfile import Rule

CURATED, LEARNED, COMPOUND = 1.0, 0.8, 0.8
LONGEST = 6  # words of a phrase
MOST_FORMS = 16  # of a term
CLEAR = 0.3  # a translation that is this much rarer than the usual one is a slip

Whole = tuple[str, ...]
Others = Mapping[Whole, Mapping[Whole, float]]
"""Terms of a word or phrase → those of others that may stand for it, and what these are worth."""

Carried = Callable[[Sequence[str]], bool]
"""Whether the catalogue has every one of some terms."""


@dataclass(frozen=True, slots=True)
class Widened:
    """A query's terms, and what else each may be matched by."""

    terms: tuple[str, ...]
    forms: Mapping[str, Mapping[str, float]]


class Synonyms:
    """Finds other words for those of a query.

    Parameters
    ----------
    rules
        What the merchant says; worth 1.
    lexicon
        Of the catalogue: its words that are written joined or apart; worth .8.
    learned
        What :func:`learn` found; None: it is learned from the lexicon.
    """

    def __init__(
        self,
        analyzer: Analyzer,
        rules: Iterable[Rule] = (),
        lexicon: Lexicon | None = None,
        learned: Others | None = None,
    ) -> None:
        self._analyzer = analyzer
        self._lexicon = lexicon
        learned = learn(analyzer, lexicon) if learned is None and lexicon is not None else learned or {}
        self._others = {key: dict(others) for key, others in learned.items()}
        for words, others in (pair for rule in rules for pair in rule.pairs()):
            _join(self._others, analyzer, words, others, CURATED)

    def __len__(self) -> int:
        """How many words and phrases have others."""
        return len(self._others)

    def __call__(self, tokens: Sequence[Token], text: str, carried: Carried | None = None) -> Widened:
        """The terms of the tokens of a text, with their forms.

        A phrase of fewer words is a form of each term; one of more words takes the terms' place, or is dealt out to
        them, so that a product which has all of it is matched in full, and one which has a part of it in part. Words
        that the catalogue has keep their place before what was only learned: were "laptop" a "notebook PC", every PC
        would be half a laptop.

        Parameters
        ----------
        carried
            Whether the catalogue has all of some terms; None: nobody knows, and what was learned counts as curated.
        """
        said = [token for token in tokens if token.terms]
        terms: list[str] = []
        forms: dict[str, dict[str, float]] = {}
        at = 0
        while at < len(said):
            found = self._longest(said, at, text)
            span = said[at : at + max(found, default=1)]
            own = [term for token in span for term in token.terms]
            others = _sensible(own, found.get(len(span), {}), carried)
            if len(span) > 1:  # words inside a phrase keep their own
                for token in span:
                    self._deal([*token.terms], _sensible(token.terms, self._of((_whole(token),)), carried), forms)
            terms += self._deal(own, others, forms)
            at += len(span)
        kept = {term: _best(forms[term], term) for term in dict.fromkeys(terms) if term in forms}
        return Widened(tuple(terms), {term: own for term, own in kept.items() if own})

    def _deal(self, own: list[str], others: Mapping[Whole, float], forms: dict[str, dict[str, float]]) -> list[str]:
        """Add the others to the forms of these terms; the terms that stand for them now."""
        longer = [other for other in others if len(other) > len(own)]
        now = own
        if longer:
            now = [*max(longer, key=lambda other: (others[other], other))]
            for term in now:
                for each in own:
                    _add(forms, term, each, 1.0)
        for other, worth in others.items():
            if len(other) <= len(now):
                for place, term in enumerate(now):
                    _add(forms, term, other[place * len(other) // len(now)], worth)
        return now

    def _longest(self, said: Sequence[Token], at: int, text: str) -> dict[int, dict[Whole, float]]:
        """Number of words → others, for the longest phrase that begins here."""
        for size in range(min(LONGEST, len(said) - at), 0, -1):
            span = said[at : at + size]
            others = self._of(tuple(_whole(token) for token in span)) | self._compounds(span, text)
            if others:
                return {size: others}
        return {}

    def _of(self, key: Whole) -> dict[Whole, float]:
        return self._others.get(key, {})

    def _compounds(self, span: Sequence[Token], text: str) -> dict[Whole, float]:
        """The catalogue's word for two that stand side by side, and its two words for one."""
        if self._lexicon is None or len(span) > 2:
            return {}
        words = [folded(text[token.start : token.end]) for token in span]
        if not all(is_lettered(word) for word in words):
            return {}
        if len(span) == 2:
            near = text[span[0].end : span[1].start] == " "
            known = near and self._lexicon.words.place("".join(words)) is not None
            return {self._key("".join(words)): COMPOUND} if known else {}
        phrases = self._lexicon.commonest(self._lexicon.joined.find(words[0]), 2)
        return {self._key(phrase): COMPOUND for phrase in phrases}

    def _key(self, text: str) -> Whole:
        return _key(self._analyzer, text)


def learn(analyzer: Analyzer, lexicon: Lexicon, everyday: Iterable[Rule] = ()) -> dict[Whole, dict[Whole, float]]:
    """What the catalogue calls in two languages and what any shop's customers call the same; worth .8.

    It is kept with a generation: the terms of Chinese words take a dictionary that a shop need not open at its start.
    """
    learned: dict[Whole, dict[Whole, float]] = {}
    for words, others in (pair for rule in everyday for pair in rule.pairs()):
        _join(learned, analyzer, words, others, LEARNED)
    for each in _usual(lexicon.translations):
        _join(learned, analyzer, each.words, each.also, LEARNED)
        _join(learned, analyzer, each.also, each.words, LEARNED)
    return learned


def _join(known: dict[Whole, dict[Whole, float]], analyzer: Analyzer, words: str, others: str, worth: float) -> None:
    key, other = _key(analyzer, words), _key(analyzer, others)
    if key and other and key != other and max(len(key), len(other)) <= LONGEST:
        own = known.setdefault(key, {})
        own[other] = max(worth, own.get(other, 0.0))


def _key(analyzer: Analyzer, text: str) -> Whole:
    return tuple(_whole(token) for token in analyzer.tokens(text) if token.terms)


def _whole(token: Token) -> str:
    """The term that stands for all of a word: "连衣裙", not the words inside it."""
    return max(token.terms, key=len)


def _add(forms: dict[str, dict[str, float]], term: str, form: str, worth: float) -> None:
    if form != term:
        own = forms.setdefault(term, {})
        own[form] = max(worth, own.get(form, 0.0))


def _sensible(own: Sequence[str], others: Mapping[Whole, float], carried: Carried | None) -> dict[Whole, float]:
    """Curated others, single words, and learned phrases that the catalogue has.

    Beside words that it has too, a phrase must be as long and differ in one word: a "mobile phone" is a "cell phone".
    """
    if carried is None or not others:
        return dict(others)
    missing = not carried(own)

    def fits(other: Whole) -> bool:
        if not missing:
            return len(other) == len(own) and sum(a != b for a, b in zip(own, other, strict=True)) == 1
        return carried(other)

    return {other: worth for other, worth in others.items() if worth == CURATED or len(other) == 1 or fits(other)}


def _best(forms: Mapping[str, float], term: str) -> dict[str, float]:
    ordered = sorted(forms.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict(each for each in ordered[:MOST_FORMS] if each[0] != term)


def _usual(called: Iterable[Called]) -> list[Called]:
    """Without what is called otherwise nearly always."""
    pairs = [*called]
    most: dict[str, int] = {}
    for each in pairs:
        for words in (each.words, each.also):
            most[words] = max(each.count, most.get(words, 0))
    return [each for each in pairs if each.count >= CLEAR * min(most[each.words], most[each.also])]
