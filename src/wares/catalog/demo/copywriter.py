"""The copywriter: titles, descriptions and captions in English and Chinese from what is true of a product."""

import numpy as np

from wares.catalog.demo.goods import Good, pick
from wares.catalog.demo.vocabulary import Colour, Pair, named, texts


def _material(good: Good, lang: int) -> str:
    return good.stuff.name[lang]


def _pattern(good: Good, lang: int) -> str:
    return "" if good.pattern == "plain" else named("patterns")[good.pattern][lang]


def _words(*parts: str) -> str:
    return " ".join(p for p in parts if p)


def _cap(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


def _english_title(good: Good, plan: int) -> str:
    name, brand, line = good.kind.name[0], good.brand.name[0], good.series[0]
    material, pattern = _material(good, 0), _pattern(good, 0)
    gender = named("genders")[good.gender][0] if good.gender in ("women", "men") else ""
    colour = good.colours[0].name[0] if len(good.colours) == 1 else ""
    made = f"{_cap(material)} {name}" if good.stuff.adjective else f"{name} in {_cap(material)}"
    plans = (
        _words(brand, line, _cap(pattern), name) + (f", {colour}" if colour else ""),
        _words(line, _cap(material), name, f"in {colour}" if colour else "") + f" by {brand}",
        _words(brand, f"“{line}”", _cap(gender), _cap(pattern), made),
        _words(colour, _cap(pattern), name, line) + f" – {brand}",
        _words(brand, _cap(gender), _cap(material), name, line),
    )
    return plans[plan % len(plans)]


def _chinese_title(good: Good, plan: int) -> str:
    name, brand, line = good.kind.name[1], good.brand.name[1], good.series[1]
    material, pattern = _material(good, 1), _pattern(good, 1)
    gender = named("genders")[good.gender][1] if good.gender in ("women", "men") else ""
    colour = good.colours[0].name[1] if len(good.colours) == 1 else ""
    plans = (
        _words(brand, line + "系列", pattern + name, colour),
        _words(brand, f"{material}{name}", line, colour),
        _words(brand, f"「{line}」", f"{gender}{pattern}{material}{name}"),
        _words(f"{colour}{pattern}{name}", f"{brand} {line}"),
        _words(brand, f"{gender}{material}{name}", line + "款"),
    )
    return plans[plan % len(plans)]


def title(good: Good) -> Pair:
    """What the product is called; the two languages follow the same plan."""
    plan = int(np.random.default_rng((good.look_seed, 2)).integers(5))
    return _english_title(good, plan), _chinese_title(good, plan)


def _looks(good: Good, lang: int) -> str:
    """A sentence about colour and pattern."""
    shades = [c.name[lang] for c in good.colours]
    pattern = _pattern(good, lang)
    if lang == 0:
        listed = shades[0] if len(shades) == 1 else ", ".join(shades[:-1]) + " and " + shades[-1]
        listed = listed.lower()
        if pattern:
            return f"A {pattern} design in {listed}."
        return (
            f"Comes in {listed}."
            if len(shades) > 1
            else f"The colour is a {('clear', 'deep', 'soft', 'warm')[good.index % 4]} {listed}."
        )
    joined = "、".join(shades)
    if pattern:
        return f"{pattern}设计，{joined}可选。" if len(shades) > 1 else f"{joined}底色搭配{pattern}设计。"
    return f"共有{joined}{'零一两三'[len(shades)]}色可选。" if len(shades) > 1 else f"整体为{joined}，耐看百搭。"


def description(good: Good) -> Pair:
    """Four to six sentences on one of four plans: what for, what of, what is special, how to care for it."""
    rng = np.random.default_rng((good.look_seed, 3))
    family = good.kind.family
    opening, use = pick(rng, texts()["openings"][family]), pick(rng, texts()["uses"][family])
    features = [good.kind.has[i] for i in rng.permutation(len(good.kind.has))]
    plan = int(rng.integers(4))
    says, care = good.stuff.says, good.stuff.care
    out = []
    for lang in (0, 1):
        named_good = good.kind.also[lang].lower() if lang == 0 else good.kind.also[lang]
        looks = _looks(good, lang)
        also = f"Also known as: {named_good}." if lang == 0 else f"也常被称为{named_good}。"
        plans = (
            (opening[lang], says[lang], features[0][lang], features[1][lang], looks, care[lang]),
            (features[0][lang], opening[lang], looks, says[lang], use[lang]),
            (says[lang], features[1][lang], features[0][lang], use[lang], also, care[lang]),
            (opening[lang], looks, features[2][lang], features[0][lang], says[lang], use[lang]),
        )
        out.append((" " if lang == 0 else "").join(plans[plan]))
    return out[0], out[1]


def caption(good: Good, colour: Colour, view: str) -> str:
    """Alternative text of a photo in English."""
    pattern = _pattern(good, 0)
    place = {"studio": "on a light background", "scene": "in use", "detail": "close up"}.get(view, view)
    return _words(colour.name[0], pattern, _material(good, 0), good.kind.name[0].lower() + ",", place)
