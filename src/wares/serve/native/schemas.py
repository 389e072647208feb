"""What the API takes: bodies of requests, closed and bounded."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from wares.serve.storefront.address import MAX_DROPPED, MAX_NAME, MAX_TEXT, MAX_VALUE, SORTS


class SearchRequest(BaseModel):
    """The body of ``POST /v1/search``; ``page`` starts at 1, ``photo`` is a sha256 that ``POST /photo`` gave.

    ``region`` is ``left,top,right,bottom`` as shares of the photo; ``dropped`` are keys of ``understood.chips``.
    """

    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=MAX_TEXT)
    photo: str = Field("", pattern="^([0-9a-f]{64})?$")
    filters: str = Field("", max_length=MAX_TEXT)
    facets: tuple[Annotated[str, Field(max_length=MAX_NAME)], ...] = Field((), max_length=20)
    sort: str = Field("relevance", pattern=f"^({'|'.join(SORTS)})$")
    page: int = Field(1, ge=1, le=10_000)
    page_size: int = Field(24, ge=1, le=200)
    language: str = Field("", max_length=8)
    like: str = Field("", max_length=MAX_VALUE)
    region: str = Field("", max_length=60)
    dropped: tuple[str, ...] = Field((), max_length=MAX_DROPPED)
    literal: bool = False
