# SPDX-License-Identifier: Apache-2.0
"""SQLite's side of a backup: a copy of one instant while others write, and the proof that a copy is whole."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from crm_core.domain.errors import CrmError

_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " AND name NOT LIKE 'fts\\_%' ESCAPE '\\'"
)


class BadCopyError(CrmError):
    """The copy of the database is not whole."""


def copy_database(source: Path, target: Path) -> None:
    """By SQLite's own online backup, in one step: in WAL mode it blocks nobody and sees one instant."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            live.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    except sqlite3.Error as error:
        raise CrmError(f"the database cannot be copied: {error}") from error


def check_copy(path: Path) -> dict[str, int]:
    """How many rows each table has. BadCopyError when SQLite itself is not content with the file."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
            (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict != "ok":
                raise BadCopyError(f"the database in the backup is damaged: {verdict}")
            tables = [name for (name,) in copy.execute(_TABLES)]
            return {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608 - names of our own tables
    except sqlite3.Error as error:
        raise BadCopyError(f"the database in the backup is damaged: {error}") from error


def read_copy(path: Path) -> tuple[str, Mapping[str, int | None]]:
    """Its revision, and the recordings' files it speaks of with their sizes."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
        kept = copy.execute("SELECT storage_key, bytes FROM recording WHERE storage_key IS NOT NULL")
        return revision, dict(kept.fetchall())
