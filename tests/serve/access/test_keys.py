"""Keys: made once, checked in constant work, refused as soon as any process revokes them."""

import os
import stat

import pytest

from wares.audit import AuditLog
from wares.errors import ConfigError, FilterError, NewerState, NotFound, Unauthenticated
from wares.serve.access.keys import Keys
from wares.serve.access.vault import Vault
from wares.types import OneOf


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keys(tmp_path, clock):
    return Keys(Vault(tmp_path), AuditLog(tmp_path), clock=clock)


def test_a_key_is_what_was_asked_for_and_its_secret_is_not_kept(keys, tmp_path):
    key, text = keys.create(["search"], label="app", filters="seller:acme", referrers=["https://a.example"])
    found = keys.check(text)
    assert found == key
    assert (found.scopes, found.label, found.referrers) == (frozenset(("search",)), "app", ("https://a.example",))
    assert keys.filters_of(found.filters) == (OneOf("seller", ("acme",)),)
    secret = text.rsplit("_", 1)[1].encode()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert text.startswith(f"wk_{key.id}_")
    assert secret.decode() not in repr(key.facts())


def test_a_key_that_expired_or_was_revoked_is_refused(keys, clock):
    _, short = keys.create(["search"], seconds=60)
    lasting, text = keys.create(["events"])
    clock.now += 59
    keys.check(short)
    clock.now += 1
    with pytest.raises(Unauthenticated):
        keys.check(short)
    keys.revoke(lasting.id)
    with pytest.raises(Unauthenticated):
        keys.check(text)


def test_what_one_process_revokes_the_next_look_of_another_refuses(keys, tmp_path, clock):
    other = Keys(Vault(tmp_path), AuditLog(tmp_path), clock=clock)
    key, text = keys.create(["search"])
    assert other.check(text).id == key.id
    keys.revoke(key.id)
    with pytest.raises(Unauthenticated):
        other.check(text)
    _, second = other.create(["search"])
    keys.check(second)


def test_looking_up_a_key_reads_the_table_once(keys, monkeypatch):
    _, text = keys.create(["search"])
    keys.check(text)
    monkeypatch.setattr(keys._vault, "rows", lambda *_: pytest.fail("read again"))
    keys.check(text)


@pytest.mark.parametrize(
    "text", ["", "wk_", "wk_000000000000_" + "0" * 64, "x" * 10_000, "wk_\x00", "密钥", "wk_../../etc_" + "0" * 64]
)
def test_what_is_no_key_is_refused(keys, text):
    keys.create(["search"])
    with pytest.raises(Unauthenticated):
        keys.check(text)


def test_a_shop_without_keys_has_no_file(keys, tmp_path):
    with pytest.raises(Unauthenticated):
        keys.check("wk_000000000000_" + "0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_what_a_key_may_not_be_is_told(keys):
    with pytest.raises(ConfigError, match="scopes"):
        keys.create(["everything"])
    with pytest.raises(FilterError):
        keys.create(["search"], filters="seller")
    with pytest.raises(ConfigError, match="rate"):
        keys.create(["search"], rate="often")
    with pytest.raises(NotFound):
        keys.revoke("000000000000")
    assert keys.every() == []


def test_the_file_is_its_owners_alone(keys, tmp_path):
    keys.create(["search"])
    assert stat.S_IMODE(os.stat(tmp_path / "access.sqlite").st_mode) == 0o600


def test_a_newer_file_is_refused(keys, tmp_path):
    keys.create(["search"])
    keys._vault._connection.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerState):
        Keys(Vault(tmp_path), AuditLog(tmp_path)).every()


def test_making_and_revoking_is_on_the_log(keys, tmp_path):
    key, _ = keys.create(["admin"], label="ops")
    keys.revoke(key.id)
    lines = list(AuditLog(tmp_path).lines())
    assert [(line["action"], line["target"]) for line in lines] == [("key.create", key.id), ("key.revoke", key.id)]
    assert lines[0]["actor"].startswith("system:")
