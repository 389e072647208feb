"""``wares keys``, ``wares accounts``, ``wares audit`` and ``wares privacy``."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from wares import terminal
from wares.audit import AuditLog
from wares.config import Config
from wares.serve.access.accounts import ROLES, Accounts
from wares.serve.access.keys import SCOPES, Keys
from wares.serve.access.tokens import tenant_token
from wares.serve.access.vault import Vault
from wares.serve.storefront.formats import digits
from wares.shop import Shop

keys = typer.Typer(help="Keys of programs: make, list and revoke them, and derive tokens for tenants.")
accounts = typer.Typer(help="Accounts of people who look after the shop: passwords, roles, sessions.")
privacy = typer.Typer(help="What is known of a shopper: hand it over, or erase it with proof.")
audit = typer.Typer(help="What was done by whom: show it, and verify that nobody changed it.")

ConfigFile = Annotated[Path | None, typer.Option("--config", help="wares.toml to read; default: the one here")]
Folder = Annotated[Path | None, typer.Option("--folder", help="the shop's data folder")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


@contextmanager
def vault_of(config: Path | None, folder: Path | None) -> Iterator[tuple[Config, Vault, AuditLog]]:
    """The settings, where keys and accounts are kept, and the audit log of a shop."""
    settings = Config.load(config, {"shop.folder": folder})
    vault = Vault(settings.shop.folder)
    try:
        yield settings, vault, AuditLog(settings.shop.folder)
    finally:
        vault.close()


@keys.command("create")
def create_key(
    scope: Annotated[list[str] | None, typer.Option(help=f"{', '.join(SCOPES)}; again for more")] = None,
    label: Annotated[str, typer.Option(help="what it is for")] = "",
    filters: Annotated[str, typer.Option("--filter", help="what it sees, such as 'seller:acme'; empty: all")] = "",
    referrer: Annotated[
        list[str] | None, typer.Option(help="site that may send it, such as https://*.shop.example; again for more")
    ] = None,
    rate: Annotated[str, typer.Option(help="such as '10/second; 300/minute'; empty: as the shop says")] = "",
    products: Annotated[
        int | None, typer.Option(min=0, help="different products an hour; 0: any number; default: as the shop says")
    ] = None,
    days: Annotated[float | None, typer.Option(min=0.001, help="days until it expires; default: never")] = None,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Make a key. What is printed is shown this once: only its hash is kept."""
    with vault_of(config, folder) as (settings, vault, log):
        key, text = Keys(vault, log, digits=digits(settings.shop.currency)).create(
            tuple(scope or ("search",)),  # type: ignore[arg-type]  # create refuses what is no scope
            label=label,
            filters=filters,
            referrers=tuple(referrer or ()),
            rate=rate,
            products=products,
            seconds=None if days is None else days * 86_400,
        )
    if as_json:
        terminal.dump({**key.facts(), "key": text})
    else:
        terminal.say(text)


@keys.command("list")
def list_keys(config: ConfigFile = None, folder: Folder = None, as_json: Json = False) -> None:
    """List keys by id, without their secrets."""
    with vault_of(config, folder) as (_, vault, log):
        found = Keys(vault, log).every()
    if as_json:
        terminal.dump([key.facts() for key in found])
        return
    now = time.time()
    rows = []
    for key in found:
        state = "revoked" if key.revoked is not None else "valid" if key.valid(now) else "expired"
        rows.append((key.id, state, " ".join(sorted(key.scopes)), key.filters, key.rate, key.label))
    terminal.rows(("id", "state", "scopes", "filter", "rate", "label"), rows)


@keys.command("revoke")
def revoke_key(
    id: Annotated[str, typer.Argument(help="as `wares keys list` shows it, or the whole key")],
    config: ConfigFile = None,
    folder: Folder = None,
) -> None:
    """Refuse a key, and every token made from it, from now on."""
    with vault_of(config, folder) as (_, vault, log):
        id = id.split("_")[1] if id.count("_") == 2 else id
        Keys(vault, log).revoke(id)
    terminal.say(f"{id} is refused from now on")


@keys.command("token")
def make_token(
    key: Annotated[str, typer.Argument(help="a search key, or - to read it from standard input")],
    filters: Annotated[str, typer.Option("--filter", help="what its holder sees, on top of the key's own")] = "",
    minutes: Annotated[float, typer.Option(min=0.01, help="how long it holds")] = 60.0,
    user: Annotated[str, typer.Option(help="whom limits are counted for")] = "",
) -> None:
    """Derive a token for one tenant from a search key; the server is not asked."""
    secret = typer.get_text_stream("stdin").readline().strip() if key == "-" else key
    terminal.say(tenant_token(secret, filters=filters, seconds=60 * minutes, user=user))


@audit.command("verify")
def verify_audit(
    head: Annotated[str, typer.Option(help="a head that was printed before, count:hash")] = "",
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Follow the chain of hashes; 1 where a line was edited, deleted, moved or cut off, and which is the first."""
    settings = Config.load(config, {"shop.folder": folder})
    found = AuditLog(settings.shop.folder).verify(head)
    facts: dict[str, Any] = {"whole": found.whole, "head": f"{found.count}:{found.hash}"}
    if as_json:
        terminal.dump({**facts, "line": found.line or None, "reason": found.reason})
    elif found.whole:
        terminal.say(f"{found.count:,} lines, whole; head {facts['head']}")
    else:
        terminal.say(f"line {found.line}: {found.reason}")
    if not found.whole:
        raise typer.Exit(1)


@audit.command("show")
def show_audit(
    last: Annotated[int, typer.Option(min=1, help="so many of the newest lines")] = 50,
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Show the newest lines: when, who, what, to what."""
    settings = Config.load(config, {"shop.folder": folder})
    found = list(AuditLog(settings.shop.folder).lines())[-last:]
    if as_json:
        terminal.dump(found)
        return
    rows = [(each["seq"], each["time"][:19], each["actor"], each["action"], each["target"]) for each in found]
    terminal.rows(("", "time (UTC)", "actor", "action", "target"), rows)


@accounts.command("add")
def add_account(
    name: Annotated[str, typer.Argument(help="as they sign in")],
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = "viewer",
    config: ConfigFile = None,
    folder: Folder = None,
) -> None:
    """Make an account; its password is asked for, or read from standard input."""
    with vault_of(config, folder) as (_, vault, log):
        Accounts(vault, log).add(name, _password(), role)  # type: ignore[arg-type]  # add refuses what is no role
    terminal.say(f"{name} may sign in as {role}")


@accounts.command("list")
def list_accounts(config: ConfigFile = None, folder: Folder = None, as_json: Json = False) -> None:
    """List accounts and their roles."""
    with vault_of(config, folder) as (_, vault, log):
        found = Accounts(vault, log).every()
    if as_json:
        terminal.dump([{"name": each.name, "role": each.role} for each in found])
    else:
        terminal.rows(("name", "role"), [(each.name, each.role) for each in found])


@accounts.command("passwd")
def change_password(
    name: Annotated[str, typer.Argument(help="whose")], config: ConfigFile = None, folder: Folder = None
) -> None:
    """Set another password; every session of the account ends."""
    with vault_of(config, folder) as (_, vault, log):
        Accounts(vault, log).set_password(name, _password())
    terminal.say(f"{name} has another password; all sessions have ended")


@accounts.command("remove")
def remove_account(
    name: Annotated[str, typer.Argument(help="whose")], config: ConfigFile = None, folder: Folder = None
) -> None:
    """Take an account and its sessions away."""
    with vault_of(config, folder) as (_, vault, log):
        Accounts(vault, log).remove(name)
    terminal.say(f"{name} is gone")


def _password() -> str:
    """A new password, typed twice where somebody types."""
    if sys.stdin.isatty():
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


@privacy.command("export")
def export_shopper(
    id: Annotated[str, typer.Argument(help="as the shop calls them in events: the user id, or a session")],
    config: ConfigFile = None,
    folder: Folder = None,
) -> None:
    """Print everything that is known of a shopper, as JSON."""
    shop = Shop.open(Config.load(config, {"shop.folder": folder}))
    try:
        events, letters = shop.shopper(id)
    finally:
        shop.close()
    told = [{**asdict(event), "time": event.time.isoformat()} for event in events]
    terminal.dump({"id": id, "events": told, "dead_letters": letters})


@privacy.command("erase")
def erase_shopper(
    id: Annotated[str, typer.Argument(help="as the shop calls them in events: the user id, or a session")],
    config: ConfigFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Erase a shopper everywhere, refuse them from now on, and print the proof; 1 where a file still names them."""
    shop = Shop.open(Config.load(config, {"shop.folder": folder}), write=True)
    try:
        with terminal.progress(quiet=as_json) as progress:
            proof = shop.erase(id, progress)
    finally:
        shop.close()
    if as_json:
        terminal.dump({**proof.facts(), "clean": proof.clean})
    else:
        terminal.rows(("what", "how many"), [(name.replace("_", " "), told) for name, told in proof.facts().items()])
    if not proof.clean:
        raise typer.Exit(1)
