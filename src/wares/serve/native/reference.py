"""``/v1/docs``: the OpenAPI document as a page to read; it needs no script and asks nobody else for anything."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from wares import __version__
from wares.serve.native.examples import curl
from wares.serve.native.openapi import REF, document
from wares.serve.problems import TYPES
from wares.serve.storefront.rendering import render

if TYPE_CHECKING:
    from wares.serve.native.api import Operation

_CODE = re.compile(r"``(.+?)``")
_LIMITS = {"maxLength": "up to {:,} characters", "maxItems": "up to {:,} of them", "maximum": "up to {:,}"}
_KEYS = {
    "search": "Takes a key of the scope search; an open shop needs none.",
    "events": "Takes a key of the scope events; an open shop needs none.",
    "admin": "Takes a key of the scope admin.",
    None: "Takes no key.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter of an operation, or a field of a shape. ``kind`` may link to a shape."""

    name: str
    kind: Markup
    about: Markup
    required: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    key: str
    parameters: tuple[Row, ...]
    sent: Markup
    answers: tuple[tuple[str, Markup, bool], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    about: Markup
    kind: Markup
    rows: tuple[Row, ...]


def page(operations: "Sequence[Operation]", request: Request) -> Response:
    """The page; examples are addressed to where it was asked for."""
    site, now = str(request.base_url).rstrip("/"), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    groups: dict[str, list[tuple[Told, str]]] = {}
    for each, told in zip(operations, _operations(operations), strict=True):
        groups.setdefault(each.path.split("/")[2], []).append((told, curl(each, site, now)))
    body = render(
        "reference.html",
        version=__version__,
        site=site,
        groups=groups,
        shapes=_shapes(operations),
        errors=TYPES,
    )
    return HTMLResponse(body, headers={"Cache-Control": "no-cache", "Content-Language": "en"})


@cache
def _operations(operations: "Sequence[Operation]") -> tuple[Told, ...]:
    paths = document(operations)["paths"]
    return tuple(_operation(each, paths[each.path][each.method.lower()]) for each in operations)


def _operation(each: "Operation", told: Mapping[str, Any]) -> Told:
    sent = told.get("requestBody", {}).get("content", {})
    kinds = ", ".join(sent)
    shape = next((_kind(media["schema"]) for media in sent.values()), Markup(""))
    return Told(
        id=each.name.replace("_", "-"),
        method=each.method,
        path=each.path,
        summary=each.summary,
        key=_KEYS[each.scope],
        parameters=tuple(
            Row(
                one["name"], _kind(one["schema"]), _about(one["description"], one["schema"]), one["required"], one["in"]
            )
            for one in told["parameters"]
        ),
        sent=Markup("{} <span class='fine'>({})</span>").format(shape, kinds) if sent else Markup(""),
        answers=tuple(_answer(status, answer) for status, answer in told["responses"].items()),
    )


def _answer(status: str, told: Mapping[str, Any]) -> tuple[str, Markup, bool]:
    """A status, what comes with it, and whether it is a refusal."""
    schema: Mapping[str, Any] = next((media["schema"] for media in told.get("content", {}).values()), {})
    if "$ref" in schema:
        return status, Markup("{}. {}").format(_kind(schema), _text(told["description"])), False
    codes = told["description"].split(", ") if schema else []
    links = Markup(", ").join(Markup('<a href="{}#{}">{}</a>').format(TYPES, code, code) for code in codes)
    return status, links or _text(told["description"]), bool(codes)


@cache
def _shapes(operations: "Sequence[Operation]") -> tuple[Shape, ...]:
    schemas = document(operations)["components"]["schemas"]
    return tuple(
        Shape(
            name,
            _text(schema.get("description", "")),
            Markup("") if "properties" in schema else _kind(schema),
            tuple(_rows(schema)),
        )
        for name, schema in sorted(schemas.items())
    )


def _rows(schema: Mapping[str, Any]) -> Iterable[Row]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield Row(name, _kind(field), _about(field.get("description", ""), field), name in required)


def _kind(schema: Mapping[str, Any]) -> Markup:
    """What a value is, in a few words; shapes are links."""
    if ref := schema.get("$ref"):
        name = ref.removeprefix(REF)
        return Markup('<a href="#{}">{}</a>').format(name, name)
    if values := schema.get("enum"):
        return Markup(", ").join(Markup("<code>{}</code>").format(value or '""') for value in values)
    if "const" in schema:
        return Markup("<code>{}</code>").format(schema["const"])
    if parts := schema.get("anyOf") or schema.get("oneOf"):
        return Markup(" or ").join(dict.fromkeys(map(_kind, parts)))
    match schema.get("type"):
        case "array":
            return Markup("list of {}").format(_kind(schema.get("items", {})))
        case "string" if "contentMediaType" in schema:
            return Markup("the file itself")
        case "string":
            return Markup("text")
        case str() as kind:
            return escape({"integer": "whole number", "boolean": "true or false"}.get(kind, kind))
    return Markup("anything")


def _about(text: str, schema: Mapping[str, Any]) -> Markup:
    """The description, with limits and what stands where nothing is sent."""
    told = [said.format(schema[name]) for name, said in _LIMITS.items() if name in schema]
    if schema.get("default") not in (None, "", [], ()):
        told.append(f"default: ``{str(schema['default']).lower()}``")
    return _text("; ".join(filter(None, (text, *told))))


def _text(text: str) -> Markup:
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))
