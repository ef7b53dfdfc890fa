# SPDX-License-Identifier: Apache-2.0
"""The segments of a journal on disk: which there are, packing those that ended, setting bad ones aside."""

import fcntl
import gzip
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import structlog

from pbx_bridge.amij import Head, JournalFormatError, Kind, encode, encode_head
from pbx_bridge.journal_keys import keys_of, sync_directory
from pbx_bridge.sealed import Keys, Sealer
from pbx_bridge.segment import Segment, SegmentLockedError, Trouble

log = structlog.get_logger()
BAD = ".bad"
NEW = ".new"  # a segment that its writer has not locked yet: nobody else may see it
_PIECE = 64 * 1024
_DAY_S = 86_400
_LOST = encode(Kind.LOST, 0, 0)


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies in the journal of one PBX."""

    segments: int = 0
    bytes: int = 0
    oldest: datetime | None = None
    quarantined: int = 0
    locked: int = 0  # sealed, and the key is not there


def segments(directory: Path, since: float = 0.0) -> list[Path]:
    """Oldest first, for names begin with a time; only those written to after `since` (seconds since 1970)."""
    growing, packed = (
        list(directory.glob("*.amij")),
        list(directory.glob("*.amij.gz")),
    )  # in the order of a packing
    found: dict[str, Path] = {}
    for path in growing + packed:
        found[path.name.removesuffix(".gz")] = path  # both: killed while packing; the packed one is whole
    there = [
        found[name] if found[name].exists() else found[name].with_name(f"{name}.gz") for name in sorted(found)
    ]
    return [path for path in there if _modified(path) >= since]


def tidy(directory: Path, keep_days: float, now: float, keys: Keys | None = None) -> None:
    """Delete what is old, pack what has ended. For the one who writes here."""
    for half in directory.glob("*.tmp"):
        half.unlink()
    remove_old(directory, keep_days, now)
    for path in segments(directory):
        if path.suffix == ".amij":
            _pack_unless_written(path, keys)


def remove_old(directory: Path, keep_days: float, now: float) -> int:
    """How many went."""
    old = [path for path in _all(directory) if _modified(path) < now - keep_days * _DAY_S]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def retain(journal: Path, keep_days: int, now: float) -> int:
    """Of every PBX, by whoever; how many segments went. The keys of days that are gone go with them."""
    last = datetime.fromtimestamp(now - keep_days * _DAY_S, UTC).date()
    for day, key in keys_of(journal):
        if day < last:
            key.unlink(missing_ok=True)
    return sum(remove_old(directory, keep_days, now) for directory in _of_pbxs(journal))


def forget(journal: Path, day: date) -> int:
    """Its key, and what was begun on that day (UTC); how many segments there were."""
    for known, key in keys_of(journal):
        if known == day:
            key.unlink(missing_ok=True)
    gone = [path for one in _of_pbxs(journal) for path in _all(one) if _day_of(path) == day]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def survey(directory: Path, keys: Keys | None = None) -> Survey:
    found = segments(directory)
    bad = list(directory.glob(f"*{BAD}"))
    return Survey(
        segments=len(found),
        bytes=sum(_size(path) for path in [*found, *bad]),
        oldest=next((began for path in found if (began := begun(path))), None),
        quarantined=len(bad),
        locked=sum(_is_locked(path, keys) for path in found),
    )


def begun(path: Path) -> datetime | None:
    """When its first read came, by its name."""
    try:
        return datetime.strptime(path.name.partition("Z")[0], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None


def repack(path: Path, keys: Keys | None = None) -> None:
    """Read all of it and write what is good, packed, in its place. What was damaged is kept beside it as .bad."""
    segment: Segment | None = None
    pieces = _stand_in(path)
    try:
        segment = Segment(path, keys)
        pieces = _packed(segment, keys)
    except SegmentLockedError:
        return  # the key may come back
    except JournalFormatError:
        pass
    half = path.with_name(path.name + ".tmp")
    with half.open("wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    times = path.stat()
    os.utime(half, (times.st_atime, times.st_mtime))
    _replace(path, half, segment)


def _replace(path: Path, half: Path, segment: Segment | None) -> None:
    """In such an order that neither a kill nor a power cut leaves less than there was."""
    if segment is None or segment.trouble is Trouble.DAMAGED:
        log.error("journal segment is damaged and was set aside", path=str(path))
        os.link(path, _aside(path))
    elif segment.trouble is Trouble.TORN:
        log.warning("journal segment cut at its torn end", path=str(path), bytes=segment.left)
    packed = path if path.suffix == ".gz" else path.with_name(path.name + ".gz")
    half.replace(packed)
    sync_directory(path.parent)
    if packed != path:
        path.unlink()


def _packed(segment: Segment, keys: Keys | None) -> Iterator[bytes]:
    """As a gzip stream; sealed anew with its day's key if it was sealed."""
    deflater = zlib.compressobj(6, zlib.DEFLATED, 31)
    sealer = Sealer(segment.key, keys.named(segment.key)) if segment.key and keys else None
    if sealer:
        yield sealer.line
    waiting = deflater.compress(encode_head(segment.head))
    for read in segment:
        waiting += deflater.compress(encode(*read))
        if len(waiting) >= _PIECE:
            yield sealer.seal(waiting) if sealer else waiting
            waiting = b""
    if segment.trouble is Trouble.DAMAGED:
        waiting += deflater.compress(_LOST)
    waiting += deflater.flush()
    yield sealer.seal(waiting) if sealer else waiting


def _stand_in(path: Path) -> Iterator[bytes]:
    """For a segment of which nothing can be read: that there was one."""
    yield gzip.compress(encode_head(Head(path.parent.name, "")) + _LOST)


def _of_pbxs(journal: Path) -> list[Path]:
    return [path for path in journal.iterdir() if path.is_dir()] if journal.is_dir() else []


def _all(directory: Path) -> list[Path]:
    return [path for end in (".amij", ".amij.gz", BAD, NEW) for path in directory.glob(f"*{end}")]


def _day_of(path: Path) -> date | None:
    began = begun(path)
    return began.date() if began else None


def _pack_unless_written(path: Path, keys: Keys | None) -> None:
    """A writer holds its lock until it closes or dies."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return
        repack(path, keys)


def _aside(path: Path) -> Path:
    """A name of its own: the same segment may be found damaged again."""
    names = (path.with_name(f"{path.name}{'.' + str(n) if n else ''}{BAD}") for n in range(1000))
    return next(name for name in names if not name.exists())


def _is_locked(path: Path, keys: Keys | None) -> bool:
    try:
        Segment(path, keys)
    except SegmentLockedError:
        return True
    except (JournalFormatError, OSError):
        return False
    return False


def _modified(path: Path) -> float:
    """-1 for what was packed or deleted meanwhile."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return -1.0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
