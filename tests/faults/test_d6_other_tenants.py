"""D6: a tenant learns nothing of another: by id, code, filter, facet, spelling, suggestion, error, page or work done.

Whatever acme asks, the answer holds nothing that only globex's products say, and a product of globex is answered as one
that never was: the same status, the same words but for its own, the same questions to the index.
"""

import io
import json
import re
from contextlib import ExitStack
from html import unescape
from urllib.parse import parse_qs, unquote_plus, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient

from serve.access.tenant_shop import (
    BRANDS,
    COLOURS,
    EACH,
    OWN,
    SHARED,
    client_of,
    filled_shop,
    secrets_of,
    suggested,
)
from wares.index import masks
from wares.index.exact import ExactIndex
from wares.search.intents.reader import IntentReader
from wares.search.parts import Part
from wares.serve.access.gate import Access
from wares.serve.access.restricted import RestrictedShop
from wares.serve.access.tokens import tenant_token
from wares.serve.app import create_app
from wares.types import Always

SECRET = secrets_of("globex")
IDS = [f"globex-{n}" for n in range(EACH)]
WORDS = [
    *SHARED,
    *OWN["acme"],
    *OWN["globex"],
    *BRANDS["globex"],
    *COLOURS["globex"],
    "mahogony",
    "bambozle",
    "verdanta",
    "tropicuss",
    "walnuty",
    "GLOBEX-SKU-3",
    "without mahogany",
    "not green",
    "under 15",
    "garden",
    "outdoor decor",
    "verd",
    "zirconai",
    "*",
    "",
]
FILTERS = [
    "seller:globex",
    "-seller:acme",
    "(seller:acme | seller:globex)",
    "brand:Verdantia",
    "brand:verdantia",
    "hardiness:1..5",
    "hardines:1..5",
    "wattage:0..",
    'category:"Home > Garden"',
    "category:Outdoor",
    "color:green",
    "color:GREEN",
    "material:mahogany",
    "sku:GLOBEX-SKU-3",
    "price:10..80",
    "code:globex3",
    "nothing:x",
    "",
]
FACETS = ["brand", "category", "color", "seller", "hardiness", "wattage", "material", "price", "sku", "code", "nothing"]

SUGGEST = ["/v1/suggest"]
NATIVE = ["product as JSON", "similar", "recommend", "batch"]  # where there is none of them, 404 is told to everyone

text = st.lists(st.sampled_from(WORDS), min_size=0, max_size=3).map(" ".join)
filters = st.lists(st.sampled_from(FILTERS), max_size=2).map(" ".join)


@st.composite
def requests(draw) -> tuple[str, str, dict]:
    """One request to any surface there is: method, path, parameters or body."""
    words, filter_text = draw(text), draw(filters)
    id = draw(st.sampled_from([*IDS, "acme-1", "nowhere-1", "GLOBEX-SKU-3", "globex-", "../globex-1"]))
    surface = draw(
        st.sampled_from(["search", "post", "explain", "suggest", "page", "product", "explain page", *NATIVE])
    )
    asked = {"q": words, "f": filter_text, "sort": draw(st.sampled_from(["relevance", "price", "-price", "newest"]))}
    asked |= draw(st.sampled_from([{}, {"like": id}, {"literal": "1"}, {"page": "2"}, {"f.brand": "Verdantia"}]))
    match surface:
        case "search":
            return "GET", "/v1/search", asked
        case "post":
            facets = draw(st.lists(st.sampled_from(FACETS), max_size=4, unique=True))
            body = {"text": words, "filters": filter_text, "facets": facets, "page_size": 50}
            return "POST", "/v1/search", body | draw(st.sampled_from([{}, {"like": id}, {"literal": True}]))
        case "explain":
            return "GET", "/v1/explain", {**asked, "id": id}
        case "suggest":
            return "GET", draw(st.sampled_from(SUGGEST)), {"q": words[: draw(st.integers(1, 20))]}
        case "product as JSON":
            return "GET", f"/v1/products/{id}", {}
        case "similar":
            return "GET", "/v1/similar", {"id": id}
        case "recommend":
            kind = draw(st.sampled_from(["similar", "popular", "related", "goes_with"]))
            return "POST", "/v1/recommend", {"kind": kind, "ids": [] if kind == "popular" else [id, "acme-1"]}
        case "batch":
            return "POST", "/v1/search/batch", {"queries": [{"text": words, "filters": filter_text}, {"like": id}]}
        case "page":
            return "GET", "/", asked
        case "product":
            return "GET", f"/p/{id}", {}
        case _:
            return "GET", "/explain", {**asked, "id": id}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = filled_shop(tmp_path_factory.mktemp("tenants"))
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def acme(shop):
    with client_of(shop, "seller:acme") as client:
        yield client


def send(client: TestClient, request: tuple[str, str, dict]):
    method, path, asked = request
    return client.post(path, json=asked) if method == "POST" else client.get(path, params=asked)


def told(answer, request: tuple[str, str, dict]) -> str:
    """What an answer says beside what was sent: parameters come back in addresses and boxes."""
    body = unquote_plus(unescape(answer.text)).casefold()
    sent = " ".join(str(value) for value in request[2].values()) + " " + request[1]
    for word in sorted(set(re.findall(r"[\w.-]+", sent.casefold())), key=len, reverse=True):
        body = re.sub(rf"(?<![\w-]){re.escape(word)}(?![\w-])", "", body)
    return body


def assert_nothing_told(client: TestClient, request: tuple[str, str, dict]) -> None:
    answer = send(client, request)
    assert answer.status_code in (200, 400, 404), (answer.status_code, request)
    body = told(answer, request)
    leaked = [word for word in sorted(SECRET) if word in body]
    assert leaked == [], f"{leaked} in the answer to {request}"
    if "json" in answer.headers["content-type"] and answer.status_code == 200 and request[1] == "/v1/search":
        assert all(hit["id"].startswith("acme-") for hit in answer.json()["hits"])
        assert answer.json()["total"] <= EACH


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=requests())
def test_nothing_of_the_other_is_told(acme, request):
    assert_nothing_told(acme, request)


def pinned() -> list[tuple[str, str, dict]]:
    """One request for each way that something was, or might be, told."""
    every: list[tuple[str, str, dict]] = [
        ("GET", "/v1/search", {"q": word, "f": part}) for word in WORDS for part in ("", "brand:Verdantia")
    ]
    every += [("GET", "/v1/search", {"f": part}) for part in FILTERS]
    every += [("POST", "/v1/search", {"facets": FACETS, "page_size": 50})]
    every += [("POST", "/v1/search", {"facets": ["seller", "brand"], "filters": "seller:globex"})]
    every += [("GET", "/v1/search", {"like": "globex-1"}), ("GET", "/v1/search", {"q": "lamp", "like": "globex-1"})]
    every += [
        ("GET", "/v1/explain", {"q": word, "id": id}) for word in ("lamp", "mahogony") for id in ("acme-1", IDS[1])
    ]
    every += [("GET", path, {"q": word[:4]}) for word in WORDS if word for path in SUGGEST]
    every += [("GET", f"/v1/products/{IDS[1]}", {}), ("GET", "/v1/similar", {"id": IDS[1]})]
    every += [("GET", "/v1/similar", {"id": "acme-1"}), ("POST", "/v1/recommend", {"kind": "popular"})]
    every += [("POST", "/v1/recommend", {"kind": "similar", "ids": ids}) for ids in ([IDS[1]], ["acme-1", IDS[1]])]
    every += [("POST", "/v1/search/batch", {"queries": [{"text": "lamp"}, {"text": "mahogony"}, {"like": IDS[1]}]})]
    every += [("GET", "/", {"q": word}) for word in WORDS]
    every += [("GET", f"/p/{id}", {}) for id in (IDS[0], "acme-0")]
    return every


def assert_none_told(client) -> None:
    for request in pinned():
        assert_nothing_told(client, request)


def test_every_way_that_is_known_is_shut(acme):
    assert_none_told(acme)


def test_the_other_does_have_what_is_not_told(shop):
    """The words are there to be leaked: whoever sees everything is told them."""
    with client_of(shop) as everyone:
        found = everyone.get("/v1/search", params={"q": "mahogony"}).text
        completed = suggested(everyone, "maho").text
    assert "mahogany" in found
    assert "mahogany" in completed


SAME = [
    ("/v1/explain?q=lamp&id={}", 404),
    ("/p/{}", 404),
    ("/v1/products/{}", 404),
    ("/v1/similar?id={}", 404),
    ("/explain?q=lamp&id={}", 404),
    ("/v1/search?like={}", 404),
    ("/v1/search?q=lamp&like={}", 404),
    ("/v1/search?f=code:{}", 200),
    ("/v1/search?f=sku:{}", 200),
    ("/v1/search?f=brand:{}", 200),
    ("/v1/search?f={}:1", 400),
]
TWINS = {"code": ("globex3", "globey3"), "sku": ("GLOBEX-SKU-3", "GLOBEY-SKU-3"), "brand": ("Verdantia", "Verdantic")}


def assert_like_nowhere(client, shop, monkeypatch) -> None:
    """The same answer and the same questions to the index for what is elsewhere and for what is nowhere."""
    asked: list[str] = []
    with monkeypatch.context() as spied:
        for name in ("search", "facet", "rows", "get", "frequencies", "ids"):
            real = getattr(ExactIndex, name)
            spied.setattr(ExactIndex, name, lambda *a, _n=name, _r=real, **k: asked.append(_n) or _r(*a, **k))
        real_get = type(shop._store).get
        spied.setattr(type(shop._store), "get", lambda *a: asked.append("store") or real_get(*a))
        for address, status in SAME:
            named = re.search(r"f=(\w+):", address)
            there, nowhere = TWINS.get(named[1] if named else "", ("globex-3", "globey-3"))
            if address.endswith("f={}:1"):
                there, nowhere = "hardiness", "hardinest"
            answers, work = [], []
            for word in (there, nowhere, there, nowhere):
                asked.clear()
                answer = client.get(address.format(word))
                body = re.sub(r'"query_id":"\w+"', "", answer.text.replace(word, "X"))
                answers.append((answer.status_code, body))
                work.append(list(asked))
            assert answers[2] == answers[3], f"{address}: told apart"
            assert answers[2][0] == status, (address, answers[2])
            assert work[2] == work[3], f"{address}: other work"


def test_what_is_elsewhere_is_answered_as_what_is_nowhere(acme, shop, monkeypatch):
    assert_like_nowhere(acme, shop, monkeypatch)


# Words of the other, and words with the same letters that nobody has: whoever counts words would tell them apart.
ANAGRAMS = [("mahogany", "ganymaho"), ("bamboozle", "boozlebam"), ("walnutty", "nuttywal"), ("verdantia", "tiaverdan")]


def assert_words_are_like_nobodys(client) -> None:
    for there, nowhere in ANAGRAMS:
        for around in ("{}", "lamp {}", "{} chair", "zirconia {} lamp", "without {} lamp", "-{}", "lam {}"):
            told = []
            for word in (there, nowhere):
                answer = client.get("/v1/search", params={"q": around.format(word)}).json()
                del answer["query_id"]
                told.append(json.dumps(answer).replace(word, "X"))
            assert told[0] == told[1], f"{around.format(there)}: told apart"


def test_a_word_that_another_has_is_answered_as_one_that_nobody_has(acme):
    assert_words_are_like_nobodys(acme)


def test_a_photo_is_found_by_whoever_searched_with_it_alone(shop):
    photo = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(photo, "JPEG")
    sent = {"photo_file": ("a.jpg", photo.getvalue(), "image/jpeg")}
    app = create_app(shop)
    access = app.state.access
    tokens = [tenant_token(access.keys.create(["search"])[1], filters=f"seller:{name}") for name in ("acme", "globex")]
    acme, globex = (TestClient(app, headers={"X-API-Key": token}, follow_redirects=False) for token in tokens)
    name = parse_qs(urlsplit(acme.post("/photo", files=sent).headers["location"]).query)["photo"][0]
    assert acme.get(f"/photo/{name}.jpg").content[:2] == b"\xff\xd8"
    assert globex.get(f"/photo/{name}.jpg").status_code == 404
    assert globex.post("/v1/search", json={"photo": name}).status_code == 404
    other = parse_qs(urlsplit(globex.post("/photo", files=sent).headers["location"]).query)["photo"][0]
    assert other != name, "whether another searched with the same photo is not told either"
    access.vault.close()


def test_a_tenant_finds_all_of_their_own(acme):
    assert acme.get("/v1/search").json()["total"] == EACH
    found = acme.get("/v1/search", params={"q": "zirconai lamp"}).json()
    assert found["understood"]["correction"]["text"] == "zirconia lamp"
    assert acme.get("/p/acme-3").status_code == 200
    assert "zirconia" in suggested(acme, "zirc").text


def test_a_token_cannot_take_off_what_its_key_puts_on(shop):
    with client_of(shop, "(seller:acme | seller:globex) color:red") as client:
        found = client.get("/v1/search", params={"f": "seller:globex"}).json()
    assert found["total"] == 0


def test_the_public_part_holds_on_pages_too(shop):
    config = shop.config.model_copy(update={"access": shop.config.access.model_copy(update={"filters": "seller:acme"})})
    try:
        whole, shop.config = shop.config, config
        with TestClient(create_app(shop)) as public:
            assert_none_told(public)
            assert public.get("/v1/search").json()["total"] == EACH
    finally:
        shop.config = whole


# --- mutation checks: with one guard off, the case fails

GUARDS = {
    "the search is not narrowed": (RestrictedShop, "_asked", lambda self, query: query),
    "a product is not looked for in the part": (
        RestrictedShop,
        "product",
        lambda self, id: self._shop.product(id),
    ),
    "suggestions lead anywhere": (Part, "leads", lambda self, each: True),
    "chips and spellings are not looked over": (Part, "read", lambda self, query, read: read(query)),
    "a part has every field": (
        Part,
        "fields",
        property(lambda self: frozenset(n.removeprefix("column:") for n in self._index.stats().details)),
    ),
    "facets go beyond the part": (
        masks,
        "belongs",
        lambda part, field: getattr(part.part if isinstance(part, Always) else part, "field", "") == field,
    ),
    "everything is in the part": (Part, "__contains__", lambda self, id: self._index.rows((id,))[0] >= 0),
    "words of all are counted": (ExactIndex, "_narrowed", lambda self, within: self._blocks),
    "names of all are names": (IntentReader, "within", lambda self, part: self),
    "tokens narrow nothing": (Access, "_granted", lambda self, text: ()),
}


@pytest.mark.parametrize("name", GUARDS)
def test_without_a_guard_the_case_fails(shop, monkeypatch, name):
    owner, attribute, off = GUARDS[name]
    monkeypatch.setattr(owner, attribute, off)
    if attribute == "belongs":
        monkeypatch.setattr("wares.index.found.belongs", off)
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(AssertionError, match=r"in the answer to|other work|told apart"))
        client = stack.enter_context(client_of(shop, "seller:acme"))
        shop._live.searcher._judge.parts._parts.clear()
        assert_none_told(client)
        assert_like_nowhere(client, shop, monkeypatch)
        assert_words_are_like_nobodys(client)
