# SPDX-License-Identifier: Apache-2.0
"""The .amij format: what was read from an AMI connection, read by read, with the times at which it was received.

A file is one line, `AMIJ1 {"pbx": ..., "boot": ...}`, and then records, little-endian: kind (u8), length (u32),
monotonic ns (i64), wall ns (i64), CRC-32 of those and the payload (u32), payload. The wall time is the one that the
bridge used: anchored to the monotonic clock, so a clock that is set never makes a talk longer or negative.
"""

import json
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, NamedTuple

from crm_core.domain.errors import CrmError

MAGIC = b"AMIJ1 "
_HEAD = struct.Struct("<BIqq")
_CRC = struct.Struct("<I")
_LONGEST = 64 * 1024 * 1024
_BARE_BOOT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class JournalFormatError(CrmError):
    """This is not an AMI journal."""


class TornError(Exception):
    """The file ends inside a record, as after a kill. Those before it were given."""


class DamagedError(Exception):
    """A record is not what was written. Those before it were given."""


class Kind(IntEnum):
    DATA = 0
    OPENED = 1  # a new connection: a half frame before it will never be completed
    LOST = 2  # reads are missing here: the disk refused them, or they were damaged


_KINDS = frozenset(Kind)


class Read(NamedTuple):
    kind: Kind
    mono_ns: int
    wall_ns: int
    data: bytes


class Head(NamedTuple):
    pbx: str
    boot: str  # as CoreStatus says it; '' when the PBX had not said it when the file was begun
    profile: Mapping[str, Any] | None = None  # of the PBX, in a file for a bug report


def at_of(wall_ns: int) -> datetime:
    """A receive time, to the microsecond; the same live and in replay."""
    return _EPOCH + timedelta(microseconds=wall_ns // 1000)


def encode_head(head: Head) -> bytes:
    fields = {name: value for name, value in head._asdict().items() if value is not None}
    return MAGIC + json.dumps(fields).encode() + b"\n"


def decode_head(line: bytes) -> Head:
    try:
        fields: Any = json.loads(line.removeprefix(MAGIC)) if line.startswith(MAGIC) else None
        profile = fields.get("profile")
        boot = _BARE_BOOT.sub(r"\1-\2-\3T\4:\5:\6", str(fields["boot"]))  # older files wrote it bare
        return Head(str(fields["pbx"]), boot, profile and dict(profile))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise JournalFormatError from error


def encode(kind: Kind, mono_ns: int, wall_ns: int, data: bytes = b"") -> bytes:
    head = _HEAD.pack(kind, len(data), mono_ns, wall_ns)
    return b"".join((head, _CRC.pack(zlib.crc32(data, zlib.crc32(head))), data))


def decode(pieces: Iterable[bytes]) -> Iterator[Read]:
    """The records of what follows the head, however it is cut. TornError or DamagedError after the last good one."""
    buffer = bytearray()
    for piece in pieces:
        buffer += piece
        at = 0
        while (end := _end_of_record(buffer, at)) is not None:
            read = _record(bytes(buffer[at:end]))
            if read is not None:
                yield read
            at = end
        del buffer[:at]
    if buffer:
        raise TornError(len(buffer))


def _end_of_record(buffer: bytearray, at: int) -> int | None:
    """Where the record at `at` ends; None when it is not all there."""
    start = at + _HEAD.size + _CRC.size
    if len(buffer) < start:
        return None
    length: int = _HEAD.unpack_from(buffer, at)[1]
    if length > _LONGEST:
        raise DamagedError
    return start + length if len(buffer) >= start + length else None


def _record(record: bytes) -> Read | None:
    """None for a kind that a later version may write."""
    kind, _length, mono_ns, wall_ns = _HEAD.unpack_from(record)
    (crc,) = _CRC.unpack_from(record, _HEAD.size)
    data = record[_HEAD.size + _CRC.size :]
    if crc != zlib.crc32(data, zlib.crc32(record[: _HEAD.size])):
        raise DamagedError
    return Read(Kind(kind), mono_ns, wall_ns, data) if kind in _KINDS else None
