"""Open the database behind a URL: the SQLite settings, the migrations, one kind of error, and the gate before writes.

The only file that knows SQLite from PostgreSQL.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from wares.errors import Busy, DiskFailed, NewerState, ReadOnly, StoreError, disk_error, disk_errors

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0002"  # the newest of them


class WriteGate:
    """Every write to a store passes here; it shuts for good once the disk did not keep what was written.

    After a failed fsync the system may drop what it holds and report success the next time (Rebello et al., Can
    Applications Recover from fsync Failures?, USENIX ATC 2020), so nothing is tried again before a restart.

    Attributes
    ----------
    failure
        What shut it; empty while it is open.
    """

    def __init__(self) -> None:
        self.failure = ""

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What goes wrong within is a StoreError, and was not acknowledged.

        Raises
        ------
        DiskFailed
            The disk failed, now or before.
        """
        if self.failure:
            raise DiskFailed(f"no writes any more: {self.failure}", fix="check the disk, then start again")
        try:
            with disk_errors(), store_errors():
                yield
        except DiskFailed as error:
            self.failure = self.failure or error.message
            raise


def scrub(engine: Engine, patience: float = 30.0) -> None:
    """Leave nothing of deleted rows in the files of a database: it is written anew, and its log is emptied.

    Raises
    ------
    Busy
        Somebody reads all the time, so that the log cannot be emptied; what was deleted is deleted.
    """
    sqlite = engine.dialect.name == "sqlite"
    raw = engine.raw_connection()
    try:
        driver: Any = raw.driver_connection
        if not sqlite:
            driver.autocommit = True
        cursor = driver.cursor()
        cursor.execute("VACUUM")
        until = time.monotonic() + patience
        while sqlite and cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > until:
                raise Busy("the log of the store could not be emptied", fix="run it again when less is read")
            time.sleep(0.05)
        cursor.close()
        if not sqlite:
            driver.autocommit = False
    finally:
        raw.close()


def open_engine(url: str) -> Engine:
    """An engine on a database that is migrated to the newest schema; on a disk that cannot be written, to read it.

    Raises
    ------
    NewerState
        A newer wares wrote the database.
    StoreError
        It cannot be opened.
    """
    try:
        address = make_url(url)
        sqlite = address.get_backend_name() == "sqlite"
        kept = Path(address.database) if sqlite and address.database else None
        frozen = kept is not None and kept.exists() and not os.access(kept.parent, os.W_OK)
        if kept is not None and not frozen:
            kept.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(_frozen(address, kept) if kept is not None and frozen else address)
    except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        raise StoreError(
            f"no store at {_public(url)}: {error}", fix="sqlite:///path or postgresql+psycopg://…"
        ) from None
    if sqlite:
        event.listen(engine, "connect", _prepare_frozen if frozen else _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    with store_errors():
        _migrate(engine)
    return engine


class ChangeSign:
    """Tells in microseconds whether anybody committed anything to a database since it was asked before.

    SQLite counts the commits of other connections (https://www.sqlite.org/pragma.html#pragma_data_version), so one is
    kept that never writes. Other databases have no such sign.
    """

    def __init__(self, engine: Engine) -> None:
        self._kept = engine.raw_connection() if engine.dialect.name == "sqlite" else None
        self._turn = Lock()

    def read(self) -> int | None:
        """Another number after each commit; None where there is no telling."""
        if self._kept is None:
            return None
        try:
            with self._turn:
                return int(self._kept.cursor().execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            return None  # whoever reads on is told what is wrong

    def close(self) -> None:
        """Give the connection back."""
        if self._kept is not None:
            self._kept.close()


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what the database says into StoreError: nothing was acknowledged, the transaction is undone."""
    try:
        yield
    except DBAPIError as error:
        if error.orig is not None and (found := disk_error(error.orig)) is not None:
            raise found from error
        fix = "free space or mend the disk and run again; the last committed state is kept"
        raise StoreError(f"the store failed: {error.orig}", fix=fix) from error


def _public(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "an address that cannot be read"


def _frozen(address: URL, path: Path) -> URL:
    """The address of a SQLite file that nobody can write: without its log, which needs a file that can be written."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise ReadOnly(f"the last writes are still in {log}", fix="open the shop once where the disk can be written")
    query = {"mode": "ro", "immutable": "1", "uri": "true"}
    return address.set(database=path.absolute().as_uri(), query=query)


def _prepare_frozen(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA cache_size=-16000").close()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself, or DDL and savepoints fall outside of them.
    connection.isolation_level = None
    for setting in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {setting}").close()


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")


def _migrate(engine: Engine) -> None:
    if _revisions(engine) == {HEAD}:
        return  # loading alembic takes longer than opening a shop
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = _alembic_config()
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = set(MigrationContext.configure(connection).get_current_heads())
    unknown = current - {script.revision for script in scripts.walk_revisions()}
    if unknown:
        raise NewerState(f"a newer wares wrote this store (schema {', '.join(unknown)})", fix="update wares")
    if current != set(scripts.get_heads()):
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revisions(engine: Engine) -> set[str]:
    """The schema that a store was written with; none where it is new."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return set()
        return {row[0] for row in connection.exec_driver_sql("SELECT version_num FROM alembic_version")}


def _alembic_config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
