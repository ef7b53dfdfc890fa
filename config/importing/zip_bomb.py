# SPDX-License-Identifier: Apache-2.0
"""How big a ZIP really is inside: its own directory may lie."""

import zipfile
import zlib
from pathlib import Path

_HEADER = 30  # bytes of a local file header, before name and extra field
_STEP = 1 << 20


def unpacks_within(path: Path, limit: int) -> bool:
    """Whether all its parts together are no more than `limit` bytes; raises BadZipFile, zlib.error, OSError."""
    left = limit
    with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
        for part in archive.infolist():
            raw.seek(part.header_offset)
            header = raw.read(_HEADER)
            raw.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
            left -= _size(raw.read(part.compress_size), part.compress_type, left)
            if left < 0:
                return False
    return True


def _size(packed: bytes, method: int, limit: int) -> int:
    """How many bytes come out; no more than a step above the limit is ever unpacked."""
    if method == zipfile.ZIP_STORED:
        return len(packed)
    if method != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile("a compression that spreadsheets do not have")
    unpacker, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while packed and total <= limit:
        total += len(unpacker.decompress(packed, _STEP))
        packed = unpacker.unconsumed_tail
    return total
