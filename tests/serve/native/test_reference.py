"""The API as a page: whole, linked, and its examples can be sent as they stand."""

import html
import re
import shlex
from collections import Counter

import pytest
from starlette.testclient import TestClient

from media_makers import picture, saved
from serve.native.conftest import ADMIN, as_caller, lamp, lines
from wares.errors import WaresError
from wares.jobs.records import JobRecords
from wares.serve.app import create_app
from wares.serve.native.api import OPERATIONS
from wares.serve.native.examples import EXAMPLES, ID
from wares.serve.native.openapi import document

FILES = {"photo.jpg": saved(picture(), "JPEG"), "products.jsonl": lines([lamp(n) for n in range(30)])}


@pytest.fixture
def client(lamps):
    with TestClient(as_caller(create_app(lamps), ADMIN)) as client:
        yield client


@pytest.fixture
def text(client):
    return client.get("/v1/docs").text


def commands(text: str) -> list[str]:
    return [html.unescape(each) for each in re.findall(r"<pre [^>]*><code>(.*?)</code></pre>", text, re.DOTALL)]


def sent(client, command: str):
    """What a shell would send."""
    words = shlex.split(command.replace("\\\n", ""))
    assert words[:2] == ["curl", "-s"]
    method, headers, body, address, rest = "", {}, None, "", iter(words[2:])
    for word in rest:
        match word:
            case "-X":
                method = next(rest)
            case "-H":
                name, _, value = next(rest).partition(": ")
                headers[name] = value
            case "-d":
                body = next(rest).encode()
            case "--data-binary":
                body = FILES[next(rest).removeprefix("@")]
            case _:
                address = word
    return client.request(method or ("POST" if body else "GET"), address, headers=headers, content=body)


def test_every_operation_and_every_shape_has_an_anchor_and_every_link_a_target(text):
    ids = Counter(re.findall(r' id="([^"]+)"', text))
    assert max(ids.values()) == 1
    for each in OPERATIONS:
        assert each.name.replace("_", "-") in ids
        assert each.path in text
    assert set(document(OPERATIONS)["components"]["schemas"]) <= set(ids)
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def test_it_needs_no_key_and_nothing_from_elsewhere(lamps, text):
    closed = create_app(lamps)
    closed.state.access.settings = closed.state.access.settings.model_copy(update={"open": False})
    with TestClient(closed) as client:
        assert client.get("/v1/search").status_code == 401
        assert client.get("/v1/docs").status_code == 200
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.findall(r'(?:src|action|<link[^>]*href)="(?!/)[^"]*"', text)


def test_there_is_one_example_an_operation():
    assert set(EXAMPLES) == {each.name for each in OPERATIONS}


def test_every_example_is_answered_as_it_stands(client, lamps, text):
    assert [client.post("/v1/jobs", json={"kind": kind}).json()["id"] for kind in ("rebuild", "read")] == [1, 2]
    jobs = JobRecords(lamps.config.shop.folder)
    jobs.end(2, "failed", error=WaresError("no reader", fix="switch one on"))
    found = commands(text)
    assert len(found) == len(OPERATIONS)
    for each, command in zip(OPERATIONS, ordered(found), strict=True):
        assert client.post("/v1/products", content=lines([lamp(1, id=ID)])).status_code == 200
        answer = sent(client, command)
        assert answer.status_code == each.status, (command, answer.text)
        assert [*answer.json().get("rejected", []), *answer.json().get("warnings", [])] == []


def ordered(found: list[str]) -> list[str]:
    """The commands in the order of the operations: the page has them by group."""
    groups = list(dict.fromkeys(each.path.split("/")[2] for each in OPERATIONS))
    paged = sorted(range(len(OPERATIONS)), key=lambda at: groups.index(OPERATIONS[at].path.split("/")[2]))
    return [command for _, command in sorted(zip(paged, found, strict=True))]
