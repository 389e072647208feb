"""D12: a key or token that expired, was altered, names no algorithm, names a path, or whose key is revoked: 401."""

import base64
import hmac
import json
from contextlib import suppress

import pytest

from wares.audit import AuditLog
from wares.errors import Unauthenticated
from wares.serve.access import tokens
from wares.serve.access.keys import Keys
from wares.serve.access.tokens import check_token, tenant_token
from wares.serve.access.vault import Vault

NOW = 1_000_000.0


@pytest.fixture
def keys(tmp_path):
    return Keys(Vault(tmp_path), AuditLog(tmp_path), clock=lambda: NOW)


@pytest.fixture
def key(keys):
    return keys.create(["search"], filters="market:eu")[1]


def packed(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=").replace("_", "~")


def altered(token: str) -> dict[str, str]:
    """Every way to change a good token that came to mind."""
    _, id, payload, signature = token.split("_")
    none = packed({"alg": "none", "typ": "JWT"})
    wide = packed({"filters": "", "expires": 9e12, "user": ""})
    with_alg = packed({"alg": "none", "filters": "", "expires": 9e12, "user": ""})
    nobody = f"wt_{'0' * 12}_{wide}"
    flipped = "0" if signature[5] != "0" else "1"
    return {
        "filters taken away": f"wt_{id}_{wide}_{signature}",
        "no signature": f"wt_{id}_{payload}_",
        "empty signature": f"wt_{id}_{payload}",
        "a digit flipped": f"wt_{id}_{payload}_{signature[:5]}{flipped}{signature[6:]}",
        "signature in capitals": f"wt_{id}_{payload}_{signature.upper()}",
        "signature cut short": f"wt_{id}_{payload}_{signature[:-1]}",
        "signature of zeros": f"wt_{id}_{payload}_{'0' * 64}",
        "signed with nothing": f"wt_{id}_{wide}_{hmac.new(b'', f'wt_{id}_{wide}'.encode(), 'sha256').hexdigest()}",
        "signed with nobody's": f"{nobody}_{tokens._signature(bytes(32), nobody.encode()).decode()}",
        "a none-alg JWT": f"{none}.{wide}.",
        "a none-alg JWT as a token": f"wt_{id}_{none}.{wide}._{signature}",
        "an alg in the payload": f"wt_{id}_{with_alg}_{signature}",
        "kid traversal": f"wt_../../../dev/null_{payload}_{signature}",
        "kid traversal, encoded": f"wt_%2e%2e%2fdev%2fnull_{payload}_{signature}",
        "kid SQL": f"wt_' OR '1'='1_{payload}_{signature}",
        "kid unknown": f"wt_{'f' * 12}_{payload}_{signature}",
        "kid in capitals": f"wt_{id.upper()}x_{payload}_{signature}",
        "a newline after it": f"{token}\n",
        "blanks around it": f" {token} ",
        "not ASCII": f"wt_{id}_{payload}_{'１' * 64}",
        "a surrogate": f"wt_{id}_{payload}\udcff_{signature}",
        "zero bytes": f"wt_{id}\x00_{payload}_{signature}",
        "a megabyte": f"wt_{id}_{'A' * 1_000_000}_{signature}",
        "nothing": "",
        "only its beginning": "wt_",
    }


def assert_all_refused(keys, key) -> None:
    token = tenant_token(key, filters="seller:acme", now=NOW)
    assert check_token(token, keys, NOW).filters == "seller:acme"
    for name, text in altered(token).items():
        with pytest.raises(Unauthenticated) as refused:
            check_token(text, keys, NOW)
        assert refused.value.status == 401, name
        assert refused.value.message == "this key is not valid", name
        with pytest.raises(Unauthenticated):
            keys.check(text)


def test_every_altered_token_is_refused(keys, key):
    assert_all_refused(keys, key)


def test_expired_tokens_and_those_of_expired_or_revoked_keys_are_refused(keys, key):
    token = tenant_token(key, seconds=60, now=NOW)
    check_token(token, keys, NOW + 59.9)
    with pytest.raises(Unauthenticated):
        check_token(token, keys, NOW + 60)
    short, text = keys.create(["search"], seconds=30)
    token = tenant_token(text, seconds=60, now=NOW)
    with pytest.raises(Unauthenticated):
        check_token(token, keys, NOW + 31)
    check_token(token, keys, NOW + 29)
    keys.revoke(short.id)
    with pytest.raises(Unauthenticated):
        check_token(token, keys, NOW + 29)


def test_well_signed_nonsense_is_refused(keys, key):
    """The holder of a key may sign anything, and nothing of it raises anything else."""
    id, secret = key.split("_")[1:]
    digest = keys.get(id).digest
    for payload in ("x", packed([]), packed({}), packed({"filters": "", "user": "", "expires": "soon"}), packed(None)):
        signed = f"wt_{id}_{payload}".encode()
        with pytest.raises(Unauthenticated):
            check_token(f"{signed.decode()}_{tokens._signature(digest, signed).decode()}", keys, NOW)
    assert secret


def test_secrets_and_signatures_are_compared_in_constant_time(keys, key, monkeypatch):
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
    good = tenant_token(key, now=NOW)
    for text in (good, good[:-1] + ("0" if good[-1] != "0" else "1"), "wt_", ""):
        compared.clear()
        with suppress(Unauthenticated):
            check_token(text, keys, NOW)
        assert len(compared) == 1, f"{text!r} took another path"
    for text in (key, key[:-1] + "g", "wk_000000000000_" + "0" * 64, ""):
        compared.clear()
        with suppress(Unauthenticated):
            keys.check(text)
        assert len(compared) == 1


def test_without_the_comparison_the_case_fails(keys, key, monkeypatch):
    """The mutation check."""
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: True)
    with pytest.raises((pytest.fail.Exception, AssertionError)):
        assert_all_refused(keys, key)


def test_without_the_expiry_the_case_fails(keys, key, monkeypatch):
    """The mutation check."""
    token = tenant_token(key, seconds=60, now=NOW)
    monkeypatch.setattr(tokens.orjson, "loads", lambda data: {**json.loads(data), "expires": 9e12})
    assert check_token(token, keys, NOW + 61).filters == ""
