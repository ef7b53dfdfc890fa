# SPDX-License-Identifier: Apache-2.0
"""What rules ask of clients and leads of whom no call is going on: of many of them at once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.open_items import OpenDeal
from crm_core.domain.sharing import Owned, OwnedRecord

Records = Sequence[OwnedRecord]


class ClientFacts(Protocol):
    """Who has nothing of the kind is in no answer. Of leads only what is said of them: they buy nothing."""

    async def tags(self, kind: Owned, records: Records) -> Mapping[UUID, tuple[str, ...]]:
        """Their own, and those of their company."""
        ...

    async def fields(
        self, kind: Owned, records: Records, names: Collection[str]
    ) -> Mapping[UUID, Mapping[str, str]]:
        """What is in these fields of theirs ('contact.segment'), and of their company ('company.segment')."""
        ...

    async def debts(self, kind: Owned, records: Records, currency: str) -> Mapping[UUID, int]:
        """Minor units. Who is of a company owes what the company does."""
        ...

    async def deals(self, kind: Owned, records: Records) -> Mapping[UUID, tuple[OpenDeal, ...]]:
        """Open ones, their own and those of their company: of each stage and currency the largest."""
        ...

    async def tasks(
        self, kind: Owned, records: Records, now: datetime, today: date
    ) -> Mapping[UUID, tuple[str, ...]]:
        """Open ones, as deals: which of overdue, today and later there are."""
        ...

    async def last_talks(self, kind: Owned, records: Records) -> Mapping[UUID, tuple[UUID, datetime]]:
        """Who of us talked with each of them last, and when; leads too."""
        ...

    async def dids(self, kind: Owned, records: Records) -> Mapping[UUID, str]:
        """The number of ours that each of them called first; leads too."""
        ...
