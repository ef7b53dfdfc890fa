# SPDX-License-Identifier: Apache-2.0
"""Which session each open screen hangs on, so that it closes when the session does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_core.domain.people import Role
from crm_core.ports.feed import Watcher
from crm_core.ports.store import Store, Tx
from crm_core.usecases.second_factor import is_missing
from web.viewer import Viewer

SESSION_OVER = 4401
GOING_DOWN = 1001


@dataclass(frozen=True, slots=True)
class _Screen:
    watcher: Watcher
    user_id: UUID
    role: Role
    session: str | None  # hash of its id; None for a program with a token
    token: str | None


class Screens:
    """A screen is as good as the session it was opened with.

    The same user, still allowed, in the same role, with the second step that the house demands.
    """

    def __init__(self) -> None:
        self._open: dict[int, _Screen] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, viewer: Viewer, watcher: Watcher) -> None:
        session = viewer.session.id_hash if viewer.session else None
        token = viewer.token.token_hash if viewer.token else None
        self._open[id(watcher)] = _Screen(watcher, viewer.id, viewer.user.role, session, token)

    def remove(self, watcher: Watcher) -> None:
        self._open.pop(id(watcher), None)

    def close_session(self, id_hash: str) -> None:
        self._close(screen for screen in self._open.values() if screen.session == id_hash)

    def close_all(self, code: int = GOING_DOWN) -> None:
        self._close(self._open.values(), code)

    async def recheck(self, store: Store, now: datetime, users: frozenset[UUID] | None = None) -> None:
        """Close what is over; `users` narrows it to screens of these."""
        for screen in list(self._open.values()):
            if users is None or screen.user_id in users:
                async with store.read() as tx:
                    good = await _is_good(screen, tx, now)
                if not good:
                    screen.watcher.close(SESSION_OVER)

    @staticmethod
    def _close(screens: Iterable[_Screen], code: int = SESSION_OVER) -> None:
        for screen in list(screens):
            screen.watcher.close(code)


async def _is_good(screen: _Screen, tx: Tx, now: datetime) -> bool:
    if screen.session is not None and await tx.sessions.get(screen.session, now) is None:
        return False
    if screen.token is not None and await tx.sessions.token(screen.token, now) is None:
        return False
    user = await tx.people.user(screen.user_id)
    if user is None or user.archived_at is not None or user.role is not screen.role:
        return False
    return screen.token is not None or not await is_missing(tx, user, await tx.settings.security())
