"""``wares keys``, ``accounts``, ``audit`` and ``privacy``, as they are typed."""

import json

import pytest
from typer.testing import CliRunner

from small_shops import PLAIN, write_feed
from wares.audit import NAME, AuditLog
from wares.cli import app
from wares.errors import NotFound
from wares.serve.access.keys import Keys
from wares.serve.access.tokens import check_token
from wares.serve.access.vault import Vault


@pytest.fixture
def run(tmp_path, monkeypatch):
    for name, value in PLAIN.items():
        section, _, setting = name.partition(".")
        monkeypatch.setenv(f"WARES_{section.upper()}__{setting.upper()}", value)

    def typed(*words: str, input: str = "", code: int = 0):
        result = CliRunner().invoke(app, [*words, "--folder", str(tmp_path / "shop")], input=input)
        if isinstance(result.exception, Exception) and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output.strip()

    return typed


def test_a_key_is_made_listed_derived_from_and_revoked(run, tmp_path):
    told = json.loads(run("keys", "create", "--filter", "seller:acme", "--days", "1", "--label", "app", "--json"))
    listed = json.loads(run("keys", "list", "--json"))
    assert [each["id"] for each in listed] == [told["id"]]
    assert "key" not in listed[0]
    assert told["expires"] - told["created"] == 86_400
    result = CliRunner().invoke(
        app, ["keys", "token", "-", "--filter", "color:red", "--user", "ann"], input=told["key"]
    )
    keys = Keys(vault := Vault(tmp_path / "shop"), AuditLog(tmp_path / "shop"))
    grant = check_token(result.output.strip(), keys, keys.now())
    assert (grant.key.id, grant.filters, grant.user) == (told["id"], "color:red", "ann")
    vault.close()
    assert "seller:acme" in run("keys", "list")
    run("keys", "revoke", told["key"])
    assert json.loads(run("keys", "list", "--json"))[0]["revoked"]
    with pytest.raises(NotFound):
        run("keys", "revoke", "nothing")


def test_an_account_is_made_changed_and_removed(run):
    run("accounts", "add", "ann", "--role", "analyst", input="a long good password\n")
    assert json.loads(run("accounts", "list", "--json")) == [{"name": "ann", "role": "analyst"}]
    run("accounts", "passwd", "ann", input="another good password\n")
    run("accounts", "remove", "ann")
    assert json.loads(run("accounts", "list", "--json")) == []


def test_the_log_is_shown_and_verified(run, tmp_path):
    run("keys", "create")
    run("keys", "create")
    whole = json.loads(run("audit", "verify", "--json"))
    assert whole["whole"]
    assert whole["head"].startswith("2:")
    assert [line["action"] for line in json.loads(run("audit", "show", "--json"))] == ["key.create"] * 2
    assert "key.create" in run("audit", "show", "--last", "1")
    path = tmp_path / "shop" / NAME
    path.write_text(path.read_text().replace("key.create", "key.delete", 1))
    assert run("audit", "verify", code=1) == "line 1: it was changed"
    assert json.loads(run("audit", "verify", "--json", "--head", whole["head"], code=1))["line"] == 1


def test_a_shopper_is_handed_over_and_erased(run, tmp_path):
    run("ingest", str(write_feed(tmp_path / "feed.jsonl", ["p0", "p1"])))
    from wares.config import Config
    from wares.shop import Shop

    shop = Shop.open(Config.load(options={"shop.folder": tmp_path / "shop"}))
    event = {"user_id": "shopper-one", "session_id": "session-one", "timestamp": "2026-11-01T10:00:00Z"}
    (tmp_path / "events.jsonl").write_text(json.dumps(event | {"user_query": "lamp"}))
    assert shop.feedback(tmp_path / "events.jsonl") == 1
    shop.close()
    told = json.loads(run("privacy", "export", "shopper-one"))
    assert [(each["action"], each["attributes"]["user_query"]) for each in told["events"]] == [("search", "lamp")]
    proof = json.loads(run("privacy", "erase", "shopper-one", "--json"))
    assert (proof["clean"], proof["events"], proof["remaining"]) == (True, 1, [])
    assert "events" in run("privacy", "erase", "shopper-one")
    assert json.loads(run("privacy", "export", "shopper-one"))["events"] == []


def test_what_is_forced_rebuilt_and_rolled_back_is_on_the_log(run, tmp_path):
    feed = write_feed(tmp_path / "feed.jsonl", ["p0", "p1"])
    run("ingest", str(feed))
    run("ingest", str(feed), "--force")
    run("rebuild")
    run("rollback")
    lines = [(line["action"], line["target"]) for line in AuditLog(tmp_path / "shop").lines()]
    assert lines == [("ingest.forced", "feed.jsonl"), ("rebuild", "g00000002"), ("rollback", "g00000001")]
