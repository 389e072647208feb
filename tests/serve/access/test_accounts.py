"""Accounts, sessions and forms."""

import re

import pytest
from starlette.requests import HTTPConnection

from wares.audit import AuditLog
from wares.errors import Conflict, Forbidden, NotFound, QueryError, TooMany, Unauthenticated
from wares.serve.access import accounts as accounts_module
from wares.serve.access.accounts import COOKIE, ROLES, Account, Accounts
from wares.serve.access.signing import _here, requires_role
from wares.serve.access.vault import Vault

PASSWORD = "correct horse battery"


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def accounts(tmp_path, clock):
    vault = Vault(tmp_path)
    yield Accounts(vault, AuditLog(tmp_path), hours=12, idle_minutes=60, clock=clock)
    vault.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The same hash with little work, so that tests do not wait for it."""
    import argon2
    from argon2 import PasswordHasher

    monkeypatch.setattr(argon2, "PasswordHasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    accounts_module._nobodys.cache_clear()


def scope_of(value: str) -> dict:
    return {"headers": [(b"cookie", f"{COOKIE}={value}; other=1".encode())], "state": {}}


def test_signing_in_makes_a_session_that_ends(accounts, clock):
    accounts.add("ann", PASSWORD, "analyst")
    value = accounts.sign_in("ann", PASSWORD)
    account = accounts.of(scope_of(value))
    assert (account.name, account.role) == ("ann", "analyst")
    for _ in range(11):
        clock.now += 59 * 60
        assert accounts.of(scope_of(value)), "used sessions go on"
    clock.now += 12 * 3600 - 11 * 59 * 60
    assert accounts.of(scope_of(value)) is None, "a session lasts twelve hours"
    idle = accounts.sign_in("ann", PASSWORD)
    clock.now += 3600
    assert accounts.of(scope_of(idle)) is None, "an hour without a request ends it"


def test_a_session_can_be_taken_away(accounts):
    accounts.add("ann", PASSWORD, "viewer")
    first = accounts.sign_in("ann", PASSWORD)
    second = accounts.sign_in("ann", PASSWORD, accounts.of(scope_of(first)))
    assert accounts.of(scope_of(first)) is None, "signing in anew ends the old session"
    accounts.sign_out(accounts.of(scope_of(second)))
    assert accounts.of(scope_of(second)) is None
    third = accounts.sign_in("ann", PASSWORD)
    accounts.set_password("ann", "another good password")
    assert accounts.of(scope_of(third)) is None
    fourth = accounts.sign_in("ann", "another good password")
    accounts.remove("ann")
    assert accounts.of(scope_of(fourth)) is None


def test_a_forged_cookie_is_nobody(accounts):
    accounts.add("ann", PASSWORD, "admin")
    value = accounts.sign_in("ann", PASSWORD)
    number, _, signature = value.partition(".")
    forged = [
        "",
        ".",
        number,
        f"{number}.",
        f"{number}.{'0' * 64}",
        f"{'0' * 64}.{signature}",
        f"{number}.é",
        "a" * 5000,
    ]
    assert [accounts.of(scope_of(each)) for each in forged] == [None] * len(forged)


def test_the_vault_does_not_hold_what_signs_in(accounts, tmp_path):
    accounts.add("ann", PASSWORD, "admin")
    number = accounts.sign_in("ann", PASSWORD).partition(".")[0]
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert PASSWORD.encode() not in kept
    assert number.encode() not in kept
    assert bytes.fromhex(number) not in kept
    assert b"$argon2id$" in kept


def test_wrong_names_and_passwords_are_told_alike_and_cost_alike(accounts, monkeypatch):
    accounts.add("ann", PASSWORD, "admin")
    tried = []
    real = accounts_module._fits
    monkeypatch.setattr(accounts_module, "_fits", lambda *args: tried.append(args) or real(*args))
    told = []
    for name in ("ann", "nobody", "", "x" * 10_000, "' OR 1=1 --"):
        with pytest.raises(Unauthenticated) as refused:
            accounts.sign_in(name, "not the password")
        told.append(str(refused.value))
    assert len(set(told)) == 1
    assert len(tried) == 5


def test_few_passwords_are_tried_at_once(accounts):
    accounts._trying.acquire()
    accounts._trying.acquire()
    with pytest.raises(TooMany):
        accounts.sign_in("ann", PASSWORD)


def test_what_cannot_be_an_account_is_told(accounts):
    accounts.add("ann", PASSWORD, "viewer")
    for name, password, role, error in [
        ("ann", PASSWORD, "viewer", Conflict),
        ("a b", PASSWORD, "viewer", QueryError),
        ("bob", "short", "viewer", QueryError),
        ("bob", PASSWORD, "king", QueryError),
    ]:
        with pytest.raises(error):
            accounts.add(name, password, role)
    with pytest.raises(NotFound):
        accounts.remove("bob")
    with pytest.raises(NotFound):
        accounts.set_password("bob", PASSWORD)
    assert accounts.every() == [Account("ann", "viewer")]


def test_roles_hold_what_the_table_says():
    may = {role: {other for other in ROLES if Account("a", role).may(other)} for role in ROLES}
    assert may["admin"] == set(ROLES)
    assert may["analyst"] == {"viewer", "merchandiser", "analyst"}
    assert may["moderator"] == {"viewer", "moderator"}
    assert all("viewer" in each for each in may.values())


def test_a_page_asks_for_a_role():
    asked = HTTPConnection({"type": "http", "state": {"account": Account("ann", "merchandiser")}})
    assert requires_role(asked, "viewer").name == "ann"
    with pytest.raises(Forbidden, match="role analyst"):
        requires_role(asked, "analyst")
    with pytest.raises(Unauthenticated, match="account"):
        requires_role(HTTPConnection({"type": "http", "state": {}}), "viewer")


# --- over HTTP


def form_of(client, path="/login") -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', client.get(path).text))


def sign_in(client, name="ann", password=PASSWORD, **more):
    return client.post(
        "/login", data={**form_of(client), "name": name, "password": password, **more}, follow_redirects=False
    )


def test_a_person_signs_in_looks_around_and_signs_out(gated):
    with gated(open=False) as client:
        client.access.accounts.add("ann", PASSWORD, "viewer")
        page = client.get("/?q=lamp&page=2")
        assert page.status_code == 401
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
        assert form["next"] == "/?q=lamp&amp;page=2"
        answer = sign_in(client, next="/?q=lamp")
        assert (answer.status_code, answer.headers["location"]) == (303, "/?q=lamp")
        assert client.get("/").status_code == 200
        assert client.get("/v1/search?q=la").status_code == 200
        assert "ann (viewer)" in client.get("/login").text
        assert client.post("/logout", data=form_of(client)).status_code == 200
        assert client.get("/").status_code == 401
        lines = [(line["actor"], line["action"]) for line in client.access.audit.lines()]
        assert ("account:ann", "account.sign_in") in lines
        assert ("account:ann", "account.sign_out") in lines


def test_cookies_are_for_us_alone(gated):
    with gated(client=("10.0.0.1", 1), proxies=["10.0.0.0/8"]) as client:
        client.access.accounts.add("ann", PASSWORD, "viewer")
        plain = sign_in(client).headers.get_list("set-cookie")
        assert all("HttpOnly" in each and "SameSite=lax" in each and "Secure" not in each for each in plain)
        client.headers["X-Forwarded-Proto"] = "https"
        client.headers["X-Forwarded-For"] = "203.0.113.5"
        client.cookies.clear()
        client.base_url = "https://testserver"
        safe = sign_in(client).headers.get_list("set-cookie")
        assert len(safe) == 2
        assert all("Secure" in each for each in safe)


def test_a_form_from_elsewhere_is_refused(gated):
    with gated() as client:
        client.access.accounts.add("ann", PASSWORD, "viewer")
        good = {**form_of(client), "name": "ann", "password": PASSWORD}
        for csrf in ("", "0" * 64, "é"):
            assert client.post("/login", data={**good, "csrf": csrf}).status_code == 403
        other = form_of(client)
        client.cookies.clear()
        assert client.post("/login", data={**good, **other}).status_code == 403
        assert sign_in(client).status_code == 303
        stale = {**good, **other}
        assert client.post("/logout", data=stale).status_code == 403, "a form is bound to its session"
        assert "ann (viewer)" in client.get("/login").text


def test_it_leads_nowhere_else(gated):
    for away in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/x\\y",
        "javascript:x",
        "\n/x",
        "/\tx",
        "",
    ):
        assert _here(away) == "/"
    assert _here("/p/mug?lang=zh") == "/p/mug?lang=zh"
    with gated() as client:
        client.access.accounts.add("ann", PASSWORD, "viewer")
        assert sign_in(client, next="//evil.example").headers["location"] == "/"


def test_tries_are_counted(gated):
    with gated() as client:
        client.access.accounts.add("ann", PASSWORD, "viewer")
        statuses = [sign_in(client, password="wrong wrong wrong").status_code for _ in range(6)]
        assert statuses == [401] * 5 + [429]
        assert sign_in(client).status_code == 429, "the right password does not get in either"
        assert sign_in(client, name="bob").status_code == 401
