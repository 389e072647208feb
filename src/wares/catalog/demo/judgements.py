"""Judged queries in both languages, graded 0 to 3 by what the generator knows; some ask for what is not carried.

Grades: 3 all that was asked; 2 nearly (a close colour, a narrower kind); 1 the kind alone, or a neighbour; 0 not.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wares.catalog.demo.goods import Good, pick, sale_price
from wares.catalog.demo.vocabulary import Kind, Pair, named

Grade = Callable[[Good, int], int]
"""The grade of a product for a query in language 0 (English) or 1 (Chinese)."""

ABSENT: tuple[Pair, ...] = (
    ("lawn mower", "割草机"),
    ("washing machine", "洗衣机"),
    ("baby stroller", "婴儿车"),
    ("printer ink cartridge", "打印机墨盒"),
    ("dry cat food", "猫粮"),
    ("car tyres", "汽车轮胎"),
    ("garden hose", "浇水软管"),
    ("electric drill", "电钻"),
    ("swimming goggles", "游泳镜"),
    ("violin bow", "小提琴弓"),
    ("air fryer", "空气炸锅"),
    ("ski boots", "滑雪靴"),
)


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query with the grades of every judged product; ``carried`` is false where the shop has nothing to offer."""

    id: str
    text: str
    language: str
    intent: str
    carried: bool
    grades: dict[str, int]


def _family_of(kind: Kind) -> str:
    return " > ".join(kind.path[0].split(" > ")[:2])


def _names(text: str, kind: Kind, lang: int) -> int:
    """How well words for a kind of product name another kind: 3 exactly, 2 it is one of those, 0 not at all."""
    names = (kind.name[lang].lower(), kind.also[lang].lower())
    if text.lower() in names:
        return 3
    if lang == 0:
        return 2 if any(set(text.lower().split()) <= set(name.split()) for name in names) else 0
    return 2 if any(text.lower() in name for name in names) else 0


def _kind_grade(wanted: Kind, words: Pair) -> Grade:
    def grade(good: Good, lang: int) -> int:
        if good.kind.key == wanted.key:
            return 3
        return _names(words[lang], good.kind, lang) or int(_family_of(good.kind) == _family_of(wanted))

    return grade


def _with_grade(wanted: Kind, has: Callable[[Good], bool], near: Callable[[Good], bool] | None = None) -> Grade:
    """Grades of a kind with something more: all of it 3, nearly 2, the kind alone 1."""

    def grade(good: Good, lang: int) -> int:
        named_so = 3 if good.kind.key == wanted.key else _names(wanted.name[lang], good.kind, lang)
        if not named_so:
            return 0
        if has(good):
            return named_so
        return 2 if named_so == 3 and near is not None and near(good) else 1

    return grade


def _by_kind(good: Good) -> tuple[str, Pair, Grade]:
    return "kind", (good.kind.name[0].lower(), good.kind.name[1]), _kind_grade(good.kind, good.kind.name)


def _by_synonym(good: Good) -> tuple[str, Pair, Grade]:
    return "synonym", good.kind.also, _kind_grade(good.kind, good.kind.also)


def _by_price(good: Good) -> tuple[str, Pair, Grade]:
    limit = good.price // 1000 * 10 + 10
    text = (f"{good.kind.name[0].lower()} under ${limit}", f"{limit}美元以下的{good.kind.name[1]}")
    return "price", text, _with_grade(good.kind, lambda other: sale_price(other) <= limit * 100)


def _by_material(good: Good) -> tuple[str, Pair, Grade]:
    text = (f"{good.stuff.name[0]} {good.kind.name[0].lower()}", f"{good.stuff.name[1]}{good.kind.name[1]}")
    return "material", text, _with_grade(good.kind, lambda other: other.stuff.key == good.stuff.key)


def _by_pattern(good: Good) -> tuple[str, Pair, Grade]:
    names = named("patterns")[good.pattern]
    text = (f"{names[0]} {good.kind.name[0].lower()}", f"{names[1]}{good.kind.name[1]}")
    return "pattern", text, _with_grade(good.kind, lambda other: other.pattern == good.pattern)


def _by_colour(good: Good) -> tuple[str, Pair, Grade]:
    colour = good.colours[0]
    rgb = np.array(colour.rgb)

    def has(other: Good) -> bool:
        return any(c.key == colour.key for c in other.colours)

    def near(other: Good) -> bool:
        return any(float(np.abs(rgb - c.rgb).sum()) < 0.3 for c in other.colours)

    text = (f"{colour.name[0].lower()} {good.kind.name[0].lower()}", f"{colour.name[1]}{good.kind.name[1]}")
    return "colour", text, _with_grade(good.kind, has, near)


def _intents(goods: tuple[Good, ...], rng: np.random.Generator) -> list[tuple[str, Pair, Grade]]:
    """One intent for each kind that is stocked, of five sorts in turn, and a colour for every other kind."""
    by_kind: dict[str, list[Good]] = {}
    for good in goods:
        by_kind.setdefault(good.kind.key, []).append(good)
    groups = [by_kind[key] for key in sorted(by_kind)]
    plans = (_by_kind, _by_synonym, _by_price, _by_material, _by_pattern)
    out = []
    for turn, k in enumerate(rng.permutation(len(groups))):
        group = groups[int(k)]
        plan = plans[turn % len(plans)]
        printed = [good for good in group if good.pattern != "plain"]
        if plan is _by_pattern and not printed:
            plan = _by_kind
        out.append(plan(pick(rng, printed if plan is _by_pattern else group)))
    half = rng.permutation(len(groups))[: max(1, len(groups) // 2)]
    return out + [_by_colour(pick(rng, groups[int(k)])) for k in half]


def judged(seed: int, goods: tuple[Good, ...]) -> tuple[JudgedQuery, ...]:
    """Every judged query of a shop: each intent once in English and once in Chinese, then what is not carried."""
    rng = np.random.default_rng((seed, 29))
    out: list[JudgedQuery] = []
    for intent, text, grade in _intents(goods, rng):
        for lang, language in enumerate(("en", "zh")):
            grades = {good.id: grade(good, lang) for good in goods}
            kept = {product: value for product, value in grades.items() if value}
            unfit = [product for product, value in grades.items() if not value]
            kept |= {unfit[int(k)]: 0 for k in rng.permutation(len(unfit))[:10]}
            out.append(
                JudgedQuery(f"J{len(out) + 1:03d}", text[lang], language, intent, True, dict(sorted(kept.items())))
            )
    for text in ABSENT:
        zeros = {goods[int(k)].id: 0 for k in rng.permutation(len(goods))[:10]}
        for lang, language in enumerate(("en", "zh")):
            out.append(
                JudgedQuery(f"J{len(out) + 1:03d}", text[lang], language, "absent", False, dict(sorted(zeros.items())))
            )
    return tuple(out)
