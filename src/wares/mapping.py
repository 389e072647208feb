"""What the columns of a merchant's files mean: the language of ``[feeds.NAME]`` in wares.toml and of mapping files.

A mapping lists sources: files of products, and of what belongs to them. Each says where its fields come from::

    currency = "EUR"
    [[sources]]
    path = "products.csv"
    holds = "products"
    [sources.fields]
    id = "sku"                                          # a column, or a dotted path into nested JSON
    title = ["brand", "name"]                           # several columns, joined by blanks
    price = { column = "price_cents", unit = "minor" }
    categories = ["department", "kind"]                 # levels, from general to special
    tags = { column = "keywords", split = "," }
    attributes = { columns = ["specs.*"], drop = ["specs.internal"] }
    options = { color = "colour" }

    [[sources]]                                         # a file of its own, joined by the product's id
    path = "reviews.csv"
    holds = "reviews"
    product = "sku"
    fields = { text = "review", rating = "stars" }

    [[sources]]                                         # a list inside each product
    at = "pictures"
    holds = "media"
    fields = { url = "file", options = { color = "colour" } }
"""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wares.errors import MappingError
from wares.types import LinkKind

Format = Literal["", "csv", "tsv", "jsonl", "parquet"]


class _Closed(BaseModel):
    # most processes read no mapping, and 18 validators take as long to build as the rest of the configuration
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", populate_by_name=True)


class Pick(_Closed):
    """A value of a row: ``"name"``, ``["brand", "name"]``, ``{column = "tags", split = ","}`` or ``{const = "x"}``."""

    column: tuple[str, ...] = Field((), description="columns or dotted paths; lists in them give all their values")
    const: str = Field("", description="this very text, for every row")
    split: str = Field("", description="what separates several values in one text")
    join: str = Field(" ", description="what goes between the values where one text is wanted")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"column": (value,)}
        if isinstance(value, list | tuple):
            return {"column": tuple(value)}
        if isinstance(value, dict) and isinstance(value.get("column"), str):
            return value | {"column": (value["column"],)}
        return value

    @model_validator(mode="after")
    def _something(self) -> Self:
        if bool(self.column) == bool(self.const):
            raise ValueError("name a column or a const")
        return self


class PricePick(Pick):
    """A price; a number without a currency is in the mapping's."""

    unit: Literal["major", "minor"] = Field("major", description="minor: the number counts cents")


class PathPick(Pick):
    """Category paths; several columns are the levels of one path."""

    separator: str = Field(">", description="what stands between the levels in one text")


class AttributePick(_Closed):
    """Columns that become attributes by their names; ``"specs.*"`` is every key below, ``"*"`` every other column."""

    columns: tuple[str, ...]
    strip: tuple[str, ...] = Field((), description="prefixes taken off the names")
    drop: tuple[str, ...] = Field((), description="columns left out")
    rename: dict[str, str] = Field(default_factory=dict, description="column → attribute")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"columns": (value,)}
        return {"columns": tuple(value)} if isinstance(value, list | tuple) else value


class VariantFields(_Closed):
    """What can be put into a basket."""

    sku: Pick | None = None
    variant_title: Pick | None = None
    price: PricePick | None = None
    list_price: PricePick | None = None
    currency: Pick | None = None
    availability: Pick | None = None
    stock: Pick | None = None
    gtin: Pick | None = None
    images: Pick | None = None
    clips: Pick | None = None
    options: dict[str, Pick] = Field(default_factory=dict)


class TextFields(_Closed):
    """A product's words in a further language."""

    title: Pick | None = None
    description: Pick | None = None


class ProductFields(VariantFields):
    """A product; its variant fields are those of its only variant, or what its variants lack."""

    id: Pick
    title: Pick
    description: Pick | None = None
    language: Pick | None = None
    brand: Pick | None = None
    categories: PathPick | None = None
    tags: Pick | None = None
    rating: Pick | None = None
    rating_count: Pick | None = None
    created: Pick | None = None
    updated: Pick | None = None
    related: Pick | None = None
    goes_with: Pick | None = None
    upsell: Pick | None = None
    attributes: AttributePick | None = None
    metadata: dict[str, Pick] = Field(default_factory=dict)
    translations: dict[str, TextFields] = Field(default_factory=dict)


class ReviewFields(_Closed):
    text: Pick
    id: Pick | None = None
    title: Pick | None = None
    rating: Pick | None = None
    language: Pick | None = None
    author: Pick | None = None
    created: Pick | None = None


class LinkFields(_Closed):
    """``kinds`` says what the words of ``kind`` mean here: ``{crosssell = "goes_with"}``."""

    target: Pick
    kind: Pick
    kinds: dict[str, LinkKind] = Field(default_factory=dict)


class MediaFields(_Closed):
    url: Pick
    alt: Pick | None = None
    options: dict[str, Pick] = Field(default_factory=dict)


class _Source(_Closed):
    path: tuple[str, ...] = Field((), description="files of the same columns, from the feed's folder")
    format: Format = Field("", description="empty: by the file's name")

    @model_validator(mode="before")
    @classmethod
    def _one_path(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("path"), str):
            return value | {"path": (value["path"],)}
        return value


class ProductSource(_Source):
    """Products, a row each; ``grouped``: rows of one id are the variants of one product."""

    holds: Literal["products"] = "products"
    fields: ProductFields
    grouped: bool = False


class _PartSource(_Source):
    at: str = Field("", description="the list inside each product that holds them, instead of a file")
    product: Pick | None = Field(None, description="the column with the product's id, for a file of their own")

    @model_validator(mode="after")
    def _place(self) -> Self:
        if bool(self.path) == bool(self.at) or bool(self.path) != bool(self.product):
            raise ValueError("give either path and product (a file of its own), or at (a list inside each product)")
        return self


class VariantSource(_PartSource):
    holds: Literal["variants"]
    fields: VariantFields


class ReviewSource(_PartSource):
    holds: Literal["reviews"]
    fields: ReviewFields


class LinkSource(_PartSource):
    holds: Literal["links"]
    fields: LinkFields


class MediaSource(_PartSource):
    holds: Literal["media"]
    fields: MediaFields


PartSource = VariantSource | ReviewSource | LinkSource | MediaSource
Source = Annotated[ProductSource | PartSource, Field(discriminator="holds")]


class Mapping(_Closed):
    """What the files of one merchant mean."""

    sources: tuple[Source, ...] = Field(description="files of products, and of what belongs to them")
    currency: str = Field("", pattern="^([A-Z]{3})?$", description="ISO 4217 code of prices that name none")
    language: str = Field("", description="BCP 47 tag of the texts")

    @property
    def products(self) -> tuple[ProductSource, ...]:
        return tuple(source for source in self.sources if isinstance(source, ProductSource))

    @property
    def parts(self) -> tuple[PartSource, ...]:
        return tuple(source for source in self.sources if not isinstance(source, ProductSource))

    @model_validator(mode="after")
    def _has_products(self) -> Self:
        if not self.products:
            raise ValueError('one source must hold = "products"')
        if len(self.sources) > 1 and any(not source.path for source in self.products):
            raise ValueError("every source of products needs a path when there are several sources")
        return self


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    MappingError
        It is no mapping; an unknown key is answered with the nearest one.
    """
    try:
        return parse_mapping(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingError(f"{path} cannot be read: {error}", fix="mend the file; see docs/feeds.md") from None


def parse_mapping(content: Any) -> Mapping:
    """A mapping from parsed TOML; see :func:`read_mapping`."""
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        message, fix = explain(error)
        raise MappingError(message, fix=fix) from None


def explain(error: ValidationError) -> tuple[str, str]:
    """What is wrong with a mapping, and the fix."""
    first = next((item for item in error.errors() if item["type"] == "extra_forbidden"), error.errors()[0])
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"{place or 'the mapping'}: {first['msg'].removeprefix('Value error, ')}", "see docs/feeds.md"
    key = str(first["loc"][-1])
    near = difflib.get_close_matches(key, _known_keys(), n=1)
    return f"there is no {place}", f"did you mean {near[0]}?" if near else "see docs/feeds.md"


def _known_keys() -> set[str]:
    models: list[type[BaseModel]] = [Mapping, ProductSource, VariantSource, ReviewFields, LinkFields, MediaFields]
    models += [ProductFields, Pick, PricePick, PathPick, AttributePick, TextFields]
    return {name for model in models for name in model.model_fields}
