"""A ledger in words: why a product stands where it stands."""

from dataclasses import replace

from wares.types import Entry, Ledger

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
SUM = ("in all", "合计")


def told(ledger: Ledger, language: str = "") -> Ledger:
    """The same ledger, largest contributions first, with each entry's detail in English or Chinese."""
    at = 1 if language.startswith("zh") else 0
    entries = sorted(ledger.entries, key=lambda entry: (-abs(entry.value), entry.name))
    return Ledger(tuple(replace(entry, detail=entry.detail or _detail(entry, at)) for entry in entries))


def lines(ledger: Ledger, language: str = "") -> list[str]:
    """One line for each contribution, and the sum."""
    entries = [f"{entry.value:+.3f}  {entry.name}: {entry.detail}" for entry in told(ledger, language).entries]
    return [*entries, f"{ledger.total:+.3f}  {SUM[1 if language.startswith('zh') else 0]}"]


def _detail(entry: Entry, at: int) -> str:
    route, *rest = entry.name.split(":", 2)
    if route == "words" and len(rest) == 2:
        field, term = rest
        return WORD_TOLD[at].format(field=FIELDS.get(field, (field, field))[at], term=term)
    return TOLD[entry.name][at] if entry.name in TOLD else entry.name.replace("_", " ")
