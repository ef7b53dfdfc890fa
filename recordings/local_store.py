# SPDX-License-Identifier: Apache-2.0
"""Recordings as local files: keys made of a day and an id, written whole or not at all, never outside the root."""

import asyncio
import errno
import os
import re
import shutil
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.ports.recording_store import KeptFile
from recordings.audio import open_regular

_KEY = re.compile(r"\d{4}/\d\d/\d\d/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[A-Za-z0-9]{2,5}", re.ASCII)
_PIECE = 1 << 18


def make_key(recording_id: UUID, created_at: datetime, suffix: str) -> str:
    return f"{created_at:%Y/%m/%d}/{recording_id}.{suffix}"


class LocalRecordingStore:
    """Implements ports.recording_store.RecordingStore. All file work is done in threads."""

    def __init__(self, root: Path, *, tidy: bool = True) -> None:
        """`tidy` removes what a killed process left half made: only where no other process is at work."""
        self._root = root.resolve()
        self._workspace = self._root / "work"
        self._workspace.mkdir(parents=True, exist_ok=True)
        self._root.chmod(0o700)
        for left in self._workspace.iterdir() if tidy else ():
            left.unlink()

    def workspace(self) -> Path:
        return self._workspace

    async def put(self, key: str, source: Path) -> int:
        return await asyncio.to_thread(_put, self._path(key), source, self._workspace)

    async def find(self, key: str) -> KeptFile | None:
        return await asyncio.to_thread(_find, self._path(key), key)

    async def read(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(open_regular, self._path(key))
        except FileNotFoundError as error:
            raise NotFoundError("the recording's file is gone") from error
        try:
            await asyncio.to_thread(file.seek, start)
            while start < stop and (piece := await asyncio.to_thread(file.read, min(_PIECE, stop - start))):
                yield piece
                start += len(piece)
        finally:
            file.close()

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise InvalidInputError("not the key of a recording")
        return self._root / key


def _put(target: Path, source: Path, workspace: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    with open_regular(source) as file:
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = workspace / target.name
        shutil.copyfile(source, near)
        _put(target, near, workspace)
        source.unlink()
    for directory in (target.parent, *target.parent.parents[:3]):
        _sync(directory)
    return size


def _sync(directory: Path) -> None:
    """A name is only kept for certain when its directory is."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _find(path: Path, key: str) -> KeptFile | None:
    try:
        with open_regular(path) as file:
            return KeptFile(key, os.fstat(file.fileno()).st_size)
    except OSError:
        return None
