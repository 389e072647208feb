"""Product → what an index keeps of it."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from wares.codes import MODEL_ATTRIBUTES, stored
from wares.errors import ContractError
from wares.protocols import Analyzer, Changes, ColumnValue, IndexEntry, Schema, Space, TextField, VariantEntry
from wares.types import AttributeValue, FloatArray, Product, Quantity, Variant

VERSION = 4  # part of every generation's recipe: raise it whenever entries change
FIELDS = (
    TextField("title", 3.0, 0.5),
    TextField("brand", 1.5, 0.3),
    TextField("category", 1.5, 0.3),
    TextField("attributes", 0.7, 0.6),
    TextField("options", 0.7, 0.3),
    TextField("tags", 0.7, 0.5),
    TextField("description", 0.5, 0.75),
    TextField("codes", 1.0, 0.3),
    TextField("media", 0.4, 0.75),
)
PRODUCT_COLUMNS = ("category", "brand", "tag", "rating", "reviews", "created", "available", "photo_color")
VARIANT_COLUMNS = ("price", "list_price", "on_sale", "in_stock", "stock", "sku", "gtin", "code")
LONGEST = 1.0005  # of a unit row
OWN = frozenset((*PRODUCT_COLUMNS, *VARIANT_COLUMNS))


def schema(spaces: Mapping[str, int]) -> Schema:
    """The schema of entries with vectors in these spaces (name → dimension)."""
    return Schema(FIELDS, tuple(Space(name, dim) for name, dim in spaces.items()), ("category",))


def entry(
    product: Product,
    analyzer: Analyzer,
    vectors: Mapping[str, FloatArray],
    extra_columns: Mapping[str, ColumnValue] | None = None,
    texts: Sequence[str] = (),
) -> IndexEntry:
    """Everything an index needs to find a product.

    Parameters
    ----------
    vectors
        (rows, d) unit rows by space; row i of ``image`` shows the i-th fetched photo of the product.
    extra_columns
        Further product columns, such as ``photo_color``.
    texts
        What was read in the product's photos.
    """
    return IndexEntry(
        id=product.id,
        variants=tuple(_variant(product, variant, analyzer, vectors) for variant in product.variants),
        terms={name: terms for name, terms in _terms(product, analyzer, texts).items() if terms},
        columns={**_columns(product), **(extra_columns or {})},
        vectors={name: np.asarray(rows, np.float32) for name, rows in vectors.items() if len(rows)},
    )


def check_entry(entry: IndexEntry, schema: Schema) -> None:
    """A ContractError that names the entry and what in it breaks the schema."""

    def refuse(what: str, fix: str) -> None:
        raise ContractError(f"entry {entry.id!r}: {what}", fix=fix)

    dims = {space.name: space.dim for space in schema.spaces}
    if not entry.variants:
        refuse("no variant", "a product has at least one")
    for name in entry.terms.keys() - {field.name for field in schema.fields}:
        refuse(f"no field is called {name}", "name it in the schema")
    for name, rows in entry.vectors.items():
        if rows.ndim != 2 or rows.shape[1] != dims.get(name):
            refuse(f"vectors {rows.shape} for space {name}", f"the spaces are {dims}")
        # One pass over the numbers: what is not finite fails the comparison as well.
        if not np.einsum("ij,ij->i", rows, rows).max(initial=0.0) <= LONGEST**2:
            if not np.isfinite(rows).all():
                refuse(f"a vector of space {name} is not finite", "leave out what could not be encoded")
            refuse(f"a vector of space {name} is longer than 1", "divide it by its length")
    for variant in entry.variants:
        for name, shown in variant.rows.items():
            if shown and not 0 <= min(shown) <= max(shown) < len(entry.vectors.get(name, ())):
                refuse(f"variant {variant.id!r} is shown by rows {shown} of {name}", "number the rows from 0")
    for columns in (entry.columns, *(variant.columns for variant in entry.variants)):
        for name, value in columns.items():
            if isinstance(value, int | float) and not np.isfinite(value):
                refuse(f"column {name} is {value}", "leave out what is not known")


def changed_columns(columns: Mapping[str, ColumnValue], changes: Changes) -> dict[str, ColumnValue]:
    """Columns after some of them changed; None takes one away."""
    return {name: value for name, value in {**columns, **changes}.items() if value is not None}


def _terms(product: Product, analyzer: Analyzer, texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    language = product.language
    languages = product.translations.items()

    def each(tagged: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """Terms of (language, text) pairs, the same text once."""
        return tuple(term for tag, text in dict.fromkeys(tagged) for term in analyzer.terms(text, tag))

    paths = [(language, category.value) for category in product.categories]
    paths += [(tag, value) for tag, translation in languages for value in translation.categories]
    attributes = [(language, text) for text in _attribute_texts(product.attributes)]
    attributes += [(tag, text) for tag, translation in languages for text in _attribute_texts(translation.attributes)]
    options = [(language, value) for variant in product.variants for value in variant.options.values()]
    codes = [(language, code) for variant in product.variants for code in (variant.id, *_barcodes(variant))]
    return {
        "title": each([(language, product.title), *((tag, each_.title) for tag, each_ in languages)]),
        "brand": each([(language, product.brand)]),
        "category": each([(tag, part) for tag, path in paths for part in path.split(">")]),
        "attributes": each(attributes),
        "options": each(options),
        "tags": each([(language, tag) for tag in product.tags]),
        "description": each([(language, product.description), *((tag, t.description) for tag, t in languages)]),
        "codes": each([(language, product.id), *codes]),
        "media": each((language, text) for text in texts),
    }


def _attribute_texts(attributes: Mapping[str, AttributeValue]) -> list[str]:
    texts: list[str] = []
    for name, value in attributes.items():
        match value:
            case bool():
                texts += [name] if value else []
            case str():
                texts.append(value)
            case tuple():
                texts += value
            case Quantity(number, unit):
                texts.append(f"{number:g} {unit}")
            case _:
                texts.append(f"{value:g}")
    return texts


def _columns(product: Product) -> dict[str, ColumnValue]:
    paths = [category.value for category in product.categories]
    paths += [value for translation in product.translations.values() for value in translation.categories]
    columns: dict[str, ColumnValue] = {"available": any(_in_stock(variant) for variant in product.variants)}
    if paths:
        columns["category"] = tuple(dict.fromkeys(paths))
    if product.brand:
        columns["brand"] = product.brand
    if product.tags:
        columns["tag"] = tuple(dict.fromkeys(product.tags))
    if product.rating is not None:
        columns["rating"] = 5 * product.rating.value / product.rating.scale_max
        columns["reviews"] = float(product.rating.count)
    elif product.reviews:
        columns["reviews"] = float(len(product.reviews))
    if product.created is not None:
        columns["created"] = product.created.timestamp()
    for name, value in product.attributes.items():
        if name not in OWN:
            columns[name] = value.value if isinstance(value, Quantity) else value
    return columns


def _variant(product: Product, variant: Variant, analyzer: Analyzer, vectors: Mapping[str, FloatArray]) -> VariantEntry:
    columns: dict[str, ColumnValue] = {
        name.lower(): value for name, value in variant.options.items() if name.lower() not in OWN and value
    }
    columns |= {"in_stock": _in_stock(variant), "sku": variant.id}
    if variant.price is not None:
        columns["price"] = float(variant.price.amount)
        columns["on_sale"] = variant.list_price is not None and variant.list_price.amount > variant.price.amount
    if variant.list_price is not None:
        columns["list_price"] = float(variant.list_price.amount)
    if variant.stock is not None:
        columns["stock"] = float(variant.stock)
    if codes := _barcodes(variant):
        columns["gtin"] = codes
    columns["code"] = stored((product.id, variant.id, *codes, *_models(product)))
    texts = [(product.language, text) for text in (variant.title, *variant.options.values(), variant.id)]
    for tag in product.translations:
        texts += [(tag, product.called(name, value, tag.split("-")[0])) for name, value in variant.options.items()]
    terms = tuple(term for tag, text in dict.fromkeys(texts) for term in analyzer.terms(text, tag))
    shown = _shown(product, variant, len(vectors.get("image", ())))
    return VariantEntry(variant.id, columns, terms, {"image": shown} if shown else {})


def _shown(product: Product, variant: Variant, rows: int) -> tuple[int, ...]:
    """The fetched photos that show a variant: its own, and the product's whose options are its options."""
    own = {media.url for media in variant.media}
    own |= {media.url for media in product.media if media.options.items() <= variant.options.items()}
    photos: Sequence[str] = [media.url for media in product.photos() if media.sha256]
    return tuple(row for row, url in enumerate(photos[:rows]) if url in own)


def _in_stock(variant: Variant) -> bool:
    return variant.availability == "in_stock" and (variant.stock is None or variant.stock > 0)


def _models(product: Product) -> list[str]:
    """What the attributes say of the model's number."""
    return _attribute_texts({k: v for k, v in product.attributes.items() if k.lower() in MODEL_ATTRIBUTES})


def _barcodes(variant: Variant) -> tuple[str, ...]:
    return tuple(barcode.value for barcode in variant.barcodes)
