"""The document is whole, and what is answered is what it says; requests are made up from it by schemathesis."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from serve.native.conftest import ADMIN, as_caller
from small_shops import filled
from wares import errors
from wares.serve.app import create_app
from wares.serve.native import searching
from wares.serve.native.api import OPERATIONS
from wares.serve.native.openapi import document
from wares.serve.problems import CODES

DOCS = Path(__file__).parents[3] / "docs"
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
EXAMPLES = 6


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("shop"))
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def app(shop):
    return as_caller(create_app(shop), ADMIN)


@pytest.fixture(scope="module")
def client(app):
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_the_document_is_served_and_valid(client):
    served = client.get("/v1/openapi.json")
    assert served.json() == json.loads(json.dumps(document(OPERATIONS)))
    assert served.json()["openapi"].startswith("3.1")
    schemas = served.json()["components"]["schemas"]
    for name, schema in schemas.items():
        jsonschema_rs.meta.validate(schema)
        assert schema.get("description") or name == "FilterTree", f"{name} says nothing"
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(served.json())))
    assert named <= set(schemas)


def test_every_operation_is_served_and_told_and_no_other():
    told = document(OPERATIONS)["paths"]
    assert {(method.upper(), path) for path, each in told.items() for method in each} == {
        (each.method, each.path) for each in OPERATIONS
    }
    names = [each.name for each in OPERATIONS]
    assert len(names) == len(set(names))
    assert all(each.summary.endswith(".") for each in OPERATIONS)


def test_every_code_that_is_told_is_documented_where_its_type_leads(client):
    page = (DOCS / "errors.md").read_text("utf-8")
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.WaresError)]
    for code in {*(kind.code for kind in kinds), *CODES.values(), "http"}:
        assert f'<a id="{code}"></a>' in page, code
    told = client.get("/v1/products/none").json()["type"]
    assert told.endswith("/docs/errors.md#not_found")
    assert client.put("/v1/search").json()["type"].endswith("#method")
    for answer in (client.put("/v1/search"), client.get("/v1/none"), client.request("TRACE", "/v1/products/p1")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["fix"]


def test_the_page_tells_every_operation_and_every_field():
    page = (DOCS / "http.md").read_text("utf-8")
    for each in OPERATIONS:
        assert f"`{each.method} {each.path}`" in page, each
        for model in (each.body, each.answer):
            for name in model.model_fields if model else ():
                alias = model.model_fields[name].alias or name
                assert f"`{alias}`" in page, f"{model.__name__}.{alias}"


SERVED = {}


async def served(scope, receive, send):
    """What schemathesis speaks to: the shop that the test has."""
    await SERVED["app"](scope, receive, send)


SCHEMA = schemathesis.openapi.from_dict(json.loads(json.dumps(document(OPERATIONS))))
SCHEMA.app = served
ALL = [operation.ok() for operation in SCHEMA.get_all_operations()]


def ask_all(operation, mode, examples: int = EXAMPLES) -> None:
    """Made-up requests of one operation, always the same ones; what is answered is checked against the document."""

    @seed(7)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        case.validate_response(case.call(), checks=CHECKS)

    ask()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as told", "otherwise"])
@pytest.mark.parametrize("operation", ALL, ids=lambda each: each.label)
@pytest.mark.filterwarnings("ignore")
def test_requests_that_are_made_up_get_what_the_document_says(operation, mode, app):
    SERVED["app"] = app
    try:
        ask_all(operation, mode)
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # an operation that takes nothing cannot be asked wrongly


@pytest.mark.filterwarnings("ignore")
def test_an_answer_of_another_shape_is_noticed(app, monkeypatch):
    SERVED["app"] = app
    monkeypatch.setattr(searching, "answer", lambda shop, query, hits, *rest, **more: {"total": "many"})
    with pytest.raises(FailureGroup):
        ask_all(next(each for each in ALL if each.label == "POST /v1/search"), GenerationMode.POSITIVE)
