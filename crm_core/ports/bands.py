# SPDX-License-Identifier: Apache-2.0
"""Turnover bands: their settings, where each client stands, and how they came there."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from crm_core.domain.band_history import BandChange, KnownBand, Look, Pin, Unrated
from crm_core.domain.bands import Bands
from crm_core.domain.client import ClientKind
from crm_core.domain.house import House

Sums = Mapping[UUID, Sequence[tuple[date, str, Decimal]]]


class BandBook(Protocol):
    async def settings(self) -> Bands: ...

    async def save_settings(self, bands: Bands) -> None: ...

    async def rename(self, names: Mapping[str, str]) -> None:
        """Where clients stand, what comes, and hand-overs that wait; what was stays told as it was called then."""
        ...

    async def look(self) -> Look | None: ...

    async def save_look(self, look: Look) -> None: ...

    async def last_order_at(self) -> datetime | None:
        """When we were last told of any order."""
        ...

    async def accounts(
        self, since: date | None, *, groups: bool = False
    ) -> Sequence[tuple[ClientKind, UUID]]:
        """Companies, and contacts of none, that bought since or have a band: one band each.

        `groups`: of companies that belong together, only the head.
        """
        ...

    async def accounts_of(self, contacts: Collection[UUID]) -> Mapping[UUID, tuple[ClientKind, UUID]]:
        """Whose band a contact has: their company's if there is one."""
        ...

    async def sums(
        self, kind: ClientKind, ids: Collection[UUID], since: date | None, *, groups: bool = False
    ) -> Sums:
        """(day, currency, amount) of each; a company's with those of its contacts that name none.

        `groups`: and with those of all companies that belong to it.
        """
        ...

    async def known(self, ids: Collection[UUID]) -> Mapping[UUID, KnownBand]: ...

    async def save(self, some: Sequence[KnownBand]) -> None: ...

    async def crossings(self, limit: int) -> Sequence[tuple[KnownBand, str]]:
        """Who will change, with their names, soonest first."""
        ...

    async def counts(self) -> Mapping[str, int]: ...

    async def unrated(self, bands: Bands, house: House) -> Sequence[Unrated]: ...

    async def forget_members(self, of: UUID | None = None) -> Sequence[UUID]:
        """Companies that belong to others, all or of this head, have no band of their own: who had one."""
        ...

    async def add_changes(self, changes: Sequence[BandChange]) -> None: ...

    async def settle(self, change: BandChange) -> None:
        """Overwrites what became of its hand-over."""
        ...

    async def changes_of(self, client_id: UUID, limit: int = 20) -> Sequence[BandChange]:
        """Newest first."""
        ...

    async def latest(self, limit: int) -> Sequence[tuple[BandChange, str]]:
        """Of all clients, with their names, newest first."""
        ...

    async def waiting(self, day: date, limit: int = 100) -> Sequence[BandChange]:
        """Hand-overs whose day has come, oldest first."""
        ...

    async def pins(self, ids: Collection[UUID]) -> Mapping[UUID, Pin]: ...

    async def pin(self, pin: Pin) -> None: ...

    async def unpin(self, client_id: UUID) -> None: ...
