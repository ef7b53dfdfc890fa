# SPDX-License-Identifier: Apache-2.0
"""SQLite means one serving process: a second one is refused by a lock beside the database file."""

import fcntl
import os
from pathlib import Path

from crm_core.domain.errors import CrmError


class DatabaseInUseError(CrmError):
    """Another Rolodial works with this database file. Stop it first, or use PostgreSQL for several processes."""


class LockFile:
    """Held until `release`, or until the process dies in any way: the kernel lets go of it."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._fd: int | None = None

    def acquire(self) -> None:
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(fd, 20, 0).decode("ascii", "replace").strip()
            os.close(fd)
            raise DatabaseInUseError(
                f"{self._path.with_suffix('').name} is in use by another Rolodial"
                f"{f' (process {holder})' if holder else ''}. Stop it first; "
                "several processes at once need PostgreSQL."
            ) from error
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
