# SPDX-License-Identifier: Apache-2.0
"""Where exports lie until they are taken."""

import asyncio
import tempfile
from pathlib import Path
from uuid import UUID


class Exports:
    """Where the files lie, and the bell that says there is a new job."""

    def __init__(self, directory: Path | None) -> None:
        self._own = None if directory else tempfile.TemporaryDirectory(prefix="rolodial-exports-")
        self.directory = directory or Path(self._own.name if self._own else "")
        self.bell = asyncio.Event()

    def path(self, job_id: UUID) -> Path:
        return self.directory / f"{job_id}.export"

    def open(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def close(self) -> None:
        if self._own:
            self._own.cleanup()
