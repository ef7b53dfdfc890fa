# SPDX-License-Identifier: Apache-2.0
"""A backup's file: a ZIP that is written whole or not at all, and read without believing it."""

import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from config.backup.manifest import MEMBER, DamagedBackupError, Entry, Manifest, read_manifest

_PIECE = 1 << 20
_SQUEEZED = (".sqlite", ".amij", ".toml", ".json", ".key")  # the rest is compressed already
FILES = "files"  # beside the archive


class ArchiveWriter:
    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(descriptor, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", allowZip64=True)

    def add(self, name: str, source: Path) -> Entry:
        digest, size = hashlib.sha256(), 0
        with source.open("rb") as file, self._zip.open(_member(name), "w", force_zip64=True) as into:
            while piece := file.read(_PIECE):
                into.write(piece)
                digest.update(piece)
                size += len(piece)
        return Entry(path=name, bytes=size, sha256=digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        self._zip.writestr(_member(MEMBER), manifest.encode())
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def _member(name: str) -> zipfile.ZipInfo:
    """Without times: they would say nothing that the manifest does not."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED if name.endswith(_SQUEEZED) else zipfile.ZIP_STORED
    info.external_attr = 0o600 << 16
    return info


class Archive:
    def __init__(self, opened: zipfile.ZipFile, beside: Path) -> None:
        self._zip = opened
        self._beside = beside
        self.manifest = read_manifest(self._read(MEMBER))

    def extract(self, entry: Entry, target: Path) -> None:
        """Into a new file; DamagedBackupError when it is not what the manifest says."""
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            self._pour(entry, out)
            out.flush()
            os.fsync(out.fileno())

    def check(self, entry: Entry) -> None:
        self._pour(entry, None)

    def has(self, entry: Entry) -> None:
        """That it is there in its size, without reading it."""
        path = self._beside / entry.path
        if not path.is_file():
            raise DamagedBackupError(f"the backup is damaged: {path} is missing")
        if path.stat().st_size != entry.bytes:
            raise DamagedBackupError(f"the backup is damaged: {path} has another size")

    def _pour(self, entry: Entry, out: BinaryIO | None) -> None:
        digest, size = hashlib.sha256(), 0
        with self._open(entry) as file:
            for piece in _pieces(file, entry.path):
                digest.update(piece)
                size += len(piece)
                if out:
                    out.write(piece)
        if (size, digest.hexdigest()) != (entry.bytes, entry.sha256):
            raise DamagedBackupError(f"the backup is damaged: {entry.path} is not what was kept")

    @contextmanager
    def _open(self, entry: Entry) -> Iterator[BinaryIO]:
        try:
            file = (self._beside / entry.path).open("rb") if entry.beside else self._zip.open(entry.path)
        except (KeyError, FileNotFoundError) as error:
            where = self._beside if entry.beside else "the archive"
            raise DamagedBackupError(f"the backup is damaged: {entry.path} is missing in {where}") from error
        except zipfile.BadZipFile as error:
            raise DamagedBackupError(f"the backup is damaged: {entry.path}: {error}") from error
        with file:
            yield file  # type: ignore[misc]

    def _read(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except (KeyError, *_UNREADABLE) as error:
            raise DamagedBackupError("this is no backup of Rolodial, or it is damaged") from error


_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def _pieces(file: BinaryIO, name: str) -> Iterator[bytes]:
    try:
        while piece := file.read(_PIECE):
            yield piece
    except _UNREADABLE as error:
        raise DamagedBackupError(f"the backup is damaged: {name}: {error}") from error


@contextmanager
def open_archive(path: Path, beside: Path | None = None) -> Iterator[Archive]:
    """`beside`: the folder of the files that are not in the archive itself."""
    try:
        opened = zipfile.ZipFile(path)
    except (OSError, *_UNREADABLE, ValueError) as error:
        raise DamagedBackupError(f"{path} cannot be read as a backup: {error}") from error
    with opened:
        yield Archive(opened, beside or path.parent / FILES)


def copy_beside(source: Path, target: Path) -> Entry:
    """Whole under its name, or not there at all."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = target.with_name(f".{target.name}.partial")
    try:
        with source.open("rb") as file, half.open("wb") as out:
            shutil.copyfileobj(file, out, _PIECE)
            out.flush()
            os.fsync(out.fileno())
        entry = hashed(half, target.name)
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    return entry


def hashed(path: Path, name: str) -> Entry:
    """Read back from the disk it was written to."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return Entry(path=name, bytes=file.tell(), sha256=digest.hexdigest())
