"""Shoppers: people with tastes in kinds, colours, prices and brands that the events follow and nobody else knows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.catalog.demo.goods import Good
from wares.catalog.demo.vocabulary import brands, colours, kinds


@dataclass(frozen=True, slots=True)
class Shopper:
    """One shopper's latent tastes; ``price`` in [-1, 1] runs from thrifty to lavish, ``activity`` is a rate."""

    id: str
    language: str
    gender: str
    kinds: tuple[str, ...]
    colours: tuple[str, ...]
    brands: tuple[str, ...]
    price: float
    activity: float

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def crowd(seed: int, count: int) -> tuple[Shopper, ...]:
    """``count`` shoppers of a seed."""
    rng = np.random.default_rng((seed, 19))
    every_kind = [k.key for k in kinds()]
    families = [k.family for k in kinds()]
    every_colour, every_brand = list(colours()), [b.name[0] for b in brands()]
    out = []
    for i in range(count):
        liked = rng.permutation(sorted(set(families)))[:3]
        weight = np.array([6.0 if f in liked else 0.6 for f in families])
        chosen = rng.choice(len(every_kind), size=8, replace=False, p=weight / weight.sum())
        out.append(
            Shopper(
                id=f"S{i + 1:04d}",
                language="zh" if rng.random() < 0.4 else "en",
                gender=str(rng.choice(("women", "men"))),
                kinds=tuple(every_kind[k] for k in chosen),
                colours=tuple(every_colour[k] for k in rng.permutation(len(every_colour))[:5]),
                brands=tuple(every_brand[k] for k in rng.permutation(len(every_brand))[:3]),
                price=round(float(rng.uniform(-1, 1)), 3),
                activity=round(float(rng.gamma(1.2, 1.0)) + 0.1, 3),
            )
        )
    return tuple(out)


def attraction(shoppers: tuple[Shopper, ...], goods: tuple[Good, ...]) -> NDArray[np.float64]:
    """P(click | examined) of every shopper and product before the query is known, ``(shoppers, products)``."""
    ranks = _price_ranks(goods)
    appeal = np.log1p([g.appeal for g in goods]) + 1.5 * np.array([g.quality for g in goods])
    out = np.empty((len(shoppers), len(goods)))
    for row, s in zip(out, shoppers, strict=True):
        kind = np.array([g.kind.key in s.kinds for g in goods])
        colour = np.array([any(c.key in s.colours for c in g.colours) for g in goods])
        brand = np.array([g.brand.name[0] in s.brands for g in goods])
        wrong = np.array([g.gender in ("women", "men") and g.gender != s.gender for g in goods])
        row[:] = -3.6 + 0.55 * appeal + 0.7 * kind + 0.9 * colour + 0.6 * brand - 1.6 * wrong + 1.1 * s.price * ranks
    return 1 / (1 + np.exp(-out))


def _price_ranks(goods: tuple[Good, ...]) -> NDArray[np.float64]:
    """How dear a product is within its kind, in [-1, 1]."""
    out = np.zeros(len(goods))
    groups: dict[str, list[int]] = {}
    for i, g in enumerate(goods):
        groups.setdefault(g.kind.key, []).append(i)
    for rows in groups.values():
        order = np.argsort(np.argsort([goods[i].price for i in rows]))
        out[rows] = 2 * order / max(len(rows) - 1, 1) - 1
    return out
