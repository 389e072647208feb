"""The OpenAPI 3.1 document, made from the table of operations and the schemas of what they take and answer."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from wares import __version__, errors
from wares.errors import WaresError
from wares.serve.native.shapes import Problem
from wares.serve.problems import CODES

if TYPE_CHECKING:
    from wares.serve.native.api import Operation

REF = "#/components/schemas/"
_ALWAYS = (errors.TooMany, errors.Busy, errors.WaresError, errors.StoreError, errors.CorruptIndex)
_GUARDED = (errors.Unauthenticated, errors.Forbidden)
_ROOTS = (errors.WaresError, errors.QueryError, errors.CatalogError, errors.Busy)
_TAGGED = ("/v1/search", "/v1/products/{id}")


@cache
def document(operations: "Sequence[Operation]") -> dict[str, Any]:
    """The document; every refusal is problem+json, with the codes that it may have."""
    models = {model: None for each in operations for model in (each.body, each.answer) if model}
    _, schemas = models_json_schema(
        [*((model, "validation") for model in models), (Problem, "validation")], ref_template=REF + "{model}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "wares",
            "version": __version__,
            "description": "Product search by words and photos. docs/http.md tells what it is like to use.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "a key with the scope of the operation"},
                "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            },
        },
    }


def _operation(each: "Operation") -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.summary,
        "tags": [each.path.split("/")[2]],
        "parameters": [*_in_path(each), *_parameters(each.parameters), *_headers(each)],
        "responses": {str(each.status): _answered(each), **_refused(each)},
        # An open shop takes searches and events without a key.
        "security": [{"bearer": []}, {"header": []}, *([] if each.scope == "admin" else [{}])],
    }
    if each.method == "GET" and each.path in _TAGGED:
        told["responses"]["304"] = {"description": "it is as it was when the ETag was given"}
    if each.body is not None:
        told["requestBody"] = {"required": True, "content": {media: {"schema": _sent(each)} for media in each.media}}
    elif each.media[0].startswith("image/"):
        binary = {"type": "string", "contentMediaType": "application/octet-stream"}
        told["requestBody"] = {"required": True, "content": {media: {"schema": binary} for media in each.media}}
    return told


def _sent(each: "Operation") -> dict[str, Any]:
    assert each.body is not None
    one = {"$ref": REF + each.body.__name__}
    return {"anyOf": [{"type": "array", "items": one}, one]} if each.many else one


def _in_path(each: "Operation") -> list[dict[str, Any]]:
    if "{id}" not in each.path:
        return []
    schema = {"type": "string", "minLength": 1}
    about = f"id of a {each.path.split('/')[2].removesuffix('s')}"
    return [{"name": "id", "in": "path", "required": True, "description": about, "schema": schema}]


def _parameters(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(ref_template=REF + "{model}")
    required = schema.get("required", ())
    told = []
    for name, field in schema["properties"].items():
        about = field.pop("description", "")
        field.pop("title", None)
        if not field.get("default"):  # empty is the same as left out
            field.pop("default", None)
        told.append({"name": name, "in": "query", "required": name in required, "description": about, "schema": field})
    return told


def _headers(each: "Operation") -> list[dict[str, Any]]:
    names: list[tuple[str, str]] = []
    if each.scope == "admin" and each.method != "GET":
        names.append(("Idempotency-Key", "a key of its own for each request, such as a UUID; good for a day"))
    if each.method == "GET" and each.path in _TAGGED:
        names.append(("If-None-Match", "the ETag of the answer that is there already"))
    return [
        {"name": name, "in": "header", "required": False, "description": about, "schema": {"type": "string"}}
        for name, about in names
    ]


def _answered(each: "Operation") -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": REF + each.answer.__name__}}}
    return {"description": (each.answer.__doc__ or "").strip(), "content": content}


def _refused(each: "Operation") -> dict[str, Any]:
    """Every status that an operation may refuse with, and the codes that come with it."""
    kinds: list[type[WaresError]] = [*each.refusals, *_ALWAYS, *(_GUARDED if each.scope else ())]
    if each.body is not None or each.media[0].startswith("image/"):
        kinds += (errors.TooLarge, errors.SlowBody)
    by_status: dict[int, list[str]] = {}
    for code, status in (*_every(kinds), ("http", 400), (CODES[405], 405)):
        by_status.setdefault(status, []).append(code)
    return {str(status): _problem(codes) for status, codes in sorted(by_status.items())}


def _every(kinds: Iterable[type[WaresError]]) -> Iterable[tuple[str, int]]:
    """Codes and statuses of errors and, but for the root, of those below them."""
    found: dict[str, int] = {}
    for kind in kinds:
        below = [] if kind in _ROOTS else kind.__subclasses__()
        found |= {kind.code: kind.status} | dict(_every(below))
    return found.items()


def _problem(codes: Iterable[str]) -> dict[str, Any]:
    named = sorted(set(codes))
    schema = {"allOf": [{"$ref": f"{REF}Problem"}, {"type": "object", "properties": {"code": {"enum": named}}}]}
    return {"description": ", ".join(named), "content": {"application/problem+json": {"schema": schema}}}
