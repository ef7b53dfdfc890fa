# SPDX-License-Identifier: Apache-2.0
"""Sharing out: whom contacts, companies and leads belong to, and many of them dealt out at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from crm_core.domain.listing import ListKind


class Owned(StrEnum):
    """What may have a manager."""

    CONTACT = "contact"
    COMPANY = "company"
    LEAD = "lead"
    DEAL = "deal"  # while it is open
    TASK = "task"  # while it is to be done


CLIENTS: Final = (Owned.CONTACT, Owned.COMPANY, Owned.LEAD)  # of whom rules say whose they become


def counted_with(kind: Owned) -> Sequence[Owned]:
    """What people have of the same sort: deals are not weighed against clients."""
    return CLIENTS if kind in CLIENTS else (kind,)


OWNED_IN: Final = {
    ListKind.CONTACTS: Owned.CONTACT,
    ListKind.COMPANIES: Owned.COMPANY,
    ListKind.LEADS: Owned.LEAD,
    ListKind.DEALS: Owned.DEAL,
}


class Whole(StrEnum):
    """No list: what one person has, of several kinds."""

    EVERYTHING = "everything"


# Companies before their people, clients before what is open with them: it goes with its client.
EVERYTHING: Final = (Owned.COMPANY, Owned.CONTACT, Owned.LEAD, Owned.DEAL, Owned.TASK)


class Way(StrEnum):
    EVENLY = "evenly"  # each gets as many of these
    FEWEST_CLIENTS = "fewest_clients"  # so that in the end all have as many, as far as these go
    RULES = "rules"  # as the rules [[assign]] in force say


class BatchState(StrEnum):
    PLANNING = "planning"
    PLANNED = "planned"  # shown, and nothing done yet
    GIVING = "giving"
    GIVEN = "given"
    TAKING_BACK = "taking_back"
    TAKEN_BACK = "taken_back"
    FAILED = "failed"

    @property
    def is_at_work(self) -> bool:
        return self in AT_WORK


AT_WORK: Final = frozenset({BatchState.PLANNING, BatchState.GIVING, BatchState.TAKING_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedRecord:
    """What is asked of one when it is given to somebody."""

    id: UUID
    manager_id: UUID | None
    company_id: UUID | None = None
    contact_id: UUID | None = None
    number: str | None = None

    @property
    def clients(self) -> tuple[UUID, ...]:
        """With whom it goes: the company that a contact works at, the client of a deal or a task."""
        return tuple(one for one in (self.contact_id, self.company_id) if one)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBatch:
    id: UUID
    user_id: UUID
    actor: str
    list: ListKind | Whole
    query: str  # of the list's address; of everything: whose, and of which kinds
    way: Way
    people: Sequence[UUID]
    made_at: datetime
    state: BatchState = BatchState.PLANNING
    ended_at: datetime | None = None
    total: int = 0
    done: int = 0
    changed: int = 0

    @property
    def kinds(self) -> tuple[Owned, ...]:
        if self.list is not Whole.EVERYTHING:
            return (OWNED_IN[ListKind(self.list)],)
        _, *said = self.query.split()
        return tuple(one for one in EVERYTHING if one in said)

    @property
    def of(self) -> UUID | None:
        """Whose everything it is."""
        return UUID(self.query.split()[0]) if self.list is Whole.EVERYTHING else None

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


def everything_of(person: UUID, kinds: Collection[Owned] = EVERYTHING) -> str:
    """As the query of such a batch keeps it."""
    return " ".join([str(person), *(one.value for one in EVERYTHING if one in kinds)])


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareItem:
    """One client of a batch: whose they were when it was planned, and whose they become."""

    batch_id: UUID
    place: int
    client_id: UUID
    before_id: UUID | None
    after_id: UUID | None
    given: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How many go from whom to whom."""

    before_id: UUID | None
    after_id: UUID | None
    count: int
    kind: Owned | None = None  # of everything
