"""What the shop stocks: every product's truth, decided once from the seed, before a word is written or a line drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from wares.catalog.demo.vocabulary import Brand, Colour, Kind, Pair, Stuff, brands, colours, kinds, series, stuffs

T = TypeVar("T")

SIZES: dict[str, tuple[str, ...]] = {
    "clothes": ("XS", "S", "M", "L", "XL"),
    "shoes": ("36", "37", "38", "39", "40", "41", "42", "43", "44"),
    "one": (),
    "ring": ("50", "52", "54", "56"),
    "storage": ("256 GB", "512 GB"),
    "volume": ("500 ml", "750 ml"),
    "rug": ("120 × 170 cm", "160 × 230 cm", "200 × 300 cm"),
    "cream": ("50 ml", "100 ml"),
    "serum": ("30 ml", "50 ml"),
    "perfume": ("30 ml", "50 ml", "100 ml"),
    "bear": ("25 cm", "40 cm"),
    "bike": ("S", "M", "L"),
    "helmet": ("S", "M", "L"),
    "weight": ("2 kg", "5 kg", "8 kg", "10 kg"),
    "grip": ("L1", "L2", "L3"),
}
STEPS = {
    "storage": 0.18,
    "volume": 0.25,
    "rug": 0.45,
    "cream": 0.6,
    "serum": 0.5,
    "perfume": 0.45,
    "bear": 0.5,
    "weight": 0.5,
}


@dataclass(frozen=True, slots=True)
class Good:
    """The truth about one product.

    ``look_seed`` fixes its drawing; ``cut`` and ``tall`` its proportions; ``quality`` in [0, 1] drives its reviews,
    ``appeal`` its popularity; ``price`` is in minor units, ``discount`` the share taken off.
    """

    index: int
    id: str
    kind: Kind
    brand: Brand
    series: Pair
    stuff: Stuff
    pattern: str
    colours: tuple[Colour, ...]
    accent: Colour
    gender: str
    sizes: tuple[str, ...]
    price: int
    discount: float
    quality: float
    appeal: float
    cut: float
    tall: float
    look_seed: int


def pick(rng: np.random.Generator, values: Sequence[T]) -> T:
    """One of the values, evenly."""
    return values[int(rng.integers(len(values)))]


def _charm(amount: float) -> int:
    """A price as shops write them: 24.90, 129.00."""
    if amount >= 100:
        return round(amount / 5) * 500 - 100
    return round(amount) * 100 - 10


def _good(index: int, seed: int, taken: set[tuple[str, str, str]]) -> Good:
    rng = np.random.default_rng((seed, 1, index))
    every = kinds()
    kind = every[index * 37 % len(every)]
    own = [b for b in brands() if kind.family in b.families]
    for _ in range(60):
        brand, name = pick(rng, own), pick(rng, series())
        if (kind.key, brand.name[0], name[0]) not in taken:
            break
    taken.add((kind.key, brand.name[0], name[0]))
    palette = colours()
    count = int(rng.choice((1, 2, 3), p=(0.56, 0.29, 0.15))) if kind.options else 1
    chosen = rng.permutation(len(kind.colours))[: min(count, len(kind.colours))]
    low, high = kind.price
    place = float(rng.beta(1.6, 2.4))
    sizes = SIZES[kind.sizes]
    if kind.sizes == "shoes":
        start = 0 if "women" in kind.genders else 3
        sizes = sizes[start : start + int(rng.integers(4, 7))]
    return Good(
        index=index,
        id=f"D{index + 1001}",
        kind=kind,
        brand=brand,
        series=name,
        stuff=stuffs()[pick(rng, kind.materials)],
        pattern=pick(rng, kind.patterns),
        colours=tuple(palette[kind.colours[i]] for i in chosen),
        accent=pick(rng, list(palette.values())[:26]),
        gender=pick(rng, kind.genders) if kind.genders else "",
        sizes=sizes,
        price=_charm((low + (high - low) * place) * brand.level),
        discount=float(rng.choice((0.0, 0.1, 0.2, 0.3, 0.4), p=(0.74, 0.08, 0.1, 0.05, 0.03))),
        quality=float(np.clip(rng.beta(5, 2.2) + 0.06 * (brand.level - 1), 0, 1)),
        appeal=float(rng.gamma(1.6, 1.0)),
        cut=float(rng.uniform(*kind.cut)),
        tall=float(rng.uniform(*kind.tall)),
        look_seed=int(rng.integers(2**31)),
    )


def list_price(good: Good, step: int = 0) -> int:
    """The full price of a product's ``step``-th size in minor units."""
    return round(good.price * (1 + STEPS.get(good.kind.sizes, 0.0) * step) / 100) * 100 - 10


def sale_price(good: Good, step: int = 0) -> int:
    """What is asked for the ``step``-th size today, in minor units."""
    full = list_price(good, step)
    return round(full * (1 - good.discount) / 100) * 100 - 10 if good.discount else full


def stock(seed: int, products: int) -> tuple[Good, ...]:
    """The goods of a shop of a size; the first ones of a larger shop are those of a smaller one."""
    taken: set[tuple[str, str, str]] = set()
    return tuple(_good(i, seed, taken) for i in range(products))
