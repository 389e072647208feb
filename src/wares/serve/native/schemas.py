"""What the API takes: bodies of requests and parameters of addresses, closed and bounded."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema

from wares.catalog.unfound import AGE
from wares.search.filtertree import FilterTree
from wares.serve.native.hits import DEFAULT, FIELDS, Named
from wares.serve.storefront.address import MAX_DROPPED, MAX_NAME, MAX_TEXT, MAX_VALUE, SORTS

MAX_PAGE, MAX_PAGE_SIZE, MAX_FACETS, MAX_VALUES, MAX_CURSOR = 10_000, 200, 20, 50, 200
MAX_QUERIES = 20  # of a batch
MAX_IDS, MAX_K = 20, 100
MAX_DELETED = 10_000
SHA256 = "^([0-9a-f]{64})?$"

Id = Annotated[str, Field(min_length=1, max_length=MAX_VALUE, description="id of a product")]
Language = Annotated[str, Field(max_length=8, description="BCP 47 tag; empty: told by the words")]
HitFields = Annotated[
    tuple[Named, ...],
    Field(max_length=len(FIELDS), description=f"what of each hit is answered; default: {', '.join(DEFAULT)}"),
]
Count = Annotated[int, Field(ge=1, le=MAX_K, description="how many")]


def _said(value: Any) -> str:
    return "text" if isinstance(value, str) else "trees" if isinstance(value, list | tuple) else "tree"


Filters = Annotated[
    Annotated[str, Field(max_length=MAX_TEXT), Tag("text")]
    | Annotated[FilterTree, Tag("tree")]
    | Annotated[tuple[FilterTree, ...], Field(max_length=200), Tag("trees")],
    Discriminator(_said),
]


class Asked(BaseModel):
    """A body: an unknown field is an error that names it."""

    model_config = ConfigDict(extra="forbid", defer_build=True)  # built when it is first asked for


class SearchRequest(Asked):
    """A search; everything may be left out. ``region`` is ``left,top,right,bottom`` as shares of the photo."""

    text: str = Field("", max_length=MAX_TEXT, description="the words")
    photo: str = Field("", pattern=SHA256, description="sha256 that POST /v1/photos gave")
    photo_base64: str = Field(
        "", description="a photo itself, instead of its sha256", json_schema_extra={"format": "byte"}
    )
    region: str = Field("", max_length=60, description="the part of the photo that is meant: 0.1,0,0.9,1")
    like: str = Field("", max_length=MAX_VALUE, description="id of a product that is meant beside the words")
    filters: Filters = Field(
        "", description="as text (prices in major units), or as a tree or trees that all hold (in minor units)"
    )
    facets: tuple[Annotated[str, Field(max_length=MAX_NAME)], ...] = Field(
        (), max_length=MAX_FACETS, description="names; empty: chosen by what tells the results apart"
    )
    facet_values: int = Field(MAX_VALUES, ge=1, le=MAX_VALUES, description="most values of a facet")
    sort: str = Field("relevance", pattern=f"^({'|'.join(SORTS)})$", description="the order")
    page: int = Field(1, ge=1, le=MAX_PAGE, description="from 1")
    page_size: int = Field(24, ge=1, le=MAX_PAGE_SIZE, description="hits on a page")
    cursor: str = Field("", max_length=MAX_CURSOR, description="next_cursor of the page before, instead of a page")
    fields: HitFields = ()
    highlight: bool = Field(False, description="the title with <mark> around what matches, escaped")
    ledger: bool = Field(False, description="why each hit stands where it stands")
    language: Language = ""
    dropped: tuple[Annotated[str, Field(max_length=MAX_VALUE)], ...] = Field(
        (), max_length=MAX_DROPPED, description="keys of understood.chips that are taken away"
    )
    literal: bool = Field(False, description="search for the words as they stand")


class BatchRequest(Asked):
    """Several searches; each is checked by itself, so that one that is wrong leaves the others alone."""

    queries: tuple[Annotated[dict[str, Any], WithJsonSchema({"$ref": "#/components/schemas/SearchRequest"})], ...] = (
        Field(min_length=1, max_length=MAX_QUERIES)
    )


class ExplainRequest(SearchRequest):
    """A search, and the product that is asked about."""

    id: Id


class SimilarRequest(Asked):
    """Products like one."""

    id: Id
    k: Count = 12
    fields: HitFields = ()
    language: Language = ""


class RecommendRequest(Asked):
    """What to show beside products: like them, linked by the merchant, or well rated."""

    kind: Literal["similar", "goes_with", "related", "upsell", "popular"] = "similar"
    ids: tuple[Id, ...] = Field((), max_length=MAX_IDS, description="products it is for; none for popular")
    filters: Filters = Field("", description="of popular products")
    k: Count = 12
    fields: HitFields = ()
    language: Language = ""


class SuggestRequest(Asked):
    """What someone has begun to type."""

    text: str = Field("", max_length=MAX_TEXT)
    language: Language = ""
    k: int = Field(8, ge=1, le=20)


class DeleteRequest(Asked):
    """Products to take out."""

    ids: tuple[Id, ...] = Field(min_length=1, max_length=MAX_DELETED)


# --- addresses -------------------------------------------------------------------------------------------------------


def _list(value: Any) -> Any:
    return tuple(filter(None, value.split(","))) if isinstance(value, str) else value


Listed = BeforeValidator(_list, json_schema_input_type=str)
_FLAG = Literal["", "0", "1"]


class Parameters(BaseModel):
    """Parameters of an address; those that are unknown are left alone."""

    model_config = ConfigDict(extra="ignore", defer_build=True)


class SearchParameters(Parameters):
    """The address of a search page, and what is wanted of the answer. ``f.<field>`` is a value ticked in a facet."""

    q: str = Field("", description="the words")
    photo: str = Field("", description="sha256 that POST /v1/photos gave")
    region: str = Field("", description="left,top,right,bottom as shares of the photo")
    like: str = Field("", description="id of a product that is meant beside the words")
    f: str = Field("", description="filters as text: brand:Luma price:10..80")
    min: str = Field("", description="lowest price, in major units")
    max: str = Field("", description="highest price, in major units")
    stock: str = Field("", description="1: in stock only")
    rating: str = Field("", description="stars and up: 1 to 5")
    sort: str = Field("", description=", ".join(SORTS))
    page: str = Field("", description="from 1")
    lang: str = Field("", description="en or zh")
    without: str = Field("", description="key of a chip that is taken away; again for more")
    literal: str = Field("", description="1: the words as they stand")
    page_size: int = Field(0, ge=0, le=MAX_PAGE_SIZE, description="0: that of the shop")
    cursor: str = Field("", max_length=MAX_CURSOR, description="next_cursor of the page before")
    facets: Annotated[tuple[str, ...], Listed] = Field(
        (), max_length=MAX_FACETS, description="names, with commas between"
    )
    facet_values: int = Field(MAX_VALUES, ge=1, le=MAX_VALUES, description="most values of a facet")
    fields: Annotated[HitFields, Listed] = ()
    highlight: _FLAG = Field("", description="1: the title with <mark> around what matches, escaped")
    ledger: _FLAG = Field("", description="1: why each hit stands where it stands")


class ExplainParameters(SearchParameters):
    """The address of a search, and the product that is asked about."""

    id: str = Field("", description="id of the product")


class SimilarParameters(Parameters):
    """Products like one."""

    id: Id
    k: Count = 12
    fields: Annotated[HitFields, Listed] = ()
    lang: Language = ""


class SuggestParameters(Parameters):
    """What someone has begun to type."""

    q: str = Field("", description="the beginning")
    lang: str = Field("", description="en or zh; else by Accept-Language")
    k: int = Field(8, ge=1, le=20)


class UnfoundParameters(Parameters):
    """Which queries without a result are listed."""

    days: int = Field(30, ge=1, le=AGE, description="of how many days, today included")
    k: int = Field(100, ge=1, le=1_000)


class ProductParameters(Parameters):
    """In which language a product is told."""

    lang: Language = ""


class JobRequest(Asked):
    """A job of a kind, such as ``rebuild``, with the arguments that the kind takes."""

    kind: str = Field(min_length=1, max_length=60, description="rebuild, read, erase, or one of a plug-in")
    arguments: dict[str, Any] = Field({}, description="such as the shopper of erase")


class JobsParameters(Parameters):
    """Which jobs."""

    state: Literal["", "waiting", "running", "done", "failed", "cancelled"] = Field("", description="empty: all")
    limit: int = Field(50, ge=1, le=1_000, description="how many at most")


class ReplaceParameters(Parameters):
    """Whether a feed is believed."""

    force: _FLAG = Field("", description="1: though most of it is bad, or most products vanished")


def named(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an address that are not empty."""
    return {name: value for name, value in parameters.items() if value}
