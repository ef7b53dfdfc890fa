# SPDX-License-Identifier: Apache-2.0
"""Recordings kept in memory; the real ones are recordings.local_store."""

from pathlib import Path

from crm_core.ports.recording_store import KeptFile


class MemoryRecordings:
    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = files or {}

    def workspace(self):
        raise NotImplementedError("pages make no files")

    async def put(self, key: str, source: Path) -> int:
        self.files[key] = source.read_bytes()
        return len(self.files[key])

    async def find(self, key):
        return KeptFile(key, len(self.files[key])) if key in self.files else None

    async def read(self, key, start, stop):
        for at in range(start, stop, 65536):
            yield self.files[key][at : min(stop, at + 65536)]

    async def delete(self, key):
        self.files.pop(key, None)
