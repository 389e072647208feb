"""Why a product stands where it stands, told in sentences, and where it would stand if one thing were otherwise.

A counterfactual is found by asking again with one thing changed: a word, the photo, a filter or something read out of
the words is left out, or the product is given what it lacks.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from wares.search.filters import to_text
from wares.search.ladder import without
from wares.search.notices import tongue
from wares.search.priors import MEAN
from wares.types import Counterfactual, Entry, Explanation, Hit, Query, Understood

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
TOLD = {
    "words": ("its words match the query", "文字与搜索词相符"),
    "coverage": ("it has much of what was asked", "包含大部分搜索词"),
    "phrase": ("the words stand side by side as in the query", "词语像搜索词那样相邻出现"),
    "text": ("its text means what was asked", "描述的含义相近"),
    "image": ("its photo looks like what was asked", "图片相似"),
    "fused": ("text and photo together are close to what was asked", "图文整体相近"),
    "in_stock": ("it is in stock", "有货"),
    "rating": ("its rating is above or below the usual", "评分高于或低于平均"),
    "reviews": ("shoppers wrote about it", "有买家评价"),
    "price": ("the list is ordered by price", "按价格排序"),
    "newest": ("the list is ordered by date", "按上架时间排序"),
    "diversity": ("much the same as a product above it", "与排在前面的商品几乎相同"),
}
FIELDS = {
    "title": ("title", "标题"),
    "brand": ("brand", "品牌"),
    "category": ("category", "分类"),
    "description": ("description", "描述"),
    "attributes": ("attributes", "属性"),
    "tags": ("tags", "标签"),
    "reviews": ("reviews", "评价"),
    "variants": ("variants", "规格"),
}
WORD_TOLD = ("the word “{term}” in the {field}", "{field}中的“{term}”一词")


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


def sentence(entry: Entry, language: str = "") -> str:
    """One line of a ledger: ``the word “red” in the title: +0.42``."""
    at = _at(language)
    route, *rest = entry.name.split(":", 2)
    if route == "words" and len(rest) == 2:
        field = FIELDS.get(rest[0], (rest[0], rest[0]))[at]
        told = WORD_TOLD[at].format(field=field, term=rest[1])
    else:
        told = entry.detail or TOLD.get(entry.name, (entry.name.replace("_", " "),) * 2)[at]
    return f"{told}{'：' if at else ': '}{entry.value:+.2f}"


def sentences(explanation: Explanation, language: str = "") -> list[str]:
    """The position, the ledger from the largest contribution on, and the counterfactuals."""
    at = _at(language)
    place = explanation.position
    if place is None:
        lines = ["不在搜索结果中。" if at else "It is not among the results."]
    else:
        lines = [f"排在第 {place + 1} 位。" if at else f"It is {_nth(place)}."]
    ledger = explanation.hit.ledger
    if ledger is not None:
        entries = sorted(ledger.entries, key=lambda entry: (-abs(entry.value), entry.name))
        lines += [sentence(entry, language) for entry in entries]
    return [*lines, *(_supposed(each, language) for each in explanation.counterfactuals)]


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
