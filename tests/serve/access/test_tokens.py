"""Tokens that the holder of a key derives for a tenant."""

import pytest

from wares.audit import AuditLog
from wares.errors import ConfigError, Unauthenticated
from wares.serve.access.keys import Keys
from wares.serve.access.tokens import check_token, is_token, tenant_token
from wares.serve.access.vault import Vault

NOW = 1_000_000.0


@pytest.fixture
def keys(tmp_path):
    return Keys(Vault(tmp_path), AuditLog(tmp_path), clock=lambda: NOW)


def test_a_token_holds_what_it_was_made_with(keys):
    key, text = keys.create(["search"], filters="market:eu")
    token = tenant_token(text, filters="seller:'é商'", user="u_1~x", now=NOW)
    grant = check_token(token, keys, NOW + 3599)
    assert (grant.key, grant.filters, grant.user) == (key, "seller:'é商'", "u_1~x")
    assert is_token(token)
    assert not is_token(text)


def test_a_token_of_the_longest_filter_is_read_back(keys):
    _, text = keys.create(["search"])
    filters = "seller:" + "a" * 4_000
    assert check_token(tenant_token(text, filters=filters, now=NOW), keys, NOW).filters == filters


def test_what_cannot_be_a_token_is_told(keys):
    _, text = keys.create(["search"])
    with pytest.raises(ConfigError, match="made from a key"):
        tenant_token("wk_short")
    with pytest.raises(ConfigError, match="cannot hold"):
        tenant_token(text, seconds=31 * 86_400)
    with pytest.raises(ConfigError, match="too long"):
        tenant_token(text, filters="a" * 9_000)


def test_no_token_is_made_from_a_key_that_is_not_for_searching(keys):
    for scopes in (["events"], ["admin"], ["admin", "search"]):
        _, text = keys.create(scopes)
        with pytest.raises(Unauthenticated):
            check_token(tenant_token(text, now=NOW), keys, NOW)
