"""A shop of a few products that matches words by substring: enough to try every page, with nothing to train."""

import dataclasses
import hashlib
import io
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from wares.catalog.media import photos
from wares.config import Config
from wares.errors import FilterError, MediaRejected, NotFound
from wares.types import Between, Facet, FacetValue, Hits, Notice, OneOf, Product, Query


class SmallMedia:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        for suffix in (".jpg", ".mp4"):
            if (found := self._folder / f"{sha256}{suffix}").is_file():
                return found
        raise NotFound(f"there is no media {sha256!r}")

    def poster(self, sha256: str) -> Path:
        return self.path(sha256).with_suffix(".poster.jpg")

    def small(self, sha256: str, width: int) -> Path | None:
        self.path(sha256)
        return found if (found := self._folder / f"{sha256}.{width}.webp").exists() else None

    def shrink(self, sha256: str, width: int) -> Path:
        place = self._folder / f"{sha256}.{width}.webp"
        place.write_bytes(photos.scaled(self.path(sha256).read_bytes(), width))
        return place

    def sanitize_photo(self, data: bytes) -> bytes:
        try:
            image = Image.open(io.BytesIO(data)).convert("RGB")
        except OSError as error:
            raise MediaRejected("this is no photo", fix="send a JPEG, PNG or WebP") from error
        out = io.BytesIO()
        image.save(out, "JPEG")
        return out.getvalue()

    def add(self, image: Image.Image) -> str:
        out = io.BytesIO()
        image.save(out, "JPEG")
        name = hashlib.sha256(out.getvalue()).hexdigest()
        (self._folder / f"{name}.jpg").write_bytes(out.getvalue())
        return name

    def add_clip(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        (self._folder / f"{name}.mp4").write_bytes(data)
        (self._folder / f"{name}.poster.jpg").write_bytes(b"poster")
        return name


class Catalogue(dict[str, Product]):
    """Products by their ids, which answer as ``Shop.products`` does as well."""

    def __call__(self, ids: Sequence[str]) -> list[Product]:
        return [self[id] for id in ids if id in self]


class SmallShop:
    degraded: tuple[str, ...] = ()
    version = "g1.1."

    def __init__(self, products: list[Product], folder: Path, **settings) -> None:
        self.config = Config.load(
            options={"shop.name": "Small & Sons", "shop.folder": folder, "search.page_size": 4, **settings},
            environment={},
        )
        self.media = SmallMedia(folder)
        self.products = {product.id: product for product in products}
        self.queries: list[Query] = []

    def product(self, product_id: str) -> Product:
        if product_id not in self.products:
            raise NotFound(f"there is no product {product_id!r}")
        return self.products[product_id]

    @property
    def products(self) -> "Catalogue":
        return self._products

    @products.setter
    def products(self, products: dict[str, Product]) -> None:
        self._products = Catalogue(products)

    def similar(self, product_id: str, k: int = 12) -> Hits:
        return page([product for product in self.products.values() if product.id != product_id][:k], 0, k)

    def search(self, query: Query) -> Hits:
        self.queries.append(query)
        if "boom" in query.text:
            raise RuntimeError("secret inside")
        if "unreadable" in query.text:
            raise FilterError("'price:x' is no filter", fix="write price:10..80")
        worded = [product for product in self.products.values() if query.text.casefold() in words(product)]
        found = [product for product in worded if all(fits(product, one) for one in query.filters)]
        key = {"price": price, "-price": lambda product: -price(product)}.get(query.sort)
        ordered = sorted(found, key=key) if key else found
        near = [] if found or query.filters else list(self.products.values())[:2]
        hits = dataclasses.replace(page(ordered or near, query.page, query.page_size), total=len(found))
        facets = {name: self.facet(name, worded, query) for name in ("category", "brand", "color", "rating", "price")}
        notices = () if found else (Notice("nothing", "We don't carry <that>; nearest is ‘Mug’."),)
        return dataclasses.replace(hits, facets=facets, notices=notices, query_id="q1", generation="g1")

    def facet(self, name: str, worded: list[Product], query: Query) -> Facet:
        others = [one for one in query.filters if getattr(one, "field", "") != name]
        members = [product for product in worded if all(fits(product, one) for one in others)]
        if name in ("rating", "price"):
            numbers = [number for product in members for number in values(product, name)]
            return Facet(name, (), min(numbers, default=math.nan), max(numbers, default=math.nan))
        counts = Counter(value for product in members for value in values(product, name))
        return Facet(name, tuple(FacetValue(value, count) for value, count in counts.most_common()))


def page(products: list[Product], number: int, size: int) -> Hits:
    shown = products[number * size : (number + 1) * size]
    scores = np.linspace(2.0, 1.0, len(shown))
    return Hits(
        ids=tuple(product.id for product in shown),
        variants=tuple(product.variants[0].id for product in shown),
        scores=scores,
        features=np.zeros((len(shown), 0)),
        feature_names=(),
        relevance=np.full(len(shown), 0.87),
        total=len(products),
        contributions=np.stack([scores * 0.7, scores * 0.4, scores * -0.1], axis=1),
        contribution_names=("words", "image", "fused"),
    )


def words(product: Product) -> str:
    told = " ".join(translation.title for translation in product.translations.values())
    return f"{product.title} {told} {product.brand}".casefold()


def price(product: Product) -> int:
    return product.variants[0].price.amount


def values(product: Product, name: str) -> set:
    match name:
        case "category":
            paths = [category.path for category in product.categories]
            told = [tuple(p.split(" > ")) for one in product.translations.values() for p in one.categories]
            return {" > ".join(path[: n + 1]) for path in (*paths, *told) for n in range(len(path))}
        case "brand":
            return {product.brand} - {""}
        case "rating":
            return {product.rating.value} if product.rating else set()
        case "price":
            return {variant.price.amount for variant in product.variants}
        case "in_stock":
            return {str(any(variant.availability == "in_stock" for variant in product.variants)).lower()}
        case _:
            return {variant.options[name] for variant in product.variants if name in variant.options}


def fits(product: Product, one: OneOf | Between) -> bool:
    if isinstance(one, OneOf):
        return bool(values(product, one.field) & set(one.values))
    low, high = -math.inf if one.low is None else one.low, math.inf if one.high is None else one.high
    return any(low <= value <= high for value in values(product, one.field))
