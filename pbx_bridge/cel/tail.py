# SPDX-License-Identifier: Apache-2.0
"""Follows a file that another program writes, through rotation, truncation and our own restarts. It blocks.

Asterisk opens its CEL file anew for every row (seen on 22.10), so a file put aside by `rename` needs no reload: the
next row begins a new one.
"""

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

import structlog

from pbx_bridge.journal_keys import sync_directory

log = structlog.get_logger()

_CHUNK = 256 * 1024
_LONGEST_LINE = 64 * 1024  # a row is some 300 bytes; what has no end by then is no row
_HEAD = 200
_PACKED = frozenset({".gz", ".xz", ".bz2", ".zst"})
MISSING = "there is no such file"


@dataclass(frozen=True, slots=True)
class Line:
    """`mark` counts bytes over all files read by this tail, so that a later line has a greater one."""

    text: str
    mark: int


@dataclass(frozen=True, slots=True)
class _File:
    base: int  # mark of its first byte
    inode: int
    head: bytes  # by which it is known again: inodes are given out anew


@dataclass(frozen=True, slots=True)
class _Place:
    """Where reading begins again, as it is kept on disk."""

    inode: int
    offset: int
    head: int  # how many bytes, and what they come to
    digest: str

    @classmethod
    def of(cls, file: _File, offset: int) -> "_Place":
        return cls(file.inode, max(0, offset), len(file.head), hashlib.blake2b(file.head).hexdigest())

    def is_in(self, path: Path) -> bool:
        try:
            with path.open("rb") as file:
                same = os.fstat(file.fileno()).st_ino == self.inode
                return same and hashlib.blake2b(file.read(self.head)).hexdigest() == self.digest
        except OSError:
            return False


_NOTHING_YET = _Place(0, 0, 0, "")  # there was no file when we began: all that comes into one is ours


class CelTail:
    """`read` gives whole lines; `keep` remembers from which of them to begin after a restart.

    Where nothing is remembered it begins at the end: calls of before our time are not ours to tell.
    """

    def __init__(self, path: Path, place: Path, *, aside_bytes: int = 64 * 1024 * 1024) -> None:
        self._path = path
        self._place = place
        self._aside_bytes = aside_bytes
        self._file: BinaryIO | None = None
        self._files: list[_File] = []  # from the one that is remembered to the one that is read
        self._at = 0  # bytes read of the file
        self._rest = b""
        self._kept: _Place | None = None
        self._begun = False
        self.is_behind = False  # the last reading did not come to the end
        self.trouble = ""  # why it cannot be read now
        self.aside_trouble = ""  # why it cannot be put aside
        self.torn = 0  # lines that had no end

    def read(self) -> list[Line]:
        """Some whole lines; none when all has been read, or nothing can be."""
        self.is_behind = False
        try:
            if self._file is None and not self._begin():
                return []
            data = self._read(self._file) if self._file else b""
        except OSError as error:
            self.close()
            self.trouble = error.strerror or str(error)
            return []
        self.trouble = ""
        self.is_behind = len(data) == _CHUNK
        return self._lines(data)

    def keep(self, mark: int | None = None) -> None:
        """All before this line is done with; None: all that was read."""
        if not self._files:
            if self._begun:
                self._remember(_NOTHING_YET)
            return
        upto = self._upto() if mark is None else mark
        while len(self._files) > 1 and self._files[1].base <= upto:
            del self._files[0]
        self._remember(_Place.of(self._files[0], upto - self._files[0].base))

    def _remember(self, place: _Place) -> None:
        if place != self._kept:
            _write(self._place, place)
            self._kept = place

    def put_aside(self) -> bool:
        """Rename a file that is long enough and read to its end. The one put aside before it is given up."""
        if self._file is None or self._at < self._aside_bytes or len(self._files) > 1:
            return False
        aside = self._path.with_name(f"{self._path.name}.1")
        try:
            if self._path.stat().st_ino == self._files[-1].inode:
                self._path.rename(aside)
        except OSError as error:
            self.aside_trouble = error.strerror or str(error)
            return False
        self.aside_trouble = ""
        log.info("CEL file put aside", path=str(aside), bytes=self._at)
        return True

    def close(self) -> None:
        if self._file:
            self._file.close()
        self._file = None

    # Files.

    def _begin(self) -> bool:
        """The file that is remembered, wherever it is now; else the present one."""
        place = None if self._begun else _read_place(self._place)
        remembered = next((path for path in self._beside() if place and place.is_in(path)), None)
        if remembered and place:
            opened = self._open(remembered, place.offset)
        elif self._begun or place:
            opened = self._open(self._path, 0)
        else:
            opened = self._open(self._path, None)
        self._begun = self._begun or opened or not self._path.exists()  # what is written from now on is ours
        return opened

    def _beside(self) -> list[Path]:
        """The file, and those that were put aside, the youngest first."""
        beside = self._path.parent.glob(f"{self._path.name}*")
        found = [path for path in beside if path.suffix not in _PACKED and path.is_file()]
        return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)

    def _open(self, path: Path, offset: int | None) -> bool:
        """From a place in it; None is its end."""
        base = self._upto()
        try:
            file = path.open("rb")
        except FileNotFoundError:
            self.trouble = MISSING
            return False
        head = file.read(_HEAD)
        self._at = file.seek(0, os.SEEK_END) if offset is None else file.seek(offset)
        self._file, self._rest = file, b""
        self._files.append(_File(base - self._at, os.fstat(file.fileno()).st_ino, head))
        return True

    def _read(self, file: BinaryIO) -> bytes:
        """What there is more; at the end of a file that is not the present one, go on to the one after it."""
        data = file.read(_CHUNK)
        if data:
            if len(self._files[-1].head) < _HEAD:
                self._files[-1] = replace(self._files[-1], head=os.pread(file.fileno(), _HEAD, 0))
            return data
        if os.fstat(file.fileno()).st_size < self._at:
            log.warning("CEL file was cut short: read from its beginning", path=str(self._path))
            self.close()
            self._open(self._path, 0)
        elif self._path.exists() and self._path.stat().st_ino != self._files[-1].inode:
            data = file.read(_CHUNK)  # what came between our reading and our looking
            if not data:
                self._next(file)
        return data

    def _next(self, file: BinaryIO) -> None:
        since = os.fstat(file.fileno())
        later = [
            path
            for path in reversed(self._beside())
            if path.stat().st_mtime_ns >= since.st_mtime_ns and path.stat().st_ino != since.st_ino
        ]
        self.torn += bool(self._rest)
        self.close()
        self._open(later[0] if later else self._path, 0)

    def _upto(self) -> int:
        return self._files[-1].base + self._at - len(self._rest) if self._files else 0

    # Lines.

    def _lines(self, data: bytes) -> list[Line]:
        mark = self._upto()
        self._at += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            self.torn += 1
            self._rest = b""
        lines = []
        for line in whole:
            lines.append(Line(line.decode(errors="replace"), mark))
            mark += len(line) + 1
        return lines


def _write(path: Path, place: _Place) -> None:
    """Whole or not at all. What cannot be kept is read again after a restart.

    A power cut may leave an older one, and rows are read twice; were it empty or gone, calls would be passed over.
    """
    draft = path.with_suffix(".new")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        is_first = not path.exists()
        with draft.open("w") as file:
            file.write(json.dumps(asdict(place)))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        if is_first:
            sync_directory(path.parent)


def _read_place(path: Path) -> _Place | None:
    try:
        return _Place(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
