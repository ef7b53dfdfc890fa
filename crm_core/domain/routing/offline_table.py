# SPDX-License-Identifier: Apache-2.0
"""What should stand in a PBX's AstDB, what has changed since it was written, and a sum by which both sides agree."""

import zlib
from collections.abc import Mapping

_MASK = (1 << 64) - 1


class OfflineTable:
    """Caller's number -> name of a list; beside it few entries: 'list/NAME' -> steps, 'did/NUMBER' -> name of a list.

    `dirty` is what the PBX has not got yet.
    """

    def __init__(self) -> None:
        self.routes: dict[int, str] = {}
        self.entries: dict[str, str] = {}
        self.dirty: set[int] = set()
        self.dirty_entries: set[str] = set()
        self._total = 0

    def set(self, number: int, name: str | None) -> None:
        """`name` None: it goes where everybody goes."""
        old = self.routes.get(number)
        if old == name:
            return
        if old is not None:
            self._total ^= _mixed(number, old)
        if name is None:
            del self.routes[number]
        else:
            self.routes[number] = name
            self._total ^= _mixed(number, name)
        self.dirty.add(number)

    def set_entries(self, entries: Mapping[str, str], *, complete: bool) -> None:
        """`complete`: others are not used any more."""
        self.dirty_entries |= {key for key, value in entries.items() if self.entries.get(key) != value}
        if complete:
            self.dirty_entries |= self.entries.keys() - entries.keys()
            self.entries = dict(entries)
        else:
            self.entries |= entries

    def clean(self) -> None:
        """The PBX has it all."""
        self.dirty.clear()
        self.dirty_entries.clear()

    @property
    def is_dirty(self) -> bool:
        return bool(self.dirty or self.dirty_entries)

    def stamp(self, rules: int) -> str:
        """Count and checksum, the same in any order: `7.3.2.00c0ffee00c0ffee`."""
        entries = 0
        for key, value in self.entries.items():
            entries ^= _mixed(zlib.crc32(key.encode()), value)
        return f"{rules}.{len(self.routes)}.{len(self.entries)}.{self._total ^ entries:016x}"


def _mixed(number: int, text: str) -> int:
    """The same in every process, unlike hash()."""
    crc = zlib.crc32(text.encode()) + 1
    return ((number * 0x9E3779B97F4A7C15 & _MASK) ^ (number + 1) * crc * 0xC2B2AE3D27D4EB4F) & _MASK
