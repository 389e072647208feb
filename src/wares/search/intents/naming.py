"""One pass over the products of a catalogue → :class:`wares.search.intents.entities.Entities`."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from wares.protocols import Analyzer
from wares.search.intents.entities import COLOURS, SURE, Entities
from wares.search.intents.equals import EQUALS
from wares.search.intents.quantities import amount_of, amounts
from wares.search.intents.sizes import SIZE_COLUMN, size_key
from wares.search.intents.tokens import Token, Tokenizer
from wares.types import AttributeValue, Product, Quantity

MAX_CHARS, MAX_WORDS, MAX_SIGNS = 40, 5, 12
MAX_VALUES = {"brand": 50_000, "category": 20_000}
MAX_OTHER_VALUES = 3_000
MAX_SIZES, MAX_AMOUNTS, MAX_NAMES, MAX_HELD = 1_000, 500, 100_000, 40
TELLING = 3  # products that a value of an attribute needs, and so the titles that tell what its words mean
_SAYS_NOTHING = frozenset(
    ("yes", "no", "true", "false", "n/a", "na", "none", "other", "others", "unknown", "all", "new", "more", "misc",
     "default", "standard", "various", "assorted", "multi", "free", "one", "color", "size", "type", "general",
     "original", "basic", "full", "single", "mixed", "是", "否", "有", "无", "其他", "其它",
     "未知", "默认", "全部", "不限")
)  # fmt: skip
_OWN = frozenset(("tag", "rating", "reviews", "created", "available", "price", "list_price", "on_sale", "in_stock"))
_PARTS = re.compile(r"\s*(?:[/,&+、]|\band\b)\s*")
_OF_OTHERS = re.compile(r"compatib|.brand|brand.|适用|兼容", re.IGNORECASE)  # "fits Microsoft" is not by Microsoft
_LEVEL = re.compile(r"\s*>\s*")

Value = tuple[str, str]
"""A column and one of its values."""


class EntitiesBuilder:
    """Counts values and the words of titles while products go by; memory is bounded by the values, not the products.

    Parameters
    ----------
    equal
        Groups of words that mean the same beside those of :mod:`wares.search.intents.equals`, such as colours' names.
    """

    def __init__(self, analyzer: Analyzer, equal: Iterable[Sequence[str]] = ()) -> None:
        self._analyzer = analyzer
        self._tokens = Tokenizer(analyzer)
        self._equal = [*(tuple(group) for group in equal), *EQUALS]
        self._products = 0
        self._coverage: Counter[str] = Counter()
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._called: defaultdict[Value, dict[str, None]] = defaultdict(dict)
        self._together: Counter[tuple[str, str]] = Counter()
        self._titles: Counter[str] = Counter()
        self._amounts: defaultdict[str, defaultdict[str, Counter[float]]] = defaultdict(lambda: defaultdict(Counter))
        self._amounts_said: Counter[tuple[str, str]] = Counter()
        self._amounts_meant: Counter[tuple[str, str]] = Counter()
        self._terms = lru_cache(maxsize=50_000)(self._spoken)

    def add(self, product: Product) -> None:
        """Count one product."""
        self._products += 1
        titles = [(product.language, product.title), *((tag, t.title) for tag, t in product.translations.items())]
        words = {word for tag, title in titles for word in self._spoken(title[:1_000], tag)}
        self._titles.update(words)
        values: dict[Value, dict[str, None]] = {}
        for column, value, name in values_of(product):
            values.setdefault((column, value), {})[name] = None
        self._coverage.update({column for column, _ in values} | _present(product))
        for (column, value), names in values.items():
            counts = self._counts[column]
            if value not in counts and len(counts) >= MAX_VALUES.get(column, MAX_OTHER_VALUES):
                continue
            counts[value] += 1
            self._called[column, value].update(names)
        pairs = {(column, name) for (column, _), names in values.items() for name in names}
        for column, name in pairs:
            if (terms := self._terms(name)) and words >= terms:
                self._together[column, name] += 1
        self._add_amounts(product)

    def _add_amounts(self, product: Product) -> None:
        """Values of quantities, and whether an amount in the title is theirs."""
        said = [reading for amount in amounts(product.title[:1_000]) for reading in amount.readings]
        for name, known in product.attributes.items():
            if not isinstance(known, Quantity) or len(self._amounts[known.unit]) >= MAX_OTHER_VALUES:
                continue
            values = self._amounts[known.unit][name]
            if known.value in values or len(values) < MAX_AMOUNTS:
                values[known.value] += 1
            alike = [value for unit, value in said if unit == known.unit]
            if alike:
                self._amounts_said[known.unit, name] += 1
                self._amounts_meant[known.unit, name] += any(abs(v - known.value) <= v / 200 for v in alike)

    def finish(self) -> Entities:
        """The names worth knowing."""
        names: defaultdict[str, list[list[Any]]] = defaultdict(list)
        for column, counts in self._counts.items():
            if SIZE_COLUMN.search(column) or _OF_OTHERS.search(column) or self._is_free_text(column, counts):
                continue
            for key, named in self._names(column, counts).items():
                names[key].append(named)
        self._spread(names)
        kept = sorted(names, key=lambda key: -max(each[2] for each in names[key]))[:MAX_NAMES]
        chosen = {key: sorted(names[key], key=lambda each: (_rank(each[0]), -each[2])) for key in kept}
        return Entities(
            {
                "products": self._products,
                "coverage": dict(self._coverage),
                "names": chosen,
                "longest": max((len(key.split(" ")) for key in chosen), default=0),
                "holding": _holding(chosen),
                "sizes": self._sizes(),
                "amounts": self._known_amounts(),
            }
        )

    def _names(self, column: str, counts: Counter[str]) -> dict[str, list[Any]]:
        """Key → [column, values, products, share, titles that say it]; a name of several values stands for them all."""
        values: defaultdict[str, dict[str, int]] = defaultdict(dict)
        called: defaultdict[str, set[str]] = defaultdict(set)
        for value, count in counts.most_common():
            for name in self._called[column, value]:
                for key in self._keys(name, column):
                    values[key][value] = count
                    called[key].add(name)
        found = {}
        for key, known in values.items():
            count = min(sum(known.values()), self._products)
            if count < TELLING and column not in ("brand", "category"):
                continue
            seen = max(self._seen(name) for name in called[key])
            both = min(sum(self._together[column, name] for name in called[key]), seen)
            kept = _shortest(known) if column == "category" else list(known)
            found[key] = [column, kept, count, both, seen]
        if column not in ("brand", "category"):
            _with_families(found, column in COLOURS)
        return {key: _shared(named, self._products) for key, named in found.items()}

    def _keys(self, name: str, column: str) -> list[str]:
        """The keys that a name is found by: its words apart and, where they hang together, as one."""
        if column in COLOURS and len(parts := _PARTS.split(name)) > 1:
            return list(dict.fromkeys(key for part in parts for key in self._keys(part, column)))
        tokens = self._tokens(name)
        if not tokens or not _is_name(name, tokens):
            return []
        if column == "brand":
            words = [token.exact for token in tokens]
            keys = [f"={' '.join(words)}", f"={''.join(words)}"]
        else:
            words = [token.key for token in tokens]
            keys = [" ".join(words), *(["".join(words)] if len(words) == 2 and not tokens[0].han else [])]
        return list(dict.fromkeys(keys))

    def _spread(self, names: defaultdict[str, list[list[Any]]]) -> None:
        """A name's equals stand for the same."""
        for group in self._equal:
            keys = [" ".join(token.key for token in self._tokens(word)) for word in group]
            known = [each for key in keys for each in names.get(key, ()) if each[0] not in ("brand", "category")]
            if not known:
                continue
            for each in known:  # a word of the group is what it is said to be, titles or not
                each[3] = max(each[3], SURE) if each[4] < TELLING else each[3]
            for key in keys:
                have = {each[0] for each in names.get(key, ())}
                names[key].extend(each for each in known if each[0] not in have)
                have.update(each[0] for each in names[key])

    def _seen(self, name: str) -> int:
        """How many titles have all the words of a name, at most."""
        terms = self._terms(name)
        return min((self._titles[term] for term in terms), default=0)

    def _spoken(self, text: str, language: str = "") -> frozenset[str]:
        """The words of a text as a query would say them: "T-shirt" is one word and no shirt."""
        words: list[str] = []
        han = False
        for token in self._tokens(text):
            if token.han:
                han = True
            elif token.joined and words:
                words[-1] = f"{words[-1]}{token.key}"
            else:
                words.append(token.key)
        terms = self._analyzer.terms(text, language) if han else ()
        return frozenset((*words, *(term for term in terms if not term.isascii())))

    def _is_free_text(self, column: str, counts: Counter[str]) -> bool:
        if column in ("brand", "category") or column in COLOURS:
            return False
        return len(counts) > 50 and len(counts) > 0.5 * self._coverage[column]

    def _sizes(self) -> dict[str, dict[str, list[str]]]:
        sizes: dict[str, dict[str, list[str]]] = {}
        for column, counts in self._counts.items():
            if SIZE_COLUMN.search(column):
                keyed: defaultdict[str, list[str]] = defaultdict(list)
                for value, _ in counts.most_common(MAX_SIZES):
                    keyed[size_key(value)].append(value)
                sizes[column] = dict(keyed)
        return sizes

    def _is_said(self, unit: str, name: str) -> bool:
        """Whether titles that have an amount and the attribute mean the attribute by it: 2 m of cable, not its box."""
        said, meant = self._amounts_said[unit, name], self._amounts_meant[unit, name]
        if said < TELLING and len(self._amounts[unit]) == 1:
            return True
        return (meant + 0.5) / (said + 1) >= SURE

    def _known_amounts(self) -> dict[str, dict[str, list[float]]]:
        known = {
            unit: {name: [*counts] for name, counts in columns.items() if self._is_said(unit, name)}
            for unit, columns in self._amounts.items()
        }
        for column, counts in self._counts.items():
            if not SIZE_COLUMN.search(column):
                continue
            for value in list(counts)[:MAX_SIZES]:
                for unit, amount in amount_of(value):
                    known.setdefault(f"={unit}", {}).setdefault(column, []).append(amount)
        return known


def values_of(product: Product) -> Iterator[tuple[str, str, str]]:
    """Every (column, value, what it is called in one of the languages) of a product, as an index has the columns."""
    if product.brand:
        yield "brand", product.brand, product.brand
    paths = [category.value for category in product.categories]
    paths += [path for translation in product.translations.values() for path in translation.categories]
    for path in paths:
        levels = [level for level in _LEVEL.split(path) if level]
        for depth, level in enumerate(levels, start=1):
            yield "category", " > ".join(levels[:depth]), level
    pairs = [(name, value) for name, value in product.attributes.items() if name not in _OWN]
    options = ((name, value) for variant in product.variants for name, value in variant.options.items())
    pairs += list(dict.fromkeys((name.lower(), value) for name, value in options))
    for column, value in pairs:
        for each in _strings(value):
            yield column, each, each
            for tag in product.translations:
                if called := product.called(column, each, tag.split("-")[0]):
                    yield column, each, called


def _strings(value: AttributeValue) -> Sequence[str]:
    if isinstance(value, str):
        return (value,) if 0 < len(value) <= MAX_CHARS else ()
    return [each for each in value if 0 < len(each) <= MAX_CHARS] if isinstance(value, tuple) else ()


def _present(product: Product) -> set[str]:
    """Columns of a product that have no names."""
    present = {"rating"} if product.rating is not None else set()
    for variant in product.variants:
        present |= {"price"} if variant.price is not None else set()
        present |= {"on_sale"} if variant.list_price is not None else set()
    return present


def _is_name(name: str, tokens: Sequence[Token]) -> bool:
    """Short enough, with letters, and more than a single letter."""
    if name.casefold() in _SAYS_NOTHING or len(name) > MAX_CHARS or not any(sign.isalpha() for sign in name):
        return False
    if tokens[0].han:
        return 1 <= len(tokens) <= MAX_SIGNS
    return len(tokens) <= MAX_WORDS and sum(len(token.exact) for token in tokens) > 1


def _shortest(paths: Iterable[str]) -> list[str]:
    """Paths without those that lie below another."""
    kept: list[str] = []
    for path in sorted(set(paths), key=len):
        if not any(path.startswith(f"{above} > ") for above in kept):
            kept.append(path)
    return kept


def _with_families(names: dict[str, list[Any]], colours: bool) -> None:
    """Values with those that are a kind of them: "blue" is "navy blue" too, 条纹 is 细条纹 too."""
    for key, (_, values, count, both, _) in [(key, list(named)) for key, named in names.items()]:
        words = key.split(" ")
        if not colours and (words[0].isascii() or words[0] in "不非无"):
            continue
        for start in range(1, len(words)):
            family = names.get(" ".join(words[start:]))
            if family is not None:
                family[1] += [value for value in values if value not in family[1]]
                family[2], family[3] = family[2] + count, family[3] + both


def _shared(named: list[Any], products: int) -> list[Any]:
    """Both and seen → the share; a name that no title says is one where it is a brand or a category, else it may be."""
    column, values, count, both, seen = named
    unseen = 1.0 if column in ("brand", "category") else 0.5
    return [column, values, min(count, products), round((min(both, seen) + unseen) / (seen + 1), 3), seen]


def _rank(column: str) -> int:
    """Where words stand for values of several columns, which column comes first."""
    return 0 if column == "brand" else 1 if column in COLOURS else 2 if column == "category" else 3


def _holding(names: dict[str, list[list[Any]]]) -> dict[str, list[str]]:
    """Word → keys of several words with it at an end, of anything but brands and categories."""
    held: defaultdict[str, list[str]] = defaultdict(list)
    for key, entries in names.items():
        words = key.split(" ")
        if len(words) > 1 and any(each[0] not in ("brand", "category") for each in entries):
            for word in {words[0], words[-1]}:
                if len(held[word]) < MAX_HELD:
                    held[word].append(key)
    return dict(held)
