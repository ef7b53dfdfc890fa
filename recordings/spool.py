# SPDX-License-Identifier: Apache-2.0
"""A directory where a PBX writes recordings: what lies there, and which of it nobody writes to any more."""

import fcntl
import os
import signal
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crm_core.domain.prompt import FOLDER, TAKE
from crm_core.domain.recording_name import RecordingName, parse_recording_name


@dataclass(frozen=True, slots=True)
class SpoolFile:
    path: Path
    name: RecordingName
    inode: int
    size: int
    last_write: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    files: tuple[SpoolFile, ...]
    refused: frozenset[str]  # links, FIFOs, directories, other names: left alone


def list_spool(directory: Path) -> Listing:
    """Look once. OSError when the directory cannot be read."""
    files, refused = [], set()
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name == FOLDER or entry.name.startswith(TAKE):
                continue  # sounds of the house
            name = parse_recording_name(entry.name)
            seen = _seen(entry)
            if seen is None:
                continue  # gone since
            if name is None or not stat.S_ISREG(seen.st_mode):
                refused.add(entry.name)
                continue
            last_write = datetime.fromtimestamp(seen.st_mtime, UTC)
            files.append(SpoolFile(Path(entry.path), name, seen.st_ino, seen.st_size, last_write))
    return Listing(tuple(sorted(files, key=lambda file: file.last_write)), frozenset(refused))


def has_writer(path: Path) -> bool | None:
    """Whether some process has the file open for writing; None where the system does not say.

    The kernel grants a read lease only on a file that nobody writes to. Where it is not ours to ask (another user's
    file, a network file system), the answer is None.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # A writer that comes just now breaks the lease by a signal; SIGIO's default would end this process.
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(fd)
    return False


def _seen(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
