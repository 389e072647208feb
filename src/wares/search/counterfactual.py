"""Where a product stands, and where it would stand if one thing were otherwise.

A counterfactual is found by asking again with one thing changed: a word, the photo, a filter or something read out of
the words is left out, or the product is given what it lacks.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from wares.protocols import Analyzer, ProductIndex
from wares.search.cleaning import without
from wares.search.filters import to_text
from wares.search.notices import tongue
from wares.search.priors import MEAN
from wares.types import Counterfactual, Explanation, Filter, Hit, Query, Understood

MOST = 8
WORDS = 4  # are left out, one at a time
BEST_RATING = 5.0 - MEAN

RankOf = Callable[[Query], int | None]
RankWith = Callable[[Mapping[str, float]], int | None]

CHANGES = {
    "photo": ("without the photo", "不用照片"),
    "clip": ("without the clip", "不用视频"),
    "word": ("without the word “{what}”", "去掉“{what}”一词"),
    "filter": ("without the filter {what}", "去掉筛选 {what}"),
    "chip": ("if “{what}” were not taken as a condition", "不把“{what}”当作条件"),
    "in_stock": ("in stock", "有货"),
    "rating": ("with the highest rating", "评分最高"),
}


def frequencies_of(
    text: str, language: str, analyzer: Analyzer, index: ProductIndex, within: tuple[Filter, ...] = ()
) -> dict[str, int]:
    """The words of a text as they stand in it → how many products have each, in any of its terms; no stop words."""
    words = {text[token.start : token.end]: token.terms for token in analyzer.tokens(text, language) if token.terms}
    terms = list(dict.fromkeys(term for each in words.values() for term in each))
    counts = dict(zip(terms, index.frequencies(terms, within).tolist(), strict=True))
    return {word: max(counts[term] for term in each) for word, each in words.items()}


def explanation(
    hit: Hit,
    query: Query,
    understood: Understood,
    rank_of: RankOf,
    rank_with: RankWith,
    *,
    words: Sequence[str] = (),
    features: Mapping[str, float] | None = None,
) -> Explanation:
    """What would move a product, the largest moves first; ``rank_of`` and ``rank_with`` are called 9 times at most.

    Parameters
    ----------
    rank_of
        The product's position (from 0) under another query; None where it is not in the result set.
    rank_with
        Its position under this query if some of its features had other values.
    words
        Of the query, as they stand in it, the most telling first.
    features
        What is known of the product, NaN = unknown.
    """
    now = rank_of(query)
    found = []
    for change, then in _changes(query, understood, rank_of, rank_with, words, features or {}):
        found.append(Counterfactual(change, now, then()))
        if len(found) == MOST:
            break
    return Explanation(hit, now, tuple(sorted(found, key=_move, reverse=True)))


def standing(explanation: Explanation, language: str = "") -> str:
    """Where the product stands, in a sentence."""
    at, place = _at(language), explanation.position
    if place is None:
        return "不在搜索结果中。" if at else "It is not among the results."
    return f"排在第 {place + 1} 位。" if at else f"It is {_nth(place)}."


def supposed(explanation: Explanation, language: str = "") -> list[str]:
    """Where it would stand if one thing were otherwise, a sentence each."""
    return [_supposed(each, language) for each in explanation.counterfactuals]


def _changes(
    query: Query,
    understood: Understood,
    rank_of: RankOf,
    rank_with: RankWith,
    words: Sequence[str],
    features: Mapping[str, float],
) -> Iterator[tuple[str, Callable[[], int | None]]]:
    """What is changed, in words, and how to ask; a query of which nothing would be left is not asked."""
    language = understood.language
    for name, fewer in (("photo", replace(query, photo=None)), ("clip", replace(query, clip=None))):
        if fewer != query and _asks(fewer):
            yield _change(name, language), _asking(rank_of, fewer)
    if features.get("in_stock") == 0:
        yield _change("in_stock", language), lambda: rank_with({"in_stock": 1.0})
    if not features.get("rating", math.nan) >= BEST_RATING:
        yield _change("rating", language), lambda: rank_with({"rating": BEST_RATING})
    for word in words[:WORDS]:
        fewer = replace(query, text=without(query.text, [word]))
        if fewer.text != query.text and _asks(fewer):
            yield _change("word", language, word), _asking(rank_of, fewer)
    for place, part in enumerate(query.filters):
        fewer = replace(query, filters=(*query.filters[:place], *query.filters[place + 1 :]))
        yield _change("filter", language, to_text((part,))), _asking(rank_of, fewer)
    for chip in understood.chips:
        fewer = replace(query, dropped=(*query.dropped, chip.key))
        yield _change("chip", language, chip.words), _asking(rank_of, fewer)


def _asking(rank_of: RankOf, query: Query) -> Callable[[], int | None]:
    return lambda: rank_of(query)


def _asks(query: Query) -> bool:
    return bool(query.text.strip() or query.photo or query.clip or query.like)


def _change(name: str, language: str, what: str = "") -> str:
    return CHANGES[name][_at(language)].format(what=what)


def _move(counterfactual: Counterfactual) -> float:
    now, then = counterfactual.now, counterfactual.then
    if now is None or then is None:
        return 0.0 if now is then else math.inf
    return abs(now - then)


def _supposed(counterfactual: Counterfactual, language: str) -> str:
    change, now, then = counterfactual.change, counterfactual.now, counterfactual.then
    if _at(language):
        where = "不会出现在结果中" if then is None else f"会排在第 {then + 1} 位"
        same = f"仍{where}" if now == then else where
        return f"若{change}，{same}。"
    where = "not be found" if then is None else f"be {_nth(then)}"
    return f"{change[:1].upper()}{change[1:]} it would {'still ' if now == then else ''}{where}."


def _nth(position: int) -> str:
    number = position + 1
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _at(language: str) -> int:
    return 1 if tongue(language) == "zh" else 0
