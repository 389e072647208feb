"""What shoppers say in words that is really a filter or a boost.

Three things can become of words. A **filter** must hold: a price, a size the catalogue has, stock, offers, ratings, and
a colour, where nearly every product says its colour and the words say what is to have it. A **boost** lifts what it
holds for: brands, categories, other values, amounts, codes, and other colours. **without** is what products must not
have.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from wares.codes import codes_in
from wares.protocols import Analyzer
from wares.search.intents.entities import COLOURS, Carries, Entities, Name
from wares.search.intents.minus import MinusPhrase, minus_phrases
from wares.search.intents.offers import OfferPhrase, offer_phrases
from wares.search.intents.prices import PricePhrase, price_phrases
from wares.search.intents.quantities import Amount, amounts
from wares.search.intents.sizes import SizePhrase, alike, size_phrases
from wares.search.intents.spelled import Spans, Spelled
from wares.search.intents.tokens import Tokenizer
from wares.search.notices import notice
from wares.types import AllOf, AnyOf, Between, Chip, Filter, Not, Notice, OneOf, Says

MAX_CHARS, MAX_VALUES, MAX_SAID = 300, 200, 8


@dataclass(frozen=True, slots=True)
class Intents:
    """What the words of a query say beside what is searched for.

    Attributes
    ----------
    text
        The words that are left to be searched for. Prices, sizes, offers and what is not wanted are taken out; names of
        brands, colours and categories, and amounts, are words as well and stay.
    chips
        What was read, in the order of the words, without what the shopper dropped.
    filters
        What must hold, joined by AND.
    boosts
        What lifts, by route: ``brand``, ``category``, ``color``, ``quantity``, ``code``, and ``attribute:`` with the
        name of the column for all others. ``code`` has no chip.
    notices
        What the shopper must be told: ``other_currency``, a price was named that cannot be compared.
    ignored
        Words that were taken out and do nothing: a price in another currency, a dropped price, offer or minus, and
        what only says a chip again.
    """

    text: str
    chips: tuple[Chip, ...] = ()
    filters: tuple[Filter, ...] = ()
    boosts: Mapping[str, Filter] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """A chip with its place; ``taken``: its words are not searched for; no chip: they are ignored."""

    start: int
    end: int
    chip: Chip | None
    taken: bool = True
    route: str = ""


class IntentReader:
    """Reads the words of queries by the names of one catalogue.

    Parameters
    ----------
    currency, digits
        ISO 4217 code of the shop's prices and the decimals of its minor unit.
    """

    def __init__(self, entities: Entities, analyzer: Analyzer, *, currency: str = "", digits: int = 2) -> None:
        self._entities = entities
        self._analyzer = analyzer
        self._tokens = Tokenizer(analyzer)
        self._currency = currency
        self._digits = digits

    def within(self, part: Carries) -> "IntentReader":
        """Reads by the names of a part of the catalogue."""
        return IntentReader(self._entities.within(part), self._analyzer, currency=self._currency, digits=self._digits)

    def read(self, text: str, language: str, dropped: Collection[str] = ()) -> Intents:
        """Read a clean query (see :func:`wares.search.understand.understand`) in work bounded by 300 characters.

        A chip whose key is in ``dropped`` is neither applied nor returned. Its words are searched for where they are
        words of products (sizes, names, amounts); a dropped price, offer or minus is only taken out of the words.
        """
        text = text[:MAX_CHARS]
        every = sorted(self._every(text, language), key=lambda read: read.start)
        kept = [read for read in every if read.chip is None or read.chip.key not in dropped]
        gone = [read for read in every if read not in kept]
        out = [read for read in every if read.taken and not (read in gone and _is_word(read))]
        shown = {read.chip.key: read for read in reversed(kept) if read.chip}
        ignored = [read for read in out if read.chip is None or shown.get(read.chip.key) is not read]
        codes = codes_in(_left(text, [read for read in every if read.taken]))
        other = any(read.chip is None for read in kept)
        return Intents(
            text=_left(text, out),
            chips=tuple(read.chip for read in kept if read.chip and shown[read.chip.key] is read),
            filters=_filters(kept),
            boosts={**_boosts(kept), **({"code": OneOf("code", codes)} if codes else {})},
            notices=(self._other_currency(language),) if other else (),
            ignored=tuple(text[read.start : read.end].strip() for read in ignored),
        )

    def _every(self, text: str, language: str) -> list[_Read]:
        """Everything there is to read; nothing overlaps."""
        found: list[_Read] = []

        def add(reads: Iterator[_Read]) -> None:
            for read in reads:
                if all(read.end <= other.start or other.end <= read.start for other in found):
                    found.append(read)

        add(self._prices(text))
        add(self._offers(text))
        add(self._sizes(text))
        free = [t for t in self._tokens(text) if not any(r.start < t.end and t.start < r.end for r in found)]
        words = Spelled(text, free, self._entities, frozenset(self._analyzer.terms(text, language)), self._analyzer)
        add(self._minus(words, language))
        add(self._named(words, [(read.start, read.end) for read in found if read.taken]))
        add(self._amounts(text))
        return found

    def _prices(self, text: str) -> Iterator[_Read]:
        if not self._entities.coverage("price"):
            return
        for phrase in price_phrases(text):
            yield self._price(phrase, text)

    def _price(self, phrase: PricePhrase, text: str) -> _Read:
        if phrase.currencies and self._currency and self._currency not in phrase.currencies:
            return _Read(phrase.start, phrase.end, None)
        low, high = (None if end is None else self._minor(end) for end in (phrase.low, phrase.high))
        key = f"price:{'' if low is None else f'{low:.0f}'}..{'' if high is None else f'{high:.0f}'}"
        words = text[phrase.start : phrase.end].strip()
        return _Read(phrase.start, phrase.end, Chip(key, "filter", words, Between("price", low, high)))

    def _minor(self, amount: Decimal) -> float:
        return float(amount.scaleb(self._digits))

    def _other_currency(self, language: str) -> Notice:
        return notice("other_currency", language, currency=self._currency)

    def _offers(self, text: str) -> Iterator[_Read]:
        for phrase in offer_phrases(text):
            if phrase.column == "in_stock" or self._entities.coverage(phrase.column):
                yield _Read(phrase.start, phrase.end, _offer(phrase, text))

    def _sizes(self, text: str) -> Iterator[_Read]:
        for phrase in size_phrases(text):
            if chip := self._size(phrase, text):
                yield _Read(phrase.start, phrase.end, chip)

    def _size(self, phrase: SizePhrase, text: str) -> Chip | None:
        parts = [
            OneOf(column, tuple(spelling for key in alike(phrase.key, {*sizes}) for spelling in sizes[key]))
            for column, sizes in self._entities.sizes().items()
        ]
        known = tuple(part for part in parts if part.values)
        words = text[phrase.start : phrase.end].strip()
        return Chip(f"size:{phrase.key}", "filter", words, _any(known)) if known else None

    def _minus(self, words: Spelled, language: str) -> Iterator[_Read]:
        for phrase in minus_phrases(words.text, words.tokens, words.length_at):
            yield _Read(phrase.start, phrase.end, self._without(phrase, words, language))

    def _without(self, phrase: MinusPhrase, words: Spelled, language: str) -> Chip:
        said = words.text[phrase.first : phrase.last]
        names = words.names_of(phrase.first, phrase.last)
        values: dict[str, dict[str, None]] = {}
        for name in names:
            values.setdefault(name.column, {}).update(dict.fromkeys(name.values))
        spoken = [value for column, known in values.items() if column != "category" for value in known][:MAX_SAID]
        parts = [self._says(each, language) for each in dict.fromkeys((said, *spoken))]
        parts += [OneOf(column, tuple(known)[:MAX_VALUES]) for column, known in values.items()]
        key = f"without:{' '.join(self._analyzer.terms(said, language)) or said}"
        text = words.text[phrase.start : phrase.end].strip()
        return Chip(key, "without", text, _any(tuple(dict.fromkeys(part for part in parts if part != Says(())))))

    def _says(self, words: str, language: str) -> Filter:
        """The product has the words, other than to claim that it is free of it ("alcohol-free", "不含酒精")."""
        terms = tuple(dict.fromkeys(self._analyzer.terms(words, language)))
        if words.isascii():
            claims = [tuple(self._analyzer.terms(f"{words}-free", language)[:1])] if " " not in words else []
        else:
            claims = [tuple(dict.fromkeys(self._analyzer.terms(f"{no}{words}", "zh"))) for no in ("不含", "无")]
        free = tuple(Says(claim) for claim in claims if claim and not {*claim} <= {*terms})
        return AllOf((Says(terms), Not(_any(free)))) if free and terms else Says(terms)

    def _named(self, words: Spelled, taken: Spans) -> Iterator[_Read]:
        for start, end, name in words.names(taken):
            yield self._name(name, start, end, words.text[start:end])

    def _name(self, name: Name, start: int, end: int, words: str) -> _Read:
        """Names lift and never hide: green tea is no tea in green, and a burgundy dress may do for a red one."""
        filter = OneOf(name.column, name.values[:MAX_VALUES])
        chip = Chip(f"{name.column}:{name.values[0]}", "boost", words, filter)
        own = name.column in ("brand", "category")
        route = "color" if name.column in COLOURS else name.column if own else f"attribute:{name.column}"
        return _Read(start, end, chip, taken=False, route=route)

    def _amounts(self, text: str) -> Iterator[_Read]:
        for amount in amounts(text):
            if parts := self._amount(amount):
                unit, value = amount.readings[0]
                words = text[amount.start : amount.end]
                chip = Chip(f"quantity:{value:g} {unit}", "boost", words, _any(parts))
                yield _Read(amount.start, amount.end, chip, taken=False, route="quantity")

    def _amount(self, amount: Amount) -> tuple[Filter, ...]:
        return tuple(
            Between(column, value * 0.995, value * 1.005)
            for unit, value in amount.readings
            for column in self._entities.amounts(unit, value)
        )


def _offer(phrase: OfferPhrase, text: str) -> Chip:
    end = f":{phrase.filter.low:g}.." if isinstance(phrase.filter, Between) else ":true"
    return Chip(f"{phrase.column}{end}", "filter", text[phrase.start : phrase.end].strip(), phrase.filter)


def _is_word(read: _Read) -> bool:
    """Words of products, that are searched for when the chip is dropped."""
    return read.chip is not None and read.chip.key.startswith("size:")


def _any(parts: Sequence[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _filters(reads: Sequence[_Read]) -> tuple[Filter, ...]:
    """What must hold."""
    chips = (read.chip for read in reads if read.chip is not None and read.chip.kind != "boost")
    return tuple(dict.fromkeys(Not(chip.filter) if chip.kind == "without" else chip.filter for chip in chips))


def _boosts(reads: Sequence[_Read]) -> dict[str, Filter]:
    """Route → what lifts; several of one route lift each."""
    routes: dict[str, dict[Filter, None]] = {}
    for read in reads:
        if read.chip is not None and read.chip.kind == "boost":
            routes.setdefault(read.route, {})[read.chip.filter] = None
    return {route: _any(tuple(parts)) for route, parts in routes.items()}


def _left(text: str, out: Sequence[_Read]) -> str:
    """The text without some of its words, its blanks tidy and no comma hanging over."""
    pieces, place = [], 0
    for read in sorted(out, key=lambda read: read.start):
        pieces.append(text[place : read.start])
        place = read.end
    left = " ".join(" ".join((*pieces, text[place:])).split())
    return left.strip(" ,，、;；") if out else left
