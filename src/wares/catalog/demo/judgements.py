"""Judged queries in both languages, graded 0 to 3 by what the generator knows; some ask for what is not carried.

Grades: 3 all that was asked; 2 the kind, and nearly the attribute; 1 the kind without it, or a neighbour; 0 not.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wares.catalog.demo.goods import Good
from wares.catalog.demo.vocabulary import Pair, named

Grade = Callable[[Good], int]

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


def _family_of(good: Good) -> str:
    return " > ".join(good.kind.path[0].split(" > ")[:2])


def _kind_grade(first: Good) -> Grade:
    def grade(good: Good) -> int:
        return 3 if good.kind.key == first.kind.key else int(_family_of(good) == _family_of(first))

    return grade


def _also_grade(first: Good, has: Callable[[Good], bool], near: Callable[[Good], bool] | None = None) -> Grade:
    def grade(good: Good) -> int:
        if good.kind.key != first.kind.key:
            return 0
        if has(good):
            return 3
        return 2 if near is not None and near(good) else 1

    return grade


def _colour_near(first: Good) -> Callable[[Good], bool]:
    rgb = np.array(first.colours[0].rgb)
    return lambda good: any(float(np.abs(rgb - c.rgb).sum()) < 0.3 for c in good.colours)


def _intents(goods: tuple[Good, ...], rng: np.random.Generator) -> list[tuple[str, Pair, Grade]]:
    by_kind: dict[str, list[Good]] = {}
    for good in goods:
        by_kind.setdefault(good.kind.key, []).append(good)
    out: list[tuple[str, Pair, Grade]] = []
    kinds = [by_kind[k] for k in sorted(by_kind)]
    for group in (kinds[i] for i in rng.permutation(len(kinds))):
        first = group[int(rng.integers(len(group)))]
        en, zh = first.kind.name[0].lower(), first.kind.name[1]
        plan = len(out) % 5
        if plan == 0:
            out.append(("kind", (en, zh), _kind_grade(first)))
        elif plan == 1:
            out.append(("synonym", (first.kind.also[0], first.kind.also[1]), _kind_grade(first)))
        elif plan == 2:
            cheap = sorted(g.price for g in group)[len(group) // 2] // 1000 * 10 + 10
            under: Grade = _also_grade(first, lambda g, c=cheap: g.price * (1 - g.discount) <= c * 100)  # type: ignore[misc]
            out.append(("price", (f"{en} under ${cheap}", f"{cheap}美元以下的{zh}"), under))
        elif plan == 3:
            stuff = first.stuff
            made = _also_grade(first, lambda g, k=stuff.key: g.stuff.key == k)  # type: ignore[misc]
            out.append(("material", (f"{stuff.name[0]} {en}", f"{stuff.name[1]}{zh}"), made))
        else:
            pattern = next((g.pattern for g in group if g.pattern != "plain"), None)
            if pattern is None:
                out.append(("kind", (en, zh), _kind_grade(first)))
            else:
                names = named("patterns")[pattern]
                drawn = _also_grade(first, lambda g, p=pattern: g.pattern == p)  # type: ignore[misc]
                out.append(("pattern", (f"{names[0]} {en}", f"{names[1]}{zh}"), drawn))
    for group in (kinds[i] for i in rng.permutation(len(kinds))[: max(1, len(kinds) // 2)]):
        first = group[int(rng.integers(len(group)))]
        colour = first.colours[0]
        has = _also_grade(first, lambda g, k=colour.key: any(c.key == k for c in g.colours), _colour_near(first))  # type: ignore[misc]
        text = (f"{colour.name[0].lower()} {first.kind.name[0].lower()}", f"{colour.name[1]}{first.kind.name[1]}")
        out.append(("colour", text, has))
    return out


def judged(seed: int, goods: tuple[Good, ...]) -> tuple[JudgedQuery, ...]:
    """Every judged query of a shop: each intent once in English and once in Chinese, then what is not carried."""
    rng = np.random.default_rng((seed, 29))
    out: list[JudgedQuery] = []
    for intent, text, grade in _intents(goods, rng):
        grades = {g.id: grade(g) for g in goods}
        kept = {i: v for i, v in grades.items() if v}
        zeros = [i for i, v in grades.items() if not v]
        kept |= {zeros[int(k)]: 0 for k in rng.permutation(len(zeros))[:10]}
        for lang, language in enumerate(("en", "zh")):
            out.append(
                JudgedQuery(f"J{len(out) + 1:03d}", text[lang], language, intent, True, dict(sorted(kept.items())))
            )
    for text in ABSENT:
        unfit = {goods[int(k)].id: 0 for k in rng.permutation(len(goods))[:10]}
        for lang, language in enumerate(("en", "zh")):
            out.append(
                JudgedQuery(f"J{len(out) + 1:03d}", text[lang], language, "absent", False, dict(sorted(unfit.items())))
            )
    return tuple(out)
