# SPDX-License-Identifier: Apache-2.0
"""Writes what was read from a PBX to disk before it is used: one run of segments per PBX and boot."""

import asyncio
import contextlib
import fcntl
import math
import os
import re
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import structlog

from crm_core.domain.errors import CrmError
from pbx_bridge.amij import Head, Kind, encode, encode_head
from pbx_bridge.journal_files import NEW, Survey, survey, tidy
from pbx_bridge.journal_keys import DayKeys, sync_directory
from pbx_bridge.sealed import Sealer
from pbx_bridge.settings import JournalSettings

log = structlog.get_logger()

_RETRY_S = 10.0  # after the disk refused a write
_TIDY_S = 600.0
_NOTHING_SAID = 2048  # bytes
_DAY_NS = 86_400 * 10**9
_EPOCH = date(1970, 1, 1)


class Journal:
    """One PBX's journal. It never waits for the disk on the event loop.

    Every read is one write() to the system, so a killed process loses nothing; every `sync_s` what was written is
    synced in a worker thread, so a power cut loses about so much.

    A segment ends with its connection, at its size, or with its day (UTC); ended ones are packed and, after
    `keep_days`, deleted. With `keys` each segment is sealed with the key of its day.
    When the disk refuses, the stream goes on: `lost_bytes` counts, and after 10 s a new segment is tried.
    """

    def __init__(self, settings: JournalSettings, pbx: str, keys: DayKeys | None = None) -> None:
        self._settings = settings
        self._pbx = pbx
        self._keys = keys  # to read with; to write with if the settings say so
        self._most = int(settings.segment_mb * 1024 * 1024)
        self.directory = directory_of(settings, pbx)
        self._fd = -1
        self._path: Path | None = None
        self._sealer: Sealer | None = None
        self._size = 0
        self._day = 0
        self._boot = ""
        self._mark = b""
        self._dirty = False
        self._unsynced: list[int] = []  # of segments that ended
        self._ended = asyncio.Event()
        self._retry_at = 0.0
        self.lost_bytes = 0
        self.survey = Survey()

    def opened(self, mono_ns: int, wall_ns: int) -> None:
        """A connection begins: a segment of its own, which a boot may then name."""
        self.close()
        self._boot = ""
        self._mark = encode(Kind.OPENED, mono_ns, wall_ns)

    def boot(self, boot: str) -> None:
        """The PBX said when it started: the connection's segments carry it in their name."""
        self._boot = boot
        if self._path is None:
            return
        named = self._path.with_name(self._path.name.partition("Z")[0] + self._end_of_name())
        try:
            self._path.rename(named)
            self._path = named
        except OSError as error:
            log.warning("journal segment not renamed", pbx=self._pbx, error=str(error))

    def append(self, data: bytes, mono_ns: int, wall_ns: int) -> None:
        if wall_ns // _DAY_NS != self._day:
            self.close()
        if self._fd < 0 and not self._begin(wall_ns):
            self.lost_bytes += len(data)
            return
        if self._write(encode(Kind.DATA, mono_ns, wall_ns, data)):
            if self._size >= self._most:
                self.close()
        else:
            self.lost_bytes += len(data)

    def close(self) -> None:
        if self._fd < 0:
            return
        if self._path and not self._boot and self._size < _NOTHING_SAID:
            with contextlib.suppress(OSError):  # of a disk that nobody may write to
                self._path.unlink(missing_ok=True)  # a refused login, a port that is no AMI
        fcntl.flock(self._fd, fcntl.LOCK_UN)  # it may be packed now
        if self._dirty:
            self._unsynced.append(self._fd)
        else:
            os.close(self._fd)
        self._fd = -1
        self._path = None
        self._dirty = False
        self._ended.set()

    async def keep(self) -> None:
        """Sync, pack and delete, for ever; in worker threads."""
        tidied = -math.inf
        tidying = None
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._sync()
                if self._ended.is_set() or time.monotonic() - tidied >= _TIDY_S:
                    self._ended.clear()
                    tidied = time.monotonic()
                    tidying = loop.run_in_executor(None, self._tidy)
                    await asyncio.shield(tidying)
                await asyncio.sleep(self._settings.sync_s)
        finally:
            if tidying is not None:
                await tidying  # a thread cannot be cancelled; nobody is to find it at work on our files later
            self.close()
            await self._sync()

    def _begin(self, wall_ns: int) -> bool:
        if time.monotonic() < self._retry_at:
            return False
        begun = datetime.fromtimestamp(wall_ns // 10**9, UTC).strftime("%Y%m%dT%H%M%S")
        name = f"{begun}.{wall_ns // 1000 % 10**6:06d}{self._end_of_name()}"
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o750)
            self._day = wall_ns // _DAY_NS
            self._sealer = self._new_sealer()
            path = self.directory / name
            unlocked = self.directory / f"{name}{NEW}"
            self._fd = os.open(
                unlocked, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o640
            )
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # tidy() leaves it alone while we live
            unlocked.rename(path)
        except (OSError, CrmError) as error:
            self._refused(error)
            return False
        self._path, self._size = path, 0
        if self._sealer and not self._put(self._sealer.line):
            return False
        head, self._mark = encode_head(Head(self._pbx, self._boot)) + self._mark, b""
        return self._write(head)

    def _new_sealer(self) -> Sealer | None:
        if self._keys is None or not self._settings.sealed:
            return None
        return Sealer(*self._keys.of_day(_EPOCH + timedelta(days=self._day)))

    def _end_of_name(self) -> str:
        boot = re.sub(r"[^0-9T]", "", self._boot)
        return f"Z{'_' if boot else ''}{boot}.amij"

    def _write(self, record: bytes) -> bool:
        return self._put(self._sealer.seal(record) if self._sealer else record)

    def _put(self, data: bytes) -> bool:
        try:
            written = os.write(self._fd, data)
        except OSError as error:
            self._refused(error)
            return False
        if written < len(
            data
        ):  # the disk is full: readers stop at this torn record, so no other may follow it
            self._refused(OSError("disk full"))
            return False
        self._size += written
        self._dirty = True
        return True

    def _refused(self, error: Exception) -> None:
        log.error("journal cannot be written", pbx=self._pbx, error=str(error))
        self._retry_at = time.monotonic() + _RETRY_S
        self._mark = encode(Kind.LOST, 0, 0)
        with contextlib.suppress(OSError):
            self.close()

    async def _sync(self) -> None:
        try:
            if self._dirty:  # of its own: the loop may close or rotate while the thread waits for the disk
                self._unsynced.append(os.dup(self._fd))
                self._dirty = False
            waiting, self._unsynced = self._unsynced, []
            if waiting:
                await asyncio.to_thread(_sync_all, waiting, self.directory)
        except OSError as error:
            log.error("journal cannot be synced", pbx=self._pbx, error=str(error))  # noqa: TRY400 - expected on a bad disk

    def _tidy(self) -> None:
        """Also makes the key of the day that comes, so that midnight does not wait for the disk."""
        now = time.time()
        try:
            if self._keys is not None and self._settings.sealed:
                for ahead in (0.0, 2 * _TIDY_S):
                    self._keys.of_day(datetime.fromtimestamp(now + ahead, UTC).date())
            tidy(self.directory, self._settings.keep_days, now, self._keys)
            self.survey = survey(self.directory, self._keys)
        except (OSError, CrmError) as error:
            log.error("journal cannot be tidied", pbx=self._pbx, error=str(error))  # noqa: TRY400
        except Exception:  # a segment of which nobody thought must not end the server
            log.exception("journal cannot be tidied", pbx=self._pbx)


def _sync_all(descriptors: list[int], directory: Path) -> None:
    try:
        for descriptor in descriptors:
            os.fdatasync(descriptor)
        sync_directory(directory)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def directory_of(settings: JournalSettings, pbx: str) -> Path:
    return settings.directory / re.sub(r"[^A-Za-z0-9_-]", "_", pbx)
