"""Listings: the truth about a product, written as the canonical `Product` a merchant's feed would carry."""

from datetime import timedelta

import numpy as np

from wares.catalog.demo.copywriter import caption, description, title
from wares.catalog.demo.goods import Good, list_price, sale_price
from wares.catalog.demo.opinions import LAST_DAY, opinions
from wares.catalog.demo.photos import shots
from wares.catalog.demo.vocabulary import named
from wares.types import (
    AttributeValue,
    Availability,
    Barcode,
    Category,
    Link,
    Media,
    Money,
    Product,
    Rating,
    Translation,
    Variant,
)

CURRENCY = "USD"


def gtin13(number: int) -> str:
    """A GTIN-13 under 952, the prefix GS1 keeps for demonstrations, with its check digit."""
    digits = f"952{number:09d}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits))
    return f"{digits}{-total % 10}"


def _media(good: Good, filmed: bool) -> tuple[Media, ...]:
    several = len(good.colours) > 1
    out = [
        Media(
            url=f"photos/{shot.name}",
            alt=caption(good, good.colours[shot.colour], shot.view),
            options={"color": good.colours[shot.colour].name[0]} if several else {},
        )
        for shot in shots(good)
    ]
    if filmed:
        alt = f"{good.kind.name[0]} turning in the light"
        out.append(Media(url=f"clips/{good.id}.mp4", kind="video", alt=alt))
    return tuple(out)


def _variants(good: Good, rng: np.random.Generator) -> tuple[Variant, ...]:
    out: list[Variant] = []
    sold_out = rng.random() < 0.04
    for colour in good.colours:
        for k, size in enumerate(good.sizes or ("",)):
            options = {"color": colour.name[0]} | ({"size": size} if size else {})
            full, now = list_price(good, k), sale_price(good, k)
            left = 0 if sold_out or rng.random() < 0.09 else int(rng.poisson(14)) + 1
            availability: Availability = "in_stock" if left else ("backorder" if rng.random() < 0.2 else "out_of_stock")
            out.append(
                Variant(
                    id=f"{good.id}-{len(out) + 1:02d}",
                    title=" / ".join(options.values()),
                    price=Money(now, CURRENCY),
                    list_price=Money(full, CURRENCY) if good.discount else None,
                    availability=availability,
                    stock=left,
                    options=options,
                    barcodes=(Barcode("gtin13", gtin13(good.index * 100 + len(out) + 1)),),
                )
            )
    return tuple(out)


def _attributes(good: Good, lang: int) -> dict[str, AttributeValue]:
    shades = tuple(c.name[lang] for c in good.colours)
    out: dict[str, AttributeValue] = {"material": good.stuff.name[lang], "color": shades}
    if good.kind.patterns != ("plain",) or good.pattern != "plain":
        out["pattern"] = named("patterns")[good.pattern][lang]
    if good.gender:
        out["gender"] = named("genders")[good.gender][lang]
    out["series"] = good.series[lang]
    return out


def links(good: Good, by_kind: dict[str, list[Good]], rng: np.random.Generator) -> tuple[Link, ...]:
    """What goes with a product (matching kinds, nearest in colour) and what is like it."""

    def distance(other: Good) -> float:
        a, b = good.colours[0].rgb, other.colours[0].rgb
        gender = (
            0.0 if "unisex" in (good.gender, other.gender) or good.gender == other.gender or not other.gender else 1.5
        )
        return sum(abs(x - y) for x, y in zip(a, b, strict=True)) + gender + 0.6 * float(rng.random())

    out = []
    for kind in good.kind.goes_with:
        matching = sorted(by_kind.get(kind, ()), key=distance)
        out += [Link("goes_with", other.id) for other in matching[:1]]
    alike = sorted((o for o in by_kind[good.kind.key] if o.id != good.id), key=distance)
    return tuple(out + [Link("related", other.id) for other in alike[:3]])


def listing(good: Good, by_kind: dict[str, list[Good]], filmed: bool) -> Product:
    """The product as its feed row says it, in English with a Chinese translation."""
    rng = np.random.default_rng((good.look_seed, 17))
    names, words = title(good), description(good)
    reviews = tuple(o.review for o in opinions(good))
    stars = [r.rating for r in reviews if r.rating is not None]
    variants = _variants(good, rng)
    tags = tuple(t for t, on in (("sale", good.discount > 0), ("bestseller", good.appeal > 3.2)) if on)
    return Product(
        id=good.id,
        title=names[0],
        variants=variants,
        description=words[0],
        language="en",
        brand=good.brand.name[0],
        categories=(Category(good.kind.path[0]),),
        media=_media(good, filmed),
        rating=Rating(round(sum(stars) / len(stars), 2), len(stars)) if stars else None,
        reviews=reviews,
        links=links(good, by_kind, rng),
        tags=tags,
        attributes=_attributes(good, 0),
        translations={"zh": Translation(names[1], words[1], (good.kind.path[1],), _attributes(good, 1))},
        created=LAST_DAY - timedelta(days=int(rng.integers(5, 700))),
    )
