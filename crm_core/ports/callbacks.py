# SPDX-License-Identifier: Apache-2.0
"""Requests to be called back."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from crm_core.domain.call_history import Cursor
from crm_core.domain.callback import CallbackFilter, CallbackRequest, CallbackRow


class Callbacks(Protocol):
    async def get(self, request_id: UUID) -> CallbackRequest | None: ...

    async def add(self, new: CallbackRequest) -> bool:
        """False: it is there already, and stays as it was made first."""
        ...

    async def row(self, request_id: UUID) -> CallbackRow | None: ...

    async def page(self, which: CallbackFilter, after: Cursor | None, limit: int) -> Sequence[CallbackRow]:
        """In the order of their places: who came first stands first."""
        ...
