# SPDX-License-Identifier: Apache-2.0
"""Ids: time-ordered (UUIDv7); a call's id is a function of where and under which linkedid it was first seen."""

import hashlib
import re
import secrets
from datetime import datetime
from uuid import UUID

ORIGINATED = "rolodial-"  # prefix of the channel ids we give to Originate; the call's id follows
_EPOCH = re.compile(r"(?:.*-)?(\d{9,11})\.\d+$")


def uuid7(unix_ms: int, random80: int | None = None) -> UUID:
    """RFC 9562 version 7 from a time in ms since 1970 and 74 of the given 80 bits (else random ones)."""
    bits = secrets.randbits(80) if random80 is None else random80
    value = (unix_ms & (1 << 48) - 1) << 80 | bits
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def new_id(now: datetime) -> UUID:
    return uuid7(int(now.timestamp() * 1000))


def call_id(pbx: str, boot: str, linkedid: str) -> UUID:
    """The call first seen under this linkedid.

    AMI, FastAGI, a replay of the journal and a restart reach the same id without asking one another. `boot` is the
    PBX's start as CoreStatus says it ('' when not known): ids repeat after a restart of the PBX.
    A call that we originate carries its id in its channel id.
    """
    if linkedid.startswith(ORIGINATED):
        try:
            return UUID(linkedid.removeprefix(ORIGINATED)[:36])
        except ValueError:
            pass
    match = _EPOCH.match(linkedid)
    unix_ms = int(match[1]) * 1000 if match else 0
    digest = hashlib.blake2b(f"{pbx}\0{boot}\0{linkedid}".encode(), digest_size=10).digest()
    return uuid7(unix_ms, int.from_bytes(digest))
