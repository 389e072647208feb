import errno
import os
import stat

import pytest

from wares.errors import CursorExpired, QueryError
from wares.serve.native import cursors
from wares.serve.native.cursors import AGE, NAME, Cursors

BOUND = ("query", "caller", "g1")


def test_the_secret_is_its_owners_and_shared_by_processes(tmp_path):
    cursor = Cursors(tmp_path).write(3, *BOUND)
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert Cursors(tmp_path).read(cursor, *BOUND) == 3
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_every_changed_byte_is_noticed(tmp_path):
    written = Cursors(tmp_path)
    cursor = written.write(3, *BOUND)
    for place in range(len(cursor)):
        other = "B" if cursor[place] == "A" else "A"
        changed = cursor[:place] + other + cursor[place + 1 :]
        with pytest.raises(QueryError, match="none of ours"):
            written.read(changed, *BOUND)
    for wrong in ("", "x", "é", "=" * 50, cursor + "AAAA", cursor[:-4]):
        with pytest.raises(QueryError):
            written.read(wrong, *BOUND)


@pytest.mark.parametrize("place", [0, 1])
def test_it_is_bound_to_query_and_caller(tmp_path, place):
    written = Cursors(tmp_path)
    bound = [*BOUND]
    bound[place] = "other"
    with pytest.raises(QueryError, match="another query"):
        written.read(written.write(3, *BOUND), *bound)


def test_it_expires(tmp_path):
    now = 1_000_000.0
    written = Cursors(tmp_path, clock=lambda: now)
    cursor = written.write(3, *BOUND)
    now += AGE
    assert written.read(cursor, *BOUND) == 3
    now += 1
    with pytest.raises(CursorExpired, match="too old"):
        written.read(cursor, *BOUND)
    with pytest.raises(CursorExpired, match="made anew"):
        written.read(written.write(3, *BOUND), "query", "caller", "g2")


def test_a_folder_that_cannot_be_written_gives_a_secret_of_its_own(tmp_path, monkeypatch):
    def refused(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refused)  # root may write everywhere
    own = Cursors(tmp_path)
    assert own.read(own.write(1, *BOUND), *BOUND) == 1
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_gives_a_secret_of_its_own(tmp_path):
    own, other = Cursors(tmp_path / "none"), Cursors(tmp_path / "none")
    assert own.read(own.write(1, *BOUND), *BOUND) == 1
    with pytest.raises(QueryError, match="none of ours"):
        other.read(own.write(1, *BOUND), *BOUND)
    assert not (tmp_path / "none").exists()


def test_without_the_seal_a_forged_cursor_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(cursors.hmac, "compare_digest", lambda one, other: True)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        test_every_changed_byte_is_noticed(tmp_path)
