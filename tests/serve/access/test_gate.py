"""Who comes in, from where, how often; and what those are told who do not."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from small_shops import config_of
from wares.errors import ConfigError
from wares.serve.access.caller import Caller
from wares.serve.access.clients import Proxies, key_of, sent_from
from wares.serve.access.gate import Access, Gate
from wares.serve.access.tokens import tenant_token
from wares.serve.storefront.rendering import static


def scope_of(path="/v1/search", query=b"", **headers):
    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "path": path, "query_string": query, "headers": listed, "client": ("10.0.0.1", 1)}


def test_an_open_shop_takes_no_key_and_refuses_a_bad_one(gated):
    with gated() as client:
        assert client.get("/v1/search?q=lamp").status_code == 200
        assert client.get("/").status_code == 200
        refused = client.get("/v1/search", headers={"X-API-Key": "wk_nonsense"})
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
        assert "wares keys create" in refused.json()["fix"]
        page = client.get("/", headers={"Authorization": "Bearer wt_nonsense"})
        assert page.status_code == 401
        assert page.headers["content-type"].startswith("text/html")


def test_a_closed_shop_takes_one(gated):
    with gated(open=False) as client:
        _, key = client.access.keys.create(["search"])
        for path in ("/v1/search", "/v1/search?q=l"):
            assert client.get(path).status_code == 401
            assert client.get(path).headers["content-type"] == "application/problem+json"
            assert client.get(path, headers={"Authorization": f"bearer {key}"}).status_code == 200
        page = client.get("/p/p1", headers={"Accept-Language": "zh"})
        assert page.status_code == 401
        assert "本店仅对登录用户开放" in page.text
        assert "Content-Security-Policy" in page.headers
        assert client.get("/media/" + "0" * 64 + ".jpg").status_code == 401
        for path in ("/healthz", "/readyz", "/login", static("shop.css")):
            assert client.get(path).status_code == 200, path


def test_a_revoked_key_is_refused_at_once(gated):
    with gated() as client:
        kept, key = client.access.keys.create(["search"])
        token = tenant_token(key)
        headers = [{"X-API-Key": key}, {"X-API-Key": token}]
        assert [client.get("/v1/search", headers=each).status_code for each in headers] == [200, 200]
        client.access.keys.revoke(kept.id)
        assert [client.get("/v1/search", headers=each).status_code for each in headers] == [401, 401]


def test_where_a_key_is_looked_for():
    assert key_of(scope_of(authorization="Bearer wk_a")) == "wk_a"
    assert key_of(scope_of(authorization="Basic wk_a")) == ""
    assert key_of(scope_of(x_api_key="wk_b")) == "wk_b"
    assert key_of(scope_of("/1/indexes/*/queries", x_algolia_api_key="wk_c")) == "wk_c"
    assert key_of(scope_of("/1/indexes/*/queries", b"x-algolia-agent=a&X-Algolia-API-Key=wk_d")) == "wk_d"
    assert key_of(scope_of("/v1/search", b"x-algolia-api-key=wk_e")) == ""
    assert key_of(scope_of()) == ""


def test_a_key_may_be_for_some_sites_alone(gated):
    with gated() as client:
        _, key = client.access.keys.create(["search"], referrers=["https://*.shop.example"])
        for origin, status in (("https://a.shop.example", 200), ("https://evil.example", 403), ("", 403)):
            headers = {"X-API-Key": key} | ({"Origin": origin} if origin else {})
            assert client.get("/v1/search", headers=headers).status_code == status
        headers = {"X-API-Key": key, "Referer": "https://a.shop.example/page?x=1"}
        assert client.get("/v1/search", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example.evil.example",
        "https://evil.example/shop.example",
        "https://shop.example@evil.example",
        "http://shop.example",
        "null",
        "https://[",
        "https://shop.example:99999999",
    ],
)
def test_what_only_looks_like_the_site_is_not(origin):
    assert sent_from(scope_of(origin="https://shop.example"), ["https://shop.example"])
    assert not sent_from(scope_of(origin=origin), ["https://shop.example"])


def test_requests_are_limited_by_address_and_by_key(gated):
    with gated(rate="3/minute") as client:
        _, key = client.access.keys.create(["search"], rate="5/minute")
        statuses = [client.get("/v1/search").status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        refused = client.get("/v1/search")
        assert refused.json()["code"] == "too_many"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        page = client.get("/")
        assert (page.status_code, "Retry-After" in page.headers) == (429, True)
        headers = {"X-API-Key": key}
        statuses = [client.get("/v1/search", headers=headers).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]


def test_one_user_of_a_token_does_not_use_up_the_rate_of_another(gated):
    with gated() as client:
        _, key = client.access.keys.create(["search"], rate="1/minute")
        one, other = ({"X-API-Key": tenant_token(key, user=user)} for user in ("ann", "bob"))
        assert [client.get("/v1/search", headers=each).status_code for each in (one, one, other)] == [200, 429, 200]


def test_a_process_of_this_machine_is_not_limited_unless_a_proxy_is_between(gated):
    with gated(client=("127.0.0.1", 1), rate="1/minute") as client:
        assert [client.get("/v1/search").status_code for _ in range(3)] == [200] * 3
        sent = {"X-Forwarded-For": "198.51.100.7"}
        assert [client.get("/v1/search", headers=sent).status_code for _ in range(2)] == [200, 429]


def test_the_address_is_the_sockets_unless_a_trusted_proxy_says_otherwise():
    scope = scope_of(x_forwarded_for="198.51.100.7, 203.0.113.9")
    assert Proxies(()).origin(scope).address == "10.0.0.1"
    assert Proxies(("10.0.0.0/8",)).origin(scope).address == "203.0.113.9"
    assert Proxies(("10.0.0.0/8", "203.0.113.0/24")).origin(scope).address == "198.51.100.7"
    forged = scope_of(x_forwarded_for="10.9.9.9, 198.51.100.7")
    assert Proxies(("10.0.0.0/8",)).origin(forged).address == "198.51.100.7"
    nonsense = scope_of(x_forwarded_for="<script>, what")
    assert Proxies(("10.0.0.0/8",)).origin(nonsense).address == "10.0.0.1"
    with pytest.raises(ConfigError, match="trusted_proxies"):
        Proxies(("everyone",))


def test_a_network_of_ipv6_is_one_client():
    scopes = [scope_of() | {"client": (address, 1)} for address in ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1")]
    one, same, other = (Proxies(()).origin(scope).address for scope in scopes)
    assert one == same != other
    assert Proxies(()).origin(scope_of() | {"client": ("::ffff:10.0.0.1", 1)}).address == "10.0.0.1"


def test_https_is_believed_from_trusted_proxies_alone():
    scope = scope_of(x_forwarded_proto="https")
    assert not Proxies(()).origin(scope).https
    assert Proxies(("10.0.0.0/8",)).origin(scope).https
    assert Proxies(()).origin(scope | {"scheme": "https"}).https


def test_a_key_does_what_its_scopes_say(gated):
    with gated() as client:
        keys = {scope: client.access.keys.create([scope])[1] for scope in ("search", "events", "admin")}
        for scope, statuses in {"search": (200, 403), "events": (403, 404), "admin": (200, 404)}.items():
            headers = {"X-API-Key": keys[scope]}
            answers = [client.get(path, headers=headers) for path in ("/v1/search", "/v1/nothing/events")]
            assert tuple(each.status_code for each in answers) == statuses, scope
        refused = client.get("/v1/search", headers={"X-API-Key": keys["events"]})
        assert (refused.json()["code"], "--scope search" in refused.json()["fix"]) == ("forbidden", True)


def test_an_admin_key_is_neither_counted_nor_narrowed(gated):
    with gated(rate="1/minute", products=5) as client:
        _, key = client.access.keys.create(["admin"])
        assert [client.get("/v1/search", headers={"X-API-Key": key}).status_code for _ in range(3)] == [200] * 3
        with pytest.raises(ConfigError, match="sees everything"):
            client.access.keys.create(["admin"], filters="color:red")


def test_guessing_keys_is_counted(gated):
    with gated(rate="2/minute") as client:
        bad = {"X-API-Key": "wk_nonsense"}
        assert [client.get("/v1/search", headers=bad).status_code for _ in range(3)] == [401, 401, 429]


def test_a_browser_may_ask_whether_it_may(gated):
    with gated(open=False) as client:
        assert client.options("/v1/search").status_code == 405, "the shop answers, not the gate"


header = st.tuples(
    st.sampled_from(
        b"authorization x-api-key x-algolia-api-key cookie x-forwarded-for x-forwarded-proto origin referer".split()
    ),
    st.one_of(
        st.binary(max_size=80),
        st.sampled_from([b"Bearer ", b"wk_", b"wt_", b"wares_session=", b"[::1", b"https://[", b"%00", b"\xff" * 70]),
        st.from_regex(rb"(Bearer )?w[kt]_[0-9a-f]{12}_[\x00-\xff]{0,40}(_[0-9a-f]{64})?", fullmatch=True),
        st.from_regex(rb"wares_session=[0-9a-f]{64}\.[\x00-\xff]{0,70}", fullmatch=True),
        st.from_regex(rb"https?://[\x00-\xff]{0,30}(:[0-9]{0,7})?", fullmatch=True),
    ),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(header, max_size=5), query=st.binary(max_size=60), peer=st.text(max_size=20), shut=st.booleans())
def test_whatever_is_sent_is_let_in_or_refused(gate_of, sent, query, peer, shut):
    """No header, cookie, address or peer makes the gate fail."""
    scope = {"type": "http", "method": "GET", "path": "/1/indexes", "query_string": query, "headers": sent}
    asyncio.run(gate_of(shut)(scope | {"client": (peer, 1), "scheme": "http"}, None, None))


@pytest.fixture(scope="module")
def gate_of(tmp_path_factory):
    """Gates of an open and a shut shop, before an app that lets everything pass."""
    passed, refused = [], []

    async def app(scope, receive, send):
        passed.append(scope["state"]["caller"])

    def refuse(request, error):
        assert error.status in (401, 403, 429), repr(error)
        refused.append(error)

        async def answer(scope, receive, send): ...

        return answer

    gates = []
    for shut in (False, True):
        config = config_of(tmp_path_factory.mktemp("gate"), **{"access.open": not shut, "access.rate": ""})
        config = config.model_copy(
            update={"serve": config.serve.model_copy(update={"trusted_proxies": ("0.0.0.0/0", "::/0")})}
        )
        access = Access(config)
        access.keys.create(["search"], referrers=["https://a.example"])
        access.accounts.add("ann", "a long good password", "viewer")
        access.vault.secret("session")
        gates.append(Gate(app, access, refuse))
    yield lambda shut: gates[shut]
    assert passed
    assert refused


def test_an_application_around_may_have_found_the_caller(gated):
    with gated(open=False) as client:
        inner = client.app

        async def around(scope, receive, send):
            await inner({**scope, "state": {"caller": Caller("theirs")}}, receive, send)

        assert TestClient(around).get("/v1/search").status_code == 200
        assert TestClient(inner).get("/v1/search").status_code == 401


def test_no_cache_between_gives_one_the_answer_of_another(gated):
    with gated() as client:
        _, key = client.access.keys.create(["search"])
        for path in ("/v1/search?q=la", "/v1/search", "/"):
            headers = client.get(path, headers={"X-API-Key": key}).headers
            assert "x-api-key" in headers["Vary"].lower()
            assert "authorization" in headers["Vary"].lower()
            assert "private" in headers["Cache-Control"]
    with gated(open=False) as client:
        client.access.accounts.add("ann", "a long good password", "viewer")
        assert client.get("/").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("key", "status"), [("any", 200), ("wk_000000000000_" + "0" * 64, 401), ("wt_none", 401)])
def test_an_open_shop_takes_any_key_of_a_protocol_that_cannot_do_without(gated, key, status):
    body = {"requests": [{"indexName": "products"}]}
    with gated() as client:
        answer = client.post("/1/indexes/*/queries", json=body, headers={"x-algolia-api-key": key})
        assert answer.status_code == status
        assert client.get("/v1/search", headers={"x-api-key": "any"}).status_code == 401
    with gated(open=False) as client:
        answer = client.post("/1/indexes/*/queries", json=body, headers={"x-algolia-api-key": key})
        assert answer.status_code == 401
