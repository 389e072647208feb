"""One request of each operation that can be sent as it stands, as shell commands show it."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from wares.serve.native.api import Operation

ID = "mug"
MUG = {
    "id": ID,
    "title": "Stoneware Mug",
    "language": "en",
    "variants": [{"id": "mug-blue", "price": {"amount": 1900, "currency": "USD"}, "options": {"color": "Blue"}}],
}
CLICK = {
    "action_name": "click",
    "event_id": "a1",
    "timestamp": "{now}",
    "query_id": "0123456789abcdef0123456789abcdef",
    "session_id": "s1",
    "consent": True,
    "event_attributes": {"object": {"object_id": ID}, "position": {"ordinal": 3}},
}


@dataclass(frozen=True, slots=True)
class Example:
    """What follows the path of an operation, its body, and the id in its path; ``file`` has a body."""

    query: str = ""
    body: Any = None
    file: str = ""
    id: str = ID


EXAMPLES: Mapping[str, Example] = {
    "searching_got": Example("?q=blue+mug&max=40&fields=id,title,price"),
    "searching_posted": Example(
        body={"text": "blue mug", "filters": {"field": "price", "high": 4000}, "fields": ["id", "title", "price"]}
    ),
    "searching_batch": Example(body={"queries": [{"text": "mug"}, {"text": "杯子", "language": "zh"}]}),
    "searching_photo": Example(file="photo.jpg"),
    "searching_explained": Example(f"?q=mug&id={ID}"),
    "searching_explained_posted": Example(body={"text": "mug", "id": ID}),
    "reading_similar": Example(f"?id={ID}&k=4"),
    "reading_similar_posted": Example(body={"id": ID, "k": 4}),
    "reading_recommend": Example(body={"kind": "goes_with", "ids": [ID]}),
    "reading_suggest": Example("?q=mu"),
    "reading_suggest_posted": Example(body={"text": "mu", "k": 5}),
    "unfound_listed": Example("?days=7"),
    "writing_upsert": Example(body=[MUG]),
    "writing_replace": Example(file="products.jsonl"),  # a body that one would copy would be the whole catalogue
    "writing_delete_many": Example(body={"ids": [ID]}),
    "reading_product": Example("?lang=zh"),
    "writing_patch": Example(body={"stock": 3}),
    "writing_delete": Example(),
    "eventing_events": Example(body={"events": [CLICK]}),
    "reading_health": Example(),
    "jobs_start": Example(body={"kind": "rebuild"}),
    "jobs_newest": Example("?state=waiting&limit=5"),
    "jobs_one": Example(id="1"),
    "jobs_cancel": Example(id="1"),
    "jobs_retry": Example(id="2"),
}


def curl(each: "Operation", site: str, now: str) -> str:
    """The example as a shell command.

    Parameters
    ----------
    now
        The time that an event happened at, as ISO 8601: an old one is refused.
    """
    example = EXAMPLES[each.name]
    address = site + each.path.replace("{id}", example.id) + example.query
    usual = "POST" if example.file or example.body is not None else "GET"
    lines = [shlex.join(["curl", "-s", *(("-X", each.method) if each.method != usual else ()), address])]
    if each.scope == "admin":
        lines.append(shlex.join(["-H", "Authorization: Bearer KEY"]))
    if example.file:
        media = each.media[0] if each.media[0].startswith("image/") else each.media[1]
        lines.append(shlex.join(["-H", f"Content-Type: {media}", "--data-binary", f"@{example.file}"]))
    elif example.body is not None:
        body = orjson.dumps(example.body).decode().replace("{now}", now)
        lines.append(shlex.join(["-H", "Content-Type: application/json"]))
        lines.append(shlex.join(["-d", body]))
    return " \\\n  ".join(lines)
