"""D7: what looks like SQL, Lucene, a pattern, a template or an operator is a value or a 400, nothing else."""

import resource
import signal
from dataclasses import fields, is_dataclass

import pytest
from starlette.testclient import TestClient

from killed_runs import in_a_child
from small_shops import Recorded, filled
from wares.search import filters, orders
from wares.serve.app import create_app
from wares.serve.storefront import address as address_module
from wares.serve.storefront.address import SORTS
from wares.types import AllOf, AnyOf, Between, Near, Not, OneOf, Says

KINDS = (OneOf, Between, Near, Says, AllOf, AnyOf, Not)
HOSTILE = [
    "'; DROP TABLE products;--",
    '" OR "1"="1',
    "1 UNION SELECT body FROM products",
    "p0') OR 1=1 --",
    "title:(lamp OR *:*)^9 AND _exists_:price",
    "*:* AND NOT id:p0",
    "/(.*)+/",
    "{!func}sum(1,2)",
    '{"query_string": {"query": "*"}}',
    '{"script": "java.lang.Runtime"}',
    '{"$ne": null}',
    '{"$where": "sleep(1000)"}',
    "[$gt]=",
    "(a+)+$" + "a" * 200 + "!",
    "(((((((((((((((((((((((((((((((",
    "brand:" * 40,
    "price:" + "9" * 280 + "..",
    "price:1..1e309",
    "price:nan..inf",
    "-" * 290,
    "|" * 290,
    '"' * 299,
    "\\" * 299,
    "{{1337*1331}}",
    "${1337*1331}",
    "<%= 1337*1331 %>",
    "#{1337*1331}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "{0.__class__.__init__.__globals__}",
    "%s%n%x",
    "../../etc/passwd",
    "\x00",
    "$(id)",
    "=cmd|' /C calc'!A0",
]
# What stands in one list is sent together, for none of it is refused.
PARAMETERS = [["q", "sort", "min", "max", "stock", "rating", "page", "lang", "photo"], ["f"], ["f.brand"], ["f.$where"]]
BODY = ["text", "filters", "facets", "sort", "page", "page_size", "photo", "language"]
OPERATORS = [{"$ne": None}, {"$gt": ""}, ["lamp"], [["a"]], {"__proto__": {}}, 1e308, True, None, -1]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = filled(tmp_path_factory.mktemp("shop"))
    yield shop
    shop.close()


def kinds_of(part) -> set[type]:
    inner = [value for one in fields(part) for value in _all(getattr(part, one.name)) if is_dataclass(value)]
    return {type(part)}.union(*(kinds_of(each) for each in inner))


def _all(value) -> tuple:
    return value if isinstance(value, tuple) else (value,)


def assert_only_typed(queries) -> None:
    assert queries
    for query in queries:
        assert query.sort in SORTS, f"{query.sort!r} came through"
        for part in query.filters:
            assert kinds_of(part) <= set(KINDS)


def assert_only_data(shop) -> None:
    recorded = Recorded(shop)
    with TestClient(create_app(recorded), raise_server_exceptions=False) as client:
        answers = [
            client.get("/v1/search", params=dict.fromkeys(names, text)) for names in PARAMETERS for text in HOSTILE
        ]
        answers += [client.post("/v1/search", json={name: text}) for name in BODY[:2] for text in HOSTILE]
        answers += [
            client.post("/v1/search", json={name: text}) for name in BODY for text in [*HOSTILE[::6], *OPERATORS]
        ]
        answers += [client.post("/v1/search", json={"facets": [text]}) for text in HOSTILE]
        answers += [client.post("/v1/search", json={text: 1}) for text in HOSTILE]
        pages = [client.get("/", params={"q": text, "f.brand": text, "lang": text}) for text in HOSTILE]
        alive = client.get("/v1/search?q=lamp p7")
    for answer in [*answers, *pages]:
        assert answer.status_code in (200, 400, 404), (answer.status_code, str(answer.url), answer.text[:200])
        assert "Traceback" not in answer.text
        assert "1779547" not in answer.text, "a template was run"
        assert "root:" not in answer.text
    for answer in answers:
        if answer.status_code != 200:
            assert answer.json()["code"] in ("query", "filter", "not_found")
            assert len(answer.content) < 2100
    assert_only_typed(recorded.queries)
    assert alive.json()["hits"][0]["id"] == "p7"
    assert alive.json()["total"] == 30


def test_all_of_it_is_data(shop):
    assert_only_data(shop)


def test_without_its_guard_the_case_fails(shop, monkeypatch):
    class Anything(tuple):
        def __contains__(self, name) -> bool:
            return True

    monkeypatch.setattr(address_module, "SORTS", Anything(SORTS))
    monkeypatch.setattr(orders, "check", lambda name: None)
    monkeypatch.setattr(orders, "scores", lambda index, rows, order: rows.astype(float))
    with TestClient(create_app(recorded := Recorded(shop))) as client:
        client.get("/v1/search", params={"sort": HOSTILE[0]})
    with pytest.raises(AssertionError, match="came through"):
        assert_only_typed(recorded.queries)


def parse_all() -> None:
    """Within a second of the processor, or the system ends the process."""
    resource.setrlimit(resource.RLIMIT_CPU, (1 + int(resource.getrusage(resource.RUSAGE_SELF).ru_utime), 1 << 30))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    for text in [
        *HOSTILE,
        "a" * 9999 + "!",
        "1" * 9999,
        "1." * 4999,
        "1.." * 3000,
        '"\\' * 4999,
        "-(" * 4999,
        "a:" * 4999,
    ]:
        try:
            filters.parse(text)
            filters.parse(f"brand:{text}"[: filters.MAX_CHARS])
        except filters.FilterError:
            pass


def test_no_filter_takes_more_than_linear_time():
    assert in_a_child(parse_all) == 0


def test_with_a_backtracking_pattern_the_case_fails(monkeypatch):
    """The mutation check."""
    import re

    monkeypatch.setattr(filters, "_BARE", re.compile(r"(a+)+b"))
    assert in_a_child(parse_all) == signal.SIGXCPU
