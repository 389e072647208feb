"""D14: a line of the audit log that is edited, deleted, moved or cut off is named."""

import json

import pytest

from wares import audit
from wares.audit import HEAD, NAME, AuditLog


@pytest.fixture
def log(tmp_path):
    log = AuditLog(tmp_path)
    for number in range(1, 9):
        log.write("key.create", f"k{number}", label="x")
    return log


def lines(log) -> list[bytes]:
    return (log._folder / NAME).read_bytes().splitlines(keepends=True)


def put(log, changed: list[bytes]) -> None:
    (log._folder / NAME).write_bytes(b"".join(changed))


def edited(raw: bytes) -> bytes:
    return raw.replace(b'"label":"x"', b'"label":"y"')


def hashed_again(raw: bytes) -> bytes:
    """An edit by someone who knows how the hash of a line is made."""
    fields = json.loads(edited(raw))
    del fields["hash"]
    return json.dumps({**fields, "hash": audit._hash(fields)}).encode() + b"\n"


TAMPERED = {
    "edit": (lambda kept: [*kept[:3], edited(kept[3]), *kept[4:]], 4),
    "edit of the first": (lambda kept: [edited(kept[0]), *kept[1:]], 1),
    "edit of the last": (lambda kept: [*kept[:7], edited(kept[7])], 8),
    "edit with a new hash": (lambda kept: [*kept[:3], hashed_again(kept[3]), *kept[4:]], 5),
    "edit of the last with a new hash": (lambda kept: [*kept[:7], hashed_again(kept[7])], 8),
    "deletion": (lambda kept: [*kept[:3], *kept[4:]], 4),
    "deletion of the first": (lambda kept: kept[1:], 1),
    "reorder": (lambda kept: [*kept[:3], kept[4], kept[3], *kept[5:]], 4),
    "a line twice": (lambda kept: [*kept[:4], kept[3], *kept[4:]], 5),
    "cut in the middle of a line": (lambda kept: [*kept[:3], kept[3][:20] + b"\n", *kept[4:]], 4),
    "tail cut off": (lambda kept: kept[:6], 7),
    "everything cut off": (lambda kept: [], 1),
    "a byte of noise": (lambda kept: [*kept[:3], b"\xff\n", *kept[4:]], 4),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_the_first_bad_line_is_named(log, name):
    assert log.verify().whole
    change, line = TAMPERED[name]
    put(log, change(lines(log)))
    found = log.verify()
    assert found.line == line
    assert found.reason


def test_a_head_that_is_gone_is_noticed(log):
    (log._folder / HEAD).unlink()
    assert not log.verify().whole


def test_what_is_written_after_a_cut_does_not_hide_it(log):
    put(log, lines(log)[:6])
    log.write("key.create", "k9")
    assert log.verify().line == 7


def test_without_the_hash_of_a_line_an_edit_passes(log, monkeypatch):
    """The mutation check of the hash."""
    monkeypatch.setattr(audit, "_hash", lambda fields: "0" * 64)
    put(log, [raw.replace(json.loads(raw)["hash"].encode(), b"0" * 64) for raw in lines(log)])
    monkeypatch.setattr(log, "_head", lambda: audit.Head(8, "0" * 64))
    put(log, [edited(raw) for raw in lines(log)])
    changed = [
        raw.replace(json.loads(raw)["previous"].encode(), b"0" * 64) if number else raw
        for number, raw in enumerate(lines(log))
    ]
    put(log, changed)
    assert log.verify().whole


def test_without_the_head_a_cut_tail_passes(log, monkeypatch):
    """The mutation check of the head."""
    put(log, lines(log)[:6])
    assert not log.verify().whole
    monkeypatch.setattr(log, "_head", lambda: audit.Head(0, audit.FIRST, 1))
    found = log.verify()
    assert found.line == 1
    assert found.reason == f"{HEAD} is missing or cannot be read"
