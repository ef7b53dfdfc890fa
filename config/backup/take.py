# SPDX-License-Identifier: Apache-2.0
"""Take a backup while calls run: the database of one instant first, then every file that it speaks of.

Into a file: all of it. Into a directory: an archive a day, and beside all archives the folder `files`, into which each
recording is copied once. Written under another name, opened and checked, and only then given its own.
"""

import asyncio
import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from config.backup import sources
from config.backup.archive import FILES, Archive, ArchiveWriter, copy_beside, hashed, open_archive
from config.backup.manifest import Entry, Manifest, archive_name, archives, database_member
from config.backup.sources import Source
from config.settings import Settings
from crm_core.domain.errors import CrmError
from crm_core.storage.backup_postgresql import check_dump, dump_database
from crm_core.storage.backup_sqlite import check_copy, copy_database, read_copy
from crm_core.storage.engine import parse_url, sqlite_file


class BackupError(CrmError):
    """The backup was not made; the earlier ones are as they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    settings: Settings
    settings_file: Path | None = None
    target: Path
    secrets: bool = False
    deep: bool = False  # read every file of the folder `files` again

    @property
    def is_folder(self) -> bool:
        return self.target.suffix != ".zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    path: Path
    manifest: Manifest
    new_files: int


@dataclass(slots=True)
class _Copy:
    """The database of one instant, in a file."""

    path: Path
    kind: str
    revision: str
    rows: Mapping[str, int]
    recordings: Mapping[str, int | None]


@dataclass(slots=True)
class _Collected:
    entries: list[Entry] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    new: set[str] = field(default_factory=set)


async def take_backup(wanted: Wanted, now: datetime) -> Taken:
    folder = wanted.target if wanted.is_folder else wanted.target.parent
    final = wanted.target / archive_name(now) if wanted.is_folder else wanted.target
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(final), tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as work:
            copy = await _copy_database(wanted, Path(work))
            half = Path(work) / final.name
            collected = await asyncio.to_thread(_write, wanted, copy, half, now)
            await asyncio.to_thread(_verify, half, folder, wanted, collected.new)
            half.replace(final)
            _sync(folder)
            with open_archive(final) as archive:
                return Taken(path=final, manifest=archive.manifest, new_files=len(collected.new))
    except OSError as error:
        raise BackupError(
            f"the backup was not made ({error.strerror or error}); the earlier ones are as they were"
        ) from error


@contextmanager
def _alone(final: Path) -> Iterator[None]:
    """The folder itself is the lock: nothing is left lying in it."""
    descriptor = os.open(final.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise BackupError(f"another backup into {final.parent} is going on") from error
    finally:
        os.close(descriptor)


async def _copy_database(wanted: Wanted, work: Path) -> _Copy:
    url = parse_url(wanted.settings.database_url)
    file = sqlite_file(url)
    if file is None:
        path = work / database_member("postgresql")
        dumped = await dump_database(url, path)
        return _Copy(path, "postgresql", dumped.revision, dumped.rows, dumped.recordings)
    if not file.exists():
        raise BackupError(f"there is no database at {file}")
    path = work / database_member("sqlite")
    await asyncio.to_thread(copy_database, file, path)
    rows = await asyncio.to_thread(check_copy, path)
    revision, kept = read_copy(path)
    return _Copy(path, "sqlite", revision, rows, kept)


def _write(wanted: Wanted, copy: _Copy, half: Path, now: datetime) -> _Collected:
    writer, collected = ArchiveWriter(half), _Collected()
    collected.entries.append(writer.add(copy.path.name, copy.path))
    copy.path.unlink()
    known = _known(wanted.target) if wanted.is_folder else {}
    for source in _sources(wanted, copy):
        try:
            if wanted.is_folder and source.lasting:
                _keep_beside(wanted, source, known, collected)
            else:
                collected.entries.append(writer.add(source.name, source.path))
        except FileNotFoundError:  # a journal's segment was packed or grew old; a recording was lost before
            if source.name.startswith("recordings/"):
                collected.missing.append(source.name)
    writer.finish(
        Manifest(
            made_at=now,
            version=version("rolodial"),
            revision=copy.revision,
            database=copy.kind,
            secrets=wanted.secrets,
            rows=copy.rows,
            entries=tuple(collected.entries),
            missing=tuple(collected.missing),
        )
    )
    return collected


def _sources(wanted: Wanted, copy: _Copy) -> Iterator[Source]:
    home = wanted.settings.home
    yield from sources.recordings(home, copy.recordings)
    yield from sources.journal(home)
    yield from sources.prompts(home)
    if wanted.secrets:
        yield from sources.secrets(home, wanted.settings_file)


def _known(folder: Path) -> dict[str, Entry]:
    """What the last archive knew of the files beside it, so that a terabyte is not read again each night."""
    for path in reversed(archives(folder)):
        try:
            with open_archive(path) as archive:
                return {entry.path: entry for entry in archive.manifest.entries if entry.beside}
        except CrmError:
            continue
    return {}


def _keep_beside(wanted: Wanted, source: Source, known: Mapping[str, Entry], collected: _Collected) -> None:
    target = wanted.target / FILES / source.name
    entry = known.get(source.name)
    size = source.path.stat().st_size
    if target.exists() and target.stat().st_size == size:
        kept = entry if entry and entry.bytes == size and not wanted.deep else None
        entry = kept or hashed(target, source.name)
        if kept is None and hashed(source.path, source.name) != entry:
            target.unlink()
    if not target.exists():
        entry = copy_beside(source.path, target)
        collected.new.add(source.name)
    assert entry is not None  # noqa: S101 - known, hashed or copied above
    collected.entries.append(replace(entry, path=source.name, beside=True))


def _verify(half: Path, folder: Path, wanted: Wanted, new: set[str]) -> None:
    """Open what was written, as a restore would."""
    with open_archive(half, folder / FILES) as reading:
        for entry in reading.manifest.entries:
            if not entry.beside or entry.path in new or wanted.deep:
                reading.check(entry)
            else:
                reading.has(entry)
        check_database(reading, half.parent)


def check_database(archive: Archive, work: Path) -> Path:
    """Unpack the database into `work` and let it be opened; its rows are counted again."""
    manifest = archive.manifest
    path = work / f"opened-{manifest.dump.path}"
    archive.extract(manifest.dump, path)
    rows = check_copy(path) if manifest.database == "sqlite" else check_dump(path)
    if rows != dict(manifest.rows):
        raise BackupError("the database in the backup has other rows than its manifest says")
    return path


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
