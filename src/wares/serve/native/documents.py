"""What the catalogue and the log of events take, as far as the API tells of it; their own readers check it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Ubi(BaseModel):
    """Fields that are unknown are kept."""

    model_config = ConfigDict(extra="allow", defer_build=True)


class EventObject(Ubi):
    """The product."""

    object_id: str | int


class EventPosition(Ubi):
    """Where it stood, from 1."""

    ordinal: int = Field(ge=1)


class EventAttributes(Ubi):
    """What it was about; price, currency, quantity, order_id and the like are kept as they are."""

    object: EventObject | None = Field(None, description="must be there unless the action is search")
    position: EventPosition | None = None
    propensity: float | None = Field(None, gt=0, le=1, description="how likely the product was to be shown there")


class UbiEvent(Ubi):
    """What someone saw or did."""

    action_name: str = Field(min_length=1, description="search, impression, view, click, add_to_cart, purchase …")
    timestamp: str = Field(description="ISO 8601")
    event_id: str = Field("", description="counts once; empty: made from the content")
    query_id: str = Field("", description="that of the answer which showed the product")
    session_id: str = ""
    client_id: str = ""
    user_id: str = ""
    user_query: str = Field("", description="of a search: the words")
    consent: bool | None = Field(None, description="whether whoever did it agreed to be remembered")
    event_attributes: EventAttributes = Field(default_factory=EventAttributes)


class EventsRequest(BaseModel):
    """A batch; a JSON array of events does as well."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    events: list[UbiEvent] = Field(min_length=1, max_length=1_000)


class ProductDocument(BaseModel):
    """A product in the canonical shape (docs/feeds.md); a JSON array or JSON Lines of them may be sent."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1)
    variants: list[dict[str, Any]] = Field(default_factory=list)


class ProductChanges(BaseModel):
    """What changes, as JSON Merge Patch; what an only variant sells for may stand beside the title."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    price: dict[str, Any] | None = None
    stock: int | None = None
    availability: str | None = None
    variants: list[dict[str, Any]] | None = None
