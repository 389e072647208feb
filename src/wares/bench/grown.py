"""A catalogue grown to any size: copies of real products with other titles, brands, prices and vectors, seeded."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from wares.bench.clouds import unit
from wares.types import FloatArray, Money, Product

Vectors = Mapping[str, FloatArray]
SHIFT = 0.3  # of a vector's length: copies of a product are as far apart as its neighbours are
SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "mi", "no", "ra", "su", "ti", "vo")
CHINESE = tuple(colour + kind for colour in ("红色", "蓝色", "黑色") for kind in ("连衣裙", "牛仔裤", "手表", "运动鞋"))
SHARE_CHINESE, SHARE_KINDS = 0.15, 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Stocked:
    """A product with its unit rows by space."""

    product: Product
    vectors: Vectors


def grown(products: Sequence[Product], vectors_of: Callable[[str], Vectors], n: int, seed: int) -> Iterator[Stocked]:
    """n products: the given ones, then copies of them in turn.

    A copy takes the first word of another product's title as its brand in place of its own, a made model name, and a
    price drawn from a lognormal distribution; its vectors are moved by ``SHIFT`` in the direction in which one of two
    other products differs from the second, so that copies lie where real products do.
    """
    random = Random(seed)
    for number in range(n):
        turn, row = divmod(number, len(products))
        product = products[row]
        vectors = vectors_of(product.id)
        if turn == 0:
            yield Stocked(product, vectors)
            continue
        yield Stocked(
            _copy(product, products[random.randrange(len(products))], turn, random),
            _moved(vectors, *(vectors_of(random.choice(products).id) for _ in range(2))),
        )


def queries(products: Sequence[Product], count: int, seed: int) -> list[str]:
    """What shoppers might ask: one to four neighbouring words of a title, a colour with a kind, and some Chinese."""
    random = Random(seed)
    found: list[str] = []
    while len(found) < count:
        product = random.choice(products)
        words = product.title.split()
        colour = next((value for variant in product.variants for value in variant.options.values()), "")
        chance = random.random()
        if chance < SHARE_CHINESE:
            text = random.choice(CHINESE)
        elif chance < SHARE_CHINESE + SHARE_KINDS and product.categories:
            text = f"{colour} {product.categories[-1].path[-1]}".strip().lower()
        else:
            length = random.randint(1, 4)
            start = random.randrange(max(len(words) - length, 0) + 1)
            text = " ".join(words[start : start + length]).lower()
        if text:
            found.append(text)
    return found


def _copy(product: Product, other: Product, turn: int, random: Random) -> Product:
    brand = other.title.split()[0] if other.title.split() else ""
    model = "".join(random.choices(SYLLABLES, k=3))
    title = " ".join((brand, *product.title.split()[1:], model))
    price = Money(int(random.lognormvariate(8, 0.7)), "USD")
    variants = tuple(replace(variant, id=f"{variant.id}-{turn}", price=price) for variant in product.variants)
    return replace(product, id=f"{product.id}-{turn}", title=title, brand=brand, variants=variants)


def _moved(vectors: Vectors, one: Vectors, other: Vectors) -> Vectors:
    """All spaces moved by the difference of the same two products, where both are in them and differ."""
    apart = {name: one[name][:1] - other[name][:1] for name in one.keys() & other.keys()}
    return {
        name: unit(rows + SHIFT * unit(apart[name])) if name in apart and apart[name].any() else rows
        for name, rows in vectors.items()
    }
