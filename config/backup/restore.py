# SPDX-License-Identifier: Apache-2.0
"""Restore a backup: everything is checked before anything is touched, what was there is put aside."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import URL

from config.backup.archive import Archive, open_archive
from config.backup.manifest import Manifest
from config.backup.take import check_database
from config.settings import Settings
from crm_core.domain.errors import CrmError
from crm_core.storage.backup_postgresql import is_empty, is_served, restore_dump
from crm_core.storage.engine import parse_url, sqlite_file
from crm_core.storage.lock_file import LockFile
from crm_core.storage.open_store import alembic_config, head, migrate


class RestoreError(CrmError):
    """The backup was not restored; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    manifest: Manifest
    revision: str | None  # now
    aside: Path | None  # where what was there before lies now


async def check_backup(path: Path, work: Path | None = None) -> Manifest:
    """Read all of it, as a restore would, and change nothing."""
    with tempfile.TemporaryDirectory(dir=work, prefix=".check-") as place, open_archive(path) as archive:
        await asyncio.to_thread(_check, archive, Path(place))
        return archive.manifest


async def restore_backup(path: Path, settings: Settings, now: datetime, *, force: bool = False) -> Restored:
    home, url = settings.home, parse_url(settings.database_url)
    home.mkdir(parents=True, exist_ok=True, mode=0o750)
    with open_archive(path) as archive, _locked(url):
        manifest = archive.manifest
        _refuse_other_kind(manifest, url)
        _refuse_newer(manifest)
        await _refuse_full(home, url, force=force)
        with tempfile.TemporaryDirectory(dir=home, prefix=".restore-") as place:
            new = Path(place)
            database = await asyncio.to_thread(_check, archive, new / "check")
            await asyncio.to_thread(_unpack, archive, new / "home")
            aside = await _take_over(new / "home", database, url, home, now)
    _, revision = await migrate(settings.database_url)
    return Restored(manifest=manifest, revision=revision, aside=aside)


@contextmanager
def _locked(url: URL) -> Iterator[None]:
    """No Rolodial may serve what is being replaced."""
    file = sqlite_file(url)
    if file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = LockFile(file)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _refuse_other_kind(manifest: Manifest, url: URL) -> None:
    ours = "sqlite" if sqlite_file(url) else "postgresql"
    if manifest.database != ours:
        raise RestoreError(
            f"the backup is of {manifest.database}, the settings say {ours}: set 'database' to the same kind"
        )


def _refuse_newer(manifest: Manifest) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if manifest.revision not in known:
        raise RestoreError(
            f"the backup was made by a newer Rolodial ({manifest.version}, schema {manifest.revision}; this one has "
            f"{head()}): restore it with that version or a later one"
        )


async def _refuse_full(home: Path, url: URL, *, force: bool) -> None:
    file = sqlite_file(url)
    if file is None and await is_served(url):
        raise RestoreError("a Rolodial works with this database: stop it first")
    full = bool(_present(home, url)) or (file is None and not await is_empty(url))
    if full and not force:
        raise RestoreError(
            f"{home} or the database is not empty. With --force the database is replaced, and the files there "
            "are put aside"
        )


def _present(home: Path, url: URL) -> list[Path]:
    """What a restore would stand in the way of; settings and earlier leftovers are not."""
    names = ["recordings", "journal", "prompts", "secret.key", "tls"]
    found = [home / name for name in names if (home / name).exists() and not _is_hollow(home / name)]
    file = sqlite_file(url)
    halves = [file.with_name(file.name + end) for end in ("", "-wal", "-shm")] if file else []
    return found + [path for path in halves if path.exists()]


def _is_hollow(path: Path) -> bool:
    return path.is_dir() and not any(inner.is_file() for inner in path.rglob("*"))


def _check(archive: Archive, work: Path) -> Path:
    """Everything is read once; the database is opened. Its file, for what comes next."""
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = check_database(archive, work)
    for entry in archive.manifest.entries:
        if entry.path != archive.manifest.dump.path:
            archive.check(entry)
    return database


def _unpack(archive: Archive, home: Path) -> None:
    home.mkdir(mode=0o700)
    for entry in archive.manifest.entries:
        if entry.path == archive.manifest.dump.path:
            continue
        path = entry.path.removeprefix("secrets/")
        archive.extract(entry, home / ("restored-settings.toml" if path == "settings.toml" else path))


async def _take_over(new: Path, database: Path, url: URL, home: Path, now: datetime) -> Path | None:
    """PostgreSQL's own transaction first: when it fails, nothing has been moved."""
    if sqlite_file(url) is None:
        await asyncio.to_thread(restore_dump, database, url)
    return await asyncio.to_thread(
        _move_in, new, database, url, home / f"before-restore-{now:%Y%m%dT%H%M%SZ}"
    )


def _move_in(new: Path, database: Path, url: URL, aside: Path) -> Path | None:
    """Where what was there lies now. The database comes last: a start without it is refused."""
    home = aside.parent
    present = _present(home, url)
    for path in present:
        aside.mkdir(exist_ok=True, mode=0o700)
        path.rename(aside / path.name)
    for path in sorted(new.iterdir()):
        target = home / path.name
        if target.is_dir():  # hollow, or it would have gone aside
            _remove_hollow(target)
        path.replace(target)
    if file := sqlite_file(url):
        database.replace(file)
    return aside if present else None


def _remove_hollow(path: Path) -> None:
    for inner in sorted(path.rglob("*"), reverse=True):
        inner.rmdir()
    path.rmdir()
