# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL's side of a backup: pg_dump of one snapshot, the proof that a dump is whole, and its way back."""

import asyncio
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.errors import CrmError
from crm_core.storage.backup_sqlite import BadCopyError
from crm_core.storage.engine import make_engines
from crm_core.storage.postgresql_client import environment, program

_COPY = re.compile(rb'COPY public\."?(\w+)"? \(')
_PATIENT = ("SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0")
# The dump makes everything anew, in one transaction with its removal: it fails as a whole or not at all.
_ANEW = b"DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"


@dataclass(frozen=True, slots=True)
class Dumped:
    revision: str
    rows: Mapping[str, int]
    recordings: Mapping[str, int | None]  # storage key -> bytes


async def dump_database(url: URL, target: Path) -> Dumped:
    """What is counted and what is dumped are the same instant: pg_dump takes over our snapshot."""
    engines = make_engines(url)
    try:
        async with engines.reader.connect() as connection, connection.begin():
            for statement in _PATIENT:
                await connection.execute(text(statement))
            snapshot = await connection.scalar(text("SELECT pg_export_snapshot()"))
            server = int(await connection.scalar(text("SHOW server_version_num"))) // 10_000
            dumped = await _seen(connection)
            command = (program("pg_dump", server), "-Fc", "--no-owner", "--no-privileges", "--no-comments")
            await asyncio.to_thread(_run, [*command, "--snapshot", snapshot, "-f", str(target)], url)
    except (OSError, DBAPIError) as error:
        raise CrmError(f"the database cannot be read: {error}") from error
    finally:
        await engines.dispose()
    return dumped


async def _seen(connection: AsyncConnection) -> Dumped:
    tables = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    rows = {}
    for name in tables.all():
        rows[name] = await connection.scalar(text(f'SELECT count(*) FROM "{name}"'))  # noqa: S608 - names of our own tables
    revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    kept = await connection.execute(
        text("SELECT storage_key, bytes FROM recording WHERE storage_key IS NOT NULL")
    )
    return Dumped(revision, rows, {row.storage_key: row.bytes for row in kept})


def check_dump(path: Path) -> dict[str, int]:
    """How many rows each table has: every block of the dump is unpacked for it."""
    command = [program("pg_restore"), "--data-only", "-f", "-", str(path)]
    rows: dict[str, int] = {}
    table = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as unpacking:  # noqa: S603 - our own argv
        assert unpacking.stdout is not None  # noqa: S101 - asked for
        assert unpacking.stderr is not None  # noqa: S101
        for line in unpacking.stdout:
            if table:
                rows[table] += line != b"\\.\n"
                table = table if line != b"\\.\n" else ""
            elif found := _COPY.match(line):
                table = found[1].decode()
                rows[table] = 0
        said = unpacking.stderr.read().decode(errors="replace")
    if unpacking.returncode or table:
        raise BadCopyError(f"the database in the backup is damaged: {_last_line(said)}")
    return rows


async def is_empty(url: URL) -> bool:
    """No tables at all."""
    return not await _asked(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")


async def is_served(url: URL) -> bool:
    """Another Rolodial holds connections to it."""
    return bool(
        await _asked(
            url,
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'rolodial' AND pid <> pg_backend_pid()",
        )
    )


async def _asked(url: URL, query: str) -> int:
    engines = make_engines(url)
    try:
        async with engines.reader.connect() as connection:
            return int(await connection.scalar(text(query)))
    except (OSError, DBAPIError) as error:
        raise CrmError(f"the database cannot be opened: {error}") from error
    finally:
        await engines.dispose()


def restore_dump(path: Path, url: URL) -> None:
    """All of it or nothing: when the unpacking fails, the connection is cut before the commit."""
    unpack = [program("pg_restore"), "--no-owner", "--no-privileges", "-f", "-", str(path)]
    take = [program("psql"), "-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(  # noqa: S603 - our own argv
            take, stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe, env=environment(url)
        ) as taking,
        subprocess.Popen(unpack, stdout=pipe, stderr=subprocess.DEVNULL) as unpacking,  # noqa: S603
    ):
        assert taking.stdin is not None  # noqa: S101 - asked for
        assert unpacking.stdout is not None  # noqa: S101
        try:
            taking.stdin.write(_ANEW)
            for line in unpacking.stdout:
                if line != b"CREATE SCHEMA public;\n":
                    taking.stdin.write(line)
        except BrokenPipeError:
            unpacking.kill()
        if unpacking.wait() and taking.poll() is None:
            taking.kill()
        elif taking.poll() is None:
            taking.stdin.write(b"ANALYZE;\n")
        _, said = taking.communicate()
    if taking.returncode or unpacking.returncode:
        raise CrmError(
            f"the database was not restored, it is as it was: {_last_line(said.decode(errors='replace'))}"
        )


def _run(command: list[str], url: URL) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment(url))  # noqa: S603
    if done.returncode:
        raise CrmError(f"{Path(command[0]).name}: {_last_line(done.stderr)}")


def _last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "it ended without a word"
