# SPDX-License-Identifier: Apache-2.0
"""One file of a journal, plain or sealed, growing or packed. Whatever was done to it, what stands before is read."""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import chain
from pathlib import Path

from crm_core.domain.errors import CrmError
from pbx_bridge import amij, sealed
from pbx_bridge.amij import DamagedError, Head, JournalFormatError, Read, TornError, decode, decode_head
from pbx_bridge.sealed import BrokenSealError, CutShortError, Keys

_PIECE = 64 * 1024
_GZIP = b"\x1f\x8b"
_LONGEST_TAIL = 1024 * 1024  # of one write that a kill or a full disk cut


class SegmentLockedError(JournalFormatError):
    """This segment is sealed, and its key is not there."""


class Trouble(StrEnum):
    TORN = "torn"  # the end of one write is missing: the writer was killed, or the disk was full
    DAMAGED = "damaged"  # something is not what was written


class Segment:
    """Iterate over it for its reads. `trouble` tells afterwards what was wrong with it, `left` what was not read.

    JournalFormatError when it is no journal, or its first bytes are damaged; SegmentLockedError without its key.
    """

    def __init__(self, path: Path, keys: Keys | None = None) -> None:
        self.path = path
        self.trouble: Trouble | None = None
        self.left = 0  # bytes after the last good read, of a torn one
        self.key = ""  # the name of the key it is sealed with
        self._keys = keys
        with self._content() as (head, _pieces):
            self.head = head

    def __iter__(self) -> Iterator[Read]:
        self.trouble, self.left = None, 0
        with self._content() as (_head, pieces):
            try:
                yield from decode(pieces)
            except (TornError, CutShortError) as error:
                self.left = error.args[0]
                self.trouble = Trouble.TORN if self.left <= _LONGEST_TAIL else Trouble.DAMAGED
            except (DamagedError, BrokenSealError, zlib.error):
                self.trouble = Trouble.DAMAGED

    @contextmanager
    def _content(self) -> Iterator[tuple[Head, Iterator[bytes]]]:
        with self.path.open("rb") as file:
            raw: Iterable[bytes] = iter(lambda: file.read(_PIECE), b"")
            try:
                content = self._opened(raw)
                line, rest = _first_line(content)
                head = decode_head(line)
            except (SegmentLockedError, OSError):
                raise
            except _NOT_OURS as error:
                raise JournalFormatError(f"{self.path}: this is not an AMI journal") from error
            yield head, rest

    def _opened(self, raw: Iterable[bytes]) -> Iterator[bytes]:
        """Without its seal, and unpacked."""
        content, magic = _peeked(raw)
        if magic.startswith(sealed.MAGIC):
            line, rest = _first_line(content)
            self.key = sealed.key_name(line)
            content, magic = _peeked(sealed.unseal(line, rest, self._need_keys()))
        return inflate(content) if magic.startswith(_GZIP) else content

    def _need_keys(self) -> Keys:
        try:
            if self._keys is None:
                raise SegmentLockedError(f"{self.path} is sealed, and its keys are not at hand")
            self._keys.named(self.key)
        except CrmError as error:
            raise SegmentLockedError(f"{self.path} is sealed: {error}") from error
        return self._keys


_NOT_OURS = (JournalFormatError, ValueError, BrokenSealError, CutShortError, zlib.error)


def is_journal(path: Path) -> bool:
    """By its first line, be it sealed or packed; what follows may be damaged."""
    with path.open("rb") as file:
        content, magic = _peeked(iter(lambda: file.read(_PIECE), b""))
        if magic.startswith(_GZIP):
            try:
                magic, _ = _first_line(inflate(content))
            except (zlib.error, JournalFormatError):
                return False
    return magic.startswith((amij.MAGIC, sealed.MAGIC))


def inflate(packed: Iterable[bytes]) -> Iterator[bytes]:
    """Of a file that was cut or damaged, all that can be unpacked before; then zlib.error."""
    inflater = zlib.decompressobj(31)
    for piece in packed:
        before = inflater.copy()
        try:
            given = inflater.decompress(piece)
        except zlib.error:
            yield from _until_error(before, piece)
            raise
        yield given
    if not inflater.eof:
        raise zlib.error("cut short")


def _until_error(inflater: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
    """Of a piece in which it stumbles zlib gives nothing; byte by byte, only the bad one is lost."""
    for at in range(len(piece)):
        try:
            yield inflater.decompress(piece[at : at + 1])
        except zlib.error:
            return


def _peeked(raw: Iterable[bytes]) -> tuple[Iterator[bytes], bytes]:
    """The first piece that is not empty is looked at, and given again."""
    pieces = iter(raw)
    first = next((piece for piece in pieces if piece), b"")
    return chain((first,), pieces), first


def _first_line(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    start = b""
    for piece in pieces:
        start += piece
        line, end, rest = start.partition(b"\n")
        if end:
            return line + end, chain((rest,), pieces)
        if len(start) > sealed.LONGEST_LINE:
            break
    raise JournalFormatError
