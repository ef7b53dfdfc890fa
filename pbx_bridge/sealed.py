# SPDX-License-Identifier: Apache-2.0
"""A file sealed piece by piece while it grows: AES-256-GCM, a key for each file, the piece's number as its nonce.

One line, `AMIJS1 {"key": ..., "salt": ...}`, and then pieces: length (u32, little-endian), ciphertext with its tag. The
file's key is derived from the day's key and the salt, so no two files share one and a number is never used twice; the
line is authenticated with each piece. Pieces that are changed, left out or moved do not open.
"""

import json
import os
import struct
from collections.abc import Iterable, Iterator
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"AMIJS1 "
LONGEST_LINE = 256 * 1024
_LENGTH = struct.Struct("<I")
_LONGEST = 65 * 1024 * 1024  # a record of the longest read
_SALT = 16
_NONCE = 12


class Keys(Protocol):
    def named(self, name: str) -> bytes: ...


class Sealer:
    def __init__(self, name: str, key: bytes) -> None:
        salt = os.urandom(_SALT)
        self.line = MAGIC + json.dumps({"key": name, "salt": salt.hex()}).encode() + b"\n"
        self._cipher = _cipher(key, salt)
        self._count = 0

    def seal(self, data: bytes) -> bytes:
        sealed = self._cipher.encrypt(_nonce(self._count), data, self.line)
        self._count += 1
        return _LENGTH.pack(len(sealed)) + sealed


class BrokenSealError(Exception):
    """A piece does not open: it was damaged. Those before it were given."""


class CutShortError(Exception):
    """The file ends inside a piece, as after a kill. Those before it were given."""


def key_name(line: bytes) -> str:
    """ValueError when the line is none of ours."""
    return _fields(line)[0]


def unseal(line: bytes, raw: Iterable[bytes], keys: Keys) -> Iterator[bytes]:
    """The pieces of what follows `line`. BrokenSealError or CutShortError after the last good one."""
    name, salt = _fields(line)
    cipher = _cipher(keys.named(name), salt)
    number = 0
    buffer = bytearray()
    for read in raw:
        buffer += read
        at = 0
        while len(buffer) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer, at)
            if length > _LONGEST:
                raise BrokenSealError
            end = at + _LENGTH.size + length
            if len(buffer) < end:
                break
            yield _open(cipher, number, bytes(buffer[at + _LENGTH.size : end]), line)
            number += 1
            at = end
        del buffer[:at]
    if buffer:
        raise CutShortError(len(buffer))


def _open(cipher: AESGCM, number: int, sealed: bytes, line: bytes) -> bytes:
    try:
        return cipher.decrypt(_nonce(number), sealed, line)
    except (InvalidTag, ValueError) as error:
        raise BrokenSealError from error


def _fields(line: bytes) -> tuple[str, bytes]:
    try:
        fields = json.loads(line.removeprefix(MAGIC))
        return str(fields["key"]), bytes.fromhex(fields["salt"])
    except (TypeError, KeyError) as error:
        raise ValueError from error


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"rolodial journal").derive(key))


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE, "little")
