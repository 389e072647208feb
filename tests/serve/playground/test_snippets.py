import io
import json
import shlex
from contextlib import redirect_stdout

import pytest

from wares.config import Config
from wares.search.filters import parse
from wares.serve.playground import snippets
from wares.serve.playground.settings import trial
from wares.serve.playground.texts import Texts
from wares.types import Query

HOSTILE = """lamp'; rm -rf / #" {x} \\ 灯 $(id)"""
QUERIES = [
    Query("oak lamp", page_size=5, explain=True),
    Query("lamp", filters=parse("price:10..80 -brand:Luma", digits=2), sort="price", page_size=4, explain=True),
    Query(HOSTILE, like="oak", literal=True, language="en", dropped=("price:..1500",), page_size=3, explain=True),
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.text[:8])
def test_curl_asks_what_the_page_asks(client, shop, query):
    words = shlex.split(snippets.curl("http://localhost", snippets.body(query, "")))
    assert words[:3] == ["curl", "-s", "http://localhost/v1/search"]
    asked = json.loads(words[words.index("-d") + 1])
    answer = client.post("/v1/search", json=asked)
    assert answer.status_code == 200
    found = shop.search(query)
    assert [hit["id"] for hit in answer.json()["hits"]] == list(found.ids)
    assert answer.json()["total"] == found.total


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.text[:8])
def test_python_over_http_asks_the_same(client, query, monkeypatch):
    import httpx

    sent = []

    def post(url, json):
        sent.append(client.post(url, json=json))
        return sent[-1]

    monkeypatch.setattr(httpx, "post", post)
    told = io.StringIO()
    with redirect_stdout(told):
        exec(snippets.over_http("http://localhost", snippets.body(query, "")), {})
    assert len(told.getvalue().splitlines()) == len(sent[0].json()["hits"])


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.text[:8])
def test_embedded_python_is_what_the_other_side_shows(shop, query, monkeypatch):
    tried = trial(shop.config.search, {"weights.text": "9", "join": "ranks"}, Texts("en"))
    load = Config.load
    monkeypatch.setattr(
        Config,
        "load",
        lambda options=None: load(options={**written(shop), **(options or {})}, environment={}),
    )
    told = io.StringIO()
    with redirect_stdout(told):
        exec(snippets.embedded(query, tried.changes), {})
    found = shop.search_with(query, tried.settings)
    assert [line.split()[0] for line in told.getvalue().splitlines()] == list(found.ids)


def written(shop) -> dict:
    """What the wares.toml of the shop says."""
    return {name: value for name, value, origin, _ in shop.config.items() if origin == "option"}


def test_a_photo_and_a_generation_are_named():
    text = snippets.embedded(Query(photo=b"jpeg"), {}, "g00000001")
    assert "photo=Path('photo.jpg').read_bytes()" in text
    assert "search_with(query, tried.search, 'g00000001')" in text
    compile(text, "snippet", "exec")
    assert snippets.body(Query(photo=b"jpeg"), "a" * 64)["photo"] == "a" * 64


def test_wares_toml_gives_the_other_side(tmp_path):
    given = {"weights.text": "2.5", "weights.code": "0", "join": "ranks", "nearest": "3", "match_share": "0.25"}
    tried = trial(Config().search, given, Texts("en"))
    file = tmp_path / "wares.toml"
    file.write_text(snippets.toml(tried.changes), "utf-8")
    assert Config.load(file, environment={}).search == tried.settings
    assert snippets.toml({}) == ""
