"""What shoppers did, and what may be shown."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Event:
    """What a shopper saw or did, in the terms of UBI 1.3; ``position`` starts at 0, ``propensity`` is in (0, 1]."""

    id: str
    action: str
    product: str
    time: datetime
    query_id: str = ""
    session: str = ""
    shopper: str = ""
    position: int | None = None
    propensity: float | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What moderation says of one item: allow, review or block, under which clause, how sure, on what evidence."""

    decision: Literal["allow", "review", "block"]
    clause: str = ""
    probability: float = math.nan
    evidence: str = ""
