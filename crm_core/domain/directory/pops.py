# SPDX-License-Identifier: Apache-2.0
"""Cards on screens just now: what was popped for a call and to whom, so that it can be closed or handed on."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

_MOST = 10_000  # calls whose end never came are forgotten, oldest first


class Pops:
    def __init__(self) -> None:
        self._heads: dict[UUID, Mapping[str, Any]] = {}
        self._users: dict[UUID, frozenset[UUID]] = {}

    def note(self, call_id: UUID, head: Mapping[str, Any], users: Iterable[UUID]) -> None:
        """These people were sent this head; the newest head is the one handed on after a transfer."""
        if call_id not in self._heads and len(self._heads) >= _MOST:
            self.forget(next(iter(self._heads)))
        self._heads[call_id] = head
        self._users[call_id] = self.users(call_id) | frozenset(users)

    def head(self, call_id: UUID) -> Mapping[str, Any] | None:
        return self._heads.get(call_id)

    def users(self, call_id: UUID) -> frozenset[UUID]:
        return self._users.get(call_id, frozenset())

    def forget(self, call_id: UUID) -> None:
        self._heads.pop(call_id, None)
        self._users.pop(call_id, None)
