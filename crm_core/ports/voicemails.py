# SPDX-License-Identifier: Apache-2.0
"""Messages that callers left."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.call_history import Cursor
from crm_core.domain.voicemail import Voicemail, VoicemailFilter, VoicemailRow


class Voicemails(Protocol):
    async def hold(self, call_id: UUID) -> None:
        """Say it before reading what is to be changed: else one of two edits at once is lost."""
        ...

    async def get(self, call_id: UUID) -> Voicemail | None: ...

    async def row(self, call_id: UUID) -> VoicemailRow | None: ...

    async def expect(self, new: Voicemail) -> bool:
        """Add it; when it is there already only what the call says is written. Whether it is new."""
        ...

    async def save(self, changed: Voicemail) -> None: ...

    async def remove(self, call_id: UUID) -> None:
        """The call turned out to be part of another, or no message after all."""
        ...

    async def heard(self, call_id: UUID, by: UUID, at: datetime) -> bool:
        """Note the first listening; False when it was heard before, or is no voicemail."""
        ...

    async def page(self, which: VoicemailFilter, after: Cursor | None, limit: int) -> Sequence[VoicemailRow]:
        """Newest first, by left_at and id."""
        ...

    async def count(self, which: VoicemailFilter, most: int) -> int: ...

    async def sees(self, user_id: UUID, call_id: UUID) -> bool:
        """Whether an operator may see it: assigned to them, or to nobody in particular of their teams."""
        ...

    async def audience(self, call_id: UUID) -> Collection[UUID]:
        """Whom it concerns: who has it, else the team of the number called; nobody when there is neither."""
        ...
