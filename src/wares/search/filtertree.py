"""Filters as JSON trees ↔ typed filters; prices in minor units, an open end is null.

::

    {"all_of": [{"field": "brand", "one_of": ["Luma"]}, {"not": {"field": "price", "low": null, "high": 8000}}]}
"""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, FiniteFloat, Tag, TypeAdapter, ValidationError
from typing_extensions import TypeAliasType

from wares.errors import FilterError
from wares.types import AllOf, Always, AnyOf, Between, Filter, Near, Not, OneOf, Says

MAX_NAME, MAX_VALUE = 200, 1_000

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
Word = Annotated[str, Field(max_length=MAX_VALUE)]


class _Tree(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class OneOfTree(_Tree):
    """The field has at least one of the values; prices are whole minor units."""

    field: Name
    one_of: tuple[Word, ...] = Field(min_length=1, max_length=1_000)

    def filter(self) -> Filter:
        return OneOf(self.field, self.one_of)


class BetweenTree(_Tree):
    """The number lies between the ends, both included; prices in minor units, dates in seconds since 1970."""

    field: Name
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None

    def filter(self) -> Filter:
        if self.low is None and self.high is None:
            raise FilterError(f"{self.field}: a range without ends", fix="give low, high, or both")
        return Between(self.field, self.low, self.high)


class NearTree(_Tree):
    """The place lies within ``km`` of a point in degrees."""

    field: Name
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    km: float = Field(gt=0, le=25_000)

    def filter(self) -> Filter:
        return Near(self.field, self.latitude, self.longitude, self.km)


class SaysTree(_Tree):
    """The product has all of these terms among its words."""

    says: tuple[Word, ...] = Field(min_length=1, max_length=100)

    def filter(self) -> Filter:
        return Says(self.says)


class NotTree(_Tree):
    """The part does not hold."""

    part: "FilterTree" = Field(alias="not")

    def filter(self) -> Filter:
        return Not(self.part.filter())


class AllOfTree(_Tree):
    """Every part holds."""

    all_of: tuple["FilterTree", ...] = Field(min_length=1, max_length=200)

    def filter(self) -> Filter:
        return AllOf(tuple(part.filter() for part in self.all_of))


class AnyOfTree(_Tree):
    """At least one part holds."""

    any_of: tuple["FilterTree", ...] = Field(min_length=1, max_length=200)

    def filter(self) -> Filter:
        return AnyOf(tuple(part.filter() for part in self.any_of))


_KEYS = ("one_of", "latitude", "says", "not", "all_of", "any_of")


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return next((key for key in _KEYS if key in value), "low")
    return "not" if isinstance(value, NotTree) else next((key for key in _KEYS if hasattr(value, key)), "low")


FilterTree = TypeAliasType(
    "FilterTree",
    Annotated[
        Annotated[OneOfTree, Tag("one_of")]
        | Annotated[BetweenTree, Tag("low")]
        | Annotated[NearTree, Tag("latitude")]
        | Annotated[SaysTree, Tag("says")]
        | Annotated[NotTree, Tag("not")]
        | Annotated[AllOfTree, Tag("all_of")]
        | Annotated[AnyOfTree, Tag("any_of")],
        Discriminator(_kind),
    ],
)


@cache
def _adapter() -> TypeAdapter[Any]:
    return TypeAdapter(FilterTree)


def from_tree(tree: Any) -> Filter:
    """The filter that a tree says.

    Raises
    ------
    FilterError
        With the place in the tree.
    """
    try:
        found: Filter = _adapter().validate_python(tree).filter()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))[-100:]
        raise FilterError(f"{where}: {first['msg'][:200]}", fix="the shapes are in docs/http.md") from None
    return found


def to_tree(part: Filter) -> dict[str, Any]:
    """A filter as a tree."""
    match part:
        case OneOf(field, values):
            return {"field": field, "one_of": list(values)}
        case Between(field, low, high):
            return {"field": field, "low": low, "high": high}
        case Near(field, latitude, longitude, km):
            return {"field": field, "latitude": latitude, "longitude": longitude, "km": km}
        case Says(terms):
            return {"says": list(terms)}
        case Always(inner):
            return to_tree(inner)
        case Not(inner):
            return {"not": to_tree(inner)}
        case AllOf(parts):
            return {"all_of": _trees(parts)}
        case AnyOf(parts):
            return {"any_of": _trees(parts)}


def _trees(parts: Sequence[Filter]) -> list[dict[str, Any]]:
    return [to_tree(part) for part in parts]
