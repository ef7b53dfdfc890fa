# SPDX-License-Identifier: Apache-2.0
"""Open a database and give it the shape this version needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from crm_core.domain.errors import CrmError
from crm_core.storage.analysis import analyse_once
from crm_core.storage.engine import Engines, make_engines, no_hurry, parse_url, sqlite_file
from crm_core.storage.lock_file import LockFile
from crm_core.storage.store import SqlStore

_MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseUnavailableError(CrmError):
    """The database cannot be opened."""


class SchemaError(CrmError):
    """The database has not the shape this version needs. Run 'rolodial migrate'."""


async def open_store(url: str, *, exclusive: bool = True) -> SqlStore:
    """The store at `url`, which must be migrated. `exclusive`: on SQLite, refuse beside another serving process.

    Short commands (an import, a new password) say `exclusive=False`: they may work beside the server, which learns of
    their changes from the table `change`.
    """
    parsed = parse_url(url)
    file = sqlite_file(parsed)
    if file is not None and not file.exists():
        raise SchemaError(f"there is no database at {file}. Run 'rolodial migrate' to make it.")
    lock = LockFile(file) if file is not None and exclusive else None
    if lock:
        lock.acquire()
    engines = make_engines(parsed)
    try:
        await _check_revision(engines)
    except BaseException:
        await engines.dispose()
        if lock:
            lock.release()
        raise
    return SqlStore(engines, lock)


async def migrate(url: str) -> tuple[str | None, str | None]:
    """Bring the database to this version's shape, in one transaction; returns the revision before and after."""
    parsed = parse_url(url)
    file = sqlite_file(parsed)
    lock = None
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = LockFile(file)
        lock.acquire()
    engines = make_engines(parsed)
    try:
        async with engines.writer.begin() as connection:
            before = await connection.run_sync(_revision)
            await no_hurry(connection)
            await connection.run_sync(_upgrade)
            await analyse_once(connection)
    except (OSError, DBAPIError) as error:
        raise DatabaseUnavailableError(f"cannot migrate the database: {_first_line(error)}") from error
    finally:
        await engines.dispose()
        if lock:
            lock.release()
    return before, head()


def head() -> str | None:
    """The revision this version needs."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def _check_revision(engines: Engines) -> None:
    try:
        async with engines.reader.connect() as connection:
            found = await connection.run_sync(_revision)
    except (OSError, DBAPIError) as error:
        raise DatabaseUnavailableError(f"cannot open the database: {_first_line(error)}") from error
    if found != head():
        raise SchemaError(
            f"the database is at revision {found or 'none'}, this version needs {head()}. Run 'rolodial migrate'."
        )


def _first_line(error: Exception) -> str:
    text = str(error.orig if isinstance(error, DBAPIError) else error)
    return text.splitlines()[0] if text else type(error).__name__
