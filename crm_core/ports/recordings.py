# SPDX-License-Identifier: Apache-2.0
"""What is known of recordings, and who listened to them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.recording import Recording, RecordingPause


class Recordings(Protocol):
    async def get(self, recording_id: UUID) -> Recording | None: ...

    async def by_source(self, pbx: str, source_name: str) -> Recording | None: ...

    async def of_calls(self, call_ids: Collection[UUID]) -> dict[UUID, list[Recording]]:
        """Oldest first; a call without recordings is not in the answer."""
        ...

    async def expect(self, recording: Recording) -> bool:
        """Add it unless one of that PBX and source name is there; False if it was."""
        ...

    async def save(self, recording: Recording) -> None:
        """Overwrite, by id."""
        ...

    async def repoint(self, call_id: UUID, into: UUID) -> None:
        """Recordings of a call that became part of another go with it."""
        ...

    async def overdue(self, pbx: str, ended_before: datetime, limit: int = 100) -> Sequence[Recording]:
        """Still waited for though their call was over by then."""
        ...

    async def kept_before(self, before: datetime, limit: int) -> Sequence[Recording]:
        """Those of calls before this time whose file is still kept, oldest first."""
        ...

    async def add_pause(self, pause: RecordingPause) -> None: ...

    async def end_pauses(self, call_id: UUID, at: datetime) -> int:
        """Those of the call that go on; how many."""
        ...

    async def pauses(self, call_ids: Collection[UUID]) -> dict[UUID, list[RecordingPause]]:
        """Oldest first; a call without any is not in the answer."""
        ...

    async def add_play(self, recording_id: UUID, user_id: UUID, at: datetime, ip: str | None) -> None: ...

    async def last_play(self, recording_id: UUID, user_id: UUID) -> datetime | None: ...
