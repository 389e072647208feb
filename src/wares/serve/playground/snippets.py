"""A comparison to take away: as a shell command, as Python, as settings of wares.toml."""

import shlex
from collections.abc import Mapping
from typing import Any

import orjson

from wares.search.filtertree import to_tree
from wares.serve.storefront.address import region_text
from wares.types import Query

PHOTO = "photo.jpg"  # what the embedded search reads: a server's photo is no file of yours
NOUNS = ("AllOf", "Always", "AnyOf", "Between", "Near", "Not", "OneOf", "Region", "Says")


def body(query: Query, photo: str) -> dict[str, Any]:
    """What ``POST /v1/search`` takes for a query; ``photo`` is its sha256."""
    asked = {
        "text": query.text,
        "photo": photo,
        "region": region_text(query.region) if photo else "",
        "like": query.like,
        "filters": [to_tree(each) for each in query.filters],
        "facets": list(query.facets),
        "sort": query.sort if query.sort != "relevance" else "",
        "dropped": list(query.dropped),
        "literal": query.literal,
        "language": query.language,
    }
    return {**{name: value for name, value in asked.items() if value}, "page_size": query.page_size, "ledger": True}


def curl(site: str, asked: Mapping[str, Any]) -> str:
    """The search as a shell command."""
    words = ["curl", "-s", f"{site}/v1/search", "-H", "Content-Type: application/json", "-d", _json(asked)]
    return shlex.join(words)


def over_http(site: str, asked: Mapping[str, Any]) -> str:
    """The search as Python, without the client of the shop."""
    return (
        "import httpx\n\n"
        f"answer = httpx.post({f'{site}/v1/search'!r}, json={dict(asked)!r})\n"
        "answer.raise_for_status()\n"
        'for hit in answer.json()["hits"]:\n'
        '    print(hit["id"], hit["score"], hit["ledger"])\n'
    )


def toml(changes: Mapping[str, Any]) -> str:
    """What to write into wares.toml; empty where nothing differs."""
    plain = {name: value for name, value in changes.items() if "." not in name}
    weights = {name.partition(".")[2]: value for name, value in changes.items() if "." in name}
    blocks = [("[search]", plain), ("[search.weights]", weights)]
    lines = [
        "\n".join((head, *(f"{name} = {_json(value)}" for name, value in own.items()))) for head, own in blocks if own
    ]
    return "\n\n".join(lines) + "\n" if lines else ""


def embedded(query: Query, changes: Mapping[str, Any], generation: str = "") -> str:
    """The search in one's own process, of the shop that the wares.toml here says, under the changes."""
    options = {f"search.{name}": value for name, value in changes.items()}
    asked: dict[str, str] = {"text": repr(query.text)} if query.text else {}
    if query.photo:
        asked["photo"] = f"Path({PHOTO!r}).read_bytes()"
    for name in ("region", "like", "filters", "facets", "dropped", "literal", "language"):
        value = getattr(query, name)
        if value and (name != "region" or query.photo):
            asked[name] = repr(value)
    if query.sort != "relevance":
        asked["sort"] = repr(query.sort)
    asked |= {"page_size": repr(query.page_size), "explain": "True"}
    said = "".join(f"    {name}={value},\n" for name, value in asked.items())
    nouns = [noun for noun in NOUNS if f"{noun}(" in said]
    lines = [
        *(["from pathlib import Path", ""] if query.photo else []),
        "from wares.config import Config",
        "from wares.shop import Shop",
        f"from wares.types import {', '.join(sorted([*nouns, 'Query']))}",
        "",
        f"tried = Config.load(options={options!r})",
        "shop = Shop.open(Config.load())",
        f"query = Query(\n{said})",
        f"for hit in shop.search_with(query, tried.search{f', {generation!r}' if generation else ''}):",
        "    print(hit.id, round(hit.score, 3), hit.ledger)",
        "shop.close()",
    ]
    return "\n".join(lines) + "\n"


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
