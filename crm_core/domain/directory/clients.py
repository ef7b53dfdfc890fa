# SPDX-License-Identifier: Apache-2.0
"""Clients in memory: whose number it is, and what a decision and a card's head need to know about them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from crm_core.domain.directory.client_fields import ClientFieldTables
from crm_core.domain.directory.client_numbers import ClientNumbers
from crm_core.domain.directory.groups import Groups
from crm_core.domain.directory.number_index import GONE, SHARED, NumberIndex, digits
from crm_core.domain.directory.owner_table import NOBODY, OwnerTable
from crm_core.domain.directory.party import Party, PartyKind
from crm_core.domain.directory.roster import Roster
from crm_core.domain.directory.sharers import Sharer, one_of, ranked
from crm_core.domain.directory.windows import STORED_WINDOWS, by_name
from crm_core.domain.lead import LeadStatus
from crm_core.domain.open_items import OpenDeal, OpenItems, OpenTask, largest, soonest
from crm_core.domain.turnover import Window

RETAIL = "retail"
CLIENT_NUMBER = "client_number"  # what told who it is, when the telephone did not
KINDS = (PartyKind.CONTACT, PartyKind.COMPANY, PartyKind.LEAD)
_STATUSES = tuple(LeadStatus)
Claim = tuple[int, bool]  # an owner, and whether it is the first of their numbers


class Clients:
    """Three tables and one index of numbers. An owner is one int: row * 3 + kind."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self.tables = {
            PartyKind.CONTACT: OwnerTable(len(STORED_WINDOWS)),
            PartyKind.COMPANY: OwnerTable(len(STORED_WINDOWS)),
            PartyKind.LEAD: OwnerTable(0),
        }
        self.groups = Groups(self.tables[PartyKind.COMPANY])
        self.numbers = NumberIndex()
        self.client_numbers = ClientNumbers()
        self._tag_sets: dict[tuple[str, ...], tuple[str, ...]] = {}  # one object for all who have the same
        self.shared: dict[int, tuple[Claim, ...]] = {}  # numbers that several have: SHARED in the index
        self.own: frozenset[int] = frozenset()
        self.turnover_at: datetime | None = None  # when the windows were last summed up
        self.turnover_day: date | None = None  # the day of the house they were summed up for
        self.fields = ClientFieldTables()
        self.tags: dict[int, tuple[str, ...]] = {}  # by owner; most have none
        self.debts: dict[int, int] = {}  # by owner, minor units; most owe nothing
        self.debts_known = False
        self.deals: OpenItems[OpenDeal] = OpenItems()
        self.tasks: OpenItems[OpenTask] = OpenItems()
        self.band_names: list[str] = [RETAIL]  # the base first; a name never leaves, so that rows stay right
        self.bands_named: tuple[str, ...] = ()  # by the settings, as read last
        self.bands_as_of: date | None = None

    def party(self, e164: str) -> Party | None:
        number = digits(e164)
        owner = GONE if number is None or number in self.own else self.numbers.get(number)
        if owner == SHARED:
            return self._party_of_shared(e164)
        return None if owner == GONE else self._party(owner, e164)

    def who(self, e164: str | None, client_number: str | None) -> tuple[Party | None, str | None]:
        """Whose telephone it is; where it is nobody's or a lead's, the client whose number was keyed in.

        A client number is no password: it never takes the place of a client whom the telephone names.
        """
        party = self.party(e164) if e164 else None
        if client_number and (party is None or party.kind is PartyKind.LEAD):
            owner = self.client_numbers.get(client_number)
            if owner != GONE:
                return self._party(owner, e164 or ""), CLIENT_NUMBER
        return party, None

    def party_of(self, kind: PartyKind, identity: UUID, e164: str) -> Party | None:
        """Of whom somebody says that the number is theirs."""
        row = self._row(kind, identity)
        return None if row == NOBODY else self._party(self.owner(kind, row), e164)

    def sharers(self, e164: str, at: datetime, currency: str) -> tuple[Sharer, ...]:
        """Who it may be, the likeliest first; empty where there is no choice."""
        number = digits(e164)
        if number is None or number in self.own or self.numbers.get(number) != SHARED:
            return ()
        claims = [(self._party(owner, e164), first) for owner, first in self.shared[number]]
        chosen = one_of(party for party, _ in claims)
        if chosen and chosen[0] is PartyKind.CONTACT:  # and the company they work at
            return ()
        return ranked(claims, at, currency)

    def is_own(self, e164: str) -> bool:
        return digits(e164) in self.own

    # --- writes: the feeder's
    def put_contact(
        self, identity: UUID, name: str, manager_id: UUID | None, company_id: UUID | None
    ) -> None:
        """A company must be put before its contacts."""
        table = self.tables[PartyKind.CONTACT]
        row = table.add(identity, name)
        table.manager[row] = self._roster.position(manager_id)
        table.company[row] = self._row(PartyKind.COMPANY, company_id)

    def put_company(self, identity: UUID, name: str, manager_id: UUID | None) -> None:
        table = self.tables[PartyKind.COMPANY]
        table.manager[table.add(identity, name)] = self._roster.position(manager_id)

    def put_parent(self, identity: UUID, parent_id: UUID | None) -> None:
        """Whom a company belongs to: once both are put."""
        row = self._row(PartyKind.COMPANY, identity)
        if row != NOBODY:
            self.groups.put(row, self._row(PartyKind.COMPANY, parent_id))

    def put_lead(self, identity: UUID, name: str, status: LeadStatus, manager_id: UUID | None = None) -> None:
        """Of spam and the like, nobody is the manager any more."""
        table = self.tables[PartyKind.LEAD]
        row = table.add(identity, name)
        table.status[row] = _STATUSES.index(status)
        table.manager[row] = self._roster.position(manager_id if status is LeadStatus.OPEN else None)

    def put_number(self, e164: str, kind: PartyKind, owner_id: UUID) -> None:
        self.put_owners(e164, [(kind, owner_id, True)])

    def put_owners(self, e164: str, owners: Iterable[tuple[PartyKind, UUID, bool]]) -> None:
        """All who have it, and of whom it is the first number; nobody: it is dropped."""
        if (number := digits(e164)) is None:
            return
        rows = [(kind, self._row(kind, owner_id), first) for kind, owner_id, first in owners]
        self.take_claims(
            number, [(self.owner(kind, row), first) for kind, row, first in rows if row != NOBODY]
        )

    def take_claims(self, number: int, claims: Sequence[Claim]) -> None:
        self.shared.pop(number, None)
        if len(claims) > 1:
            self.shared[number] = tuple(claims)
        if claims:
            self.numbers.put(number, SHARED if len(claims) > 1 else claims[0][0])
        else:
            self.numbers.drop(number)

    def set_client_numbers(self, kind: PartyKind, numbers: Mapping[UUID, str | None]) -> None:
        """None: they have none, or are not served any more. One pass over all, so give many at once."""
        rows = {owner_id: self._row(kind, owner_id) for owner_id in numbers}
        known = {self.owner(kind, row): numbers[one] for one, row in rows.items() if row != NOBODY}
        self.client_numbers.set(known)

    def drop_number(self, e164: str) -> None:
        self.put_owners(e164, ())

    def numbers_of(self, owners: Iterable[tuple[PartyKind, UUID]]) -> set[str]:
        """Theirs; and of a company those of its group and of all who work there: they go where it goes."""
        rows = {(kind, self._row(kind, owner_id)) for kind, owner_id in owners}
        firms = [row for kind, row in rows if kind is PartyKind.COMPANY and row != NOBODY]
        firms = list({one for row in firms for one in self.groups.members(self.groups.head(row))})
        wanted = {self.owner(kind, row) for kind, row in rows if row != NOBODY}
        wanted |= {self.owner(PartyKind.COMPANY, row) for row in firms}
        return self._numbers_of(wanted | self._staff(firms))

    def _numbers_of(self, wanted: set[int]) -> set[str]:
        found = self.numbers.numbers_of(wanted)
        found |= {n for n, claims in self.shared.items() if any(owner in wanted for owner, _ in claims)}
        return {f"+{number}" for number in found}

    def numbers_with(self, owners: set[int]) -> set[str]:
        """Of these, and of the people of those that are companies."""
        if not owners:
            return set()
        firms = [
            row
            for row, kind in (divmod(one, len(KINDS)) for one in owners)
            if KINDS[kind] is PartyKind.COMPANY
        ]
        return self._numbers_of(owners | self._staff(firms))

    def _staff(self, firms: Collection[int]) -> set[int]:
        """Owners who work at these companies."""
        if not firms:
            return set()
        rows = self.tables[PartyKind.CONTACT].at_companies(firms, len(self.tables[PartyKind.COMPANY]))
        return {self.owner(PartyKind.CONTACT, row) for row in rows}

    def set_turnover(self, kind: PartyKind, identity: UUID, amounts: Mapping[Window, int]) -> None:
        row = self._row(kind, identity)
        if row != NOBODY:
            for window, column in zip(STORED_WINDOWS, self.tables[kind].turnover, strict=True):
                column[row] = amounts.get(window, 0)
            if kind is PartyKind.COMPANY:
                self.groups.bought(row)

    def set_band(self, kind: PartyKind, identity: UUID, band: str, since: date) -> None:
        row, table = self._row(kind, identity), self.tables[kind]
        if row != NOBODY:
            table.band[row] = position = self.band_position(band)
            table.band_since[row] = since.toordinal() if position else 0

    def set_tags(self, kind: PartyKind, identity: UUID, tags: tuple[str, ...]) -> None:
        row = self._row(kind, identity)
        if row == NOBODY:
            return
        if tags:
            self.tags[self.owner(kind, row)] = self._tag_sets.setdefault(tags, tags)
        else:
            self.tags.pop(self.owner(kind, row), None)

    def set_debts(self, debts: dict[int, int]) -> set[str]:
        """Of all; the numbers of those for whom it changed."""
        before, self.debts, self.debts_known = self.debts, debts, True
        changed = {one for one in before.keys() | debts.keys() if before.get(one, 0) != debts.get(one, 0)}
        return self._numbers_of(changed) if changed else set()

    def find(self, kind: PartyKind, identity: UUID | None) -> int | None:
        """The owner, as columns and tables of debts know them."""
        row = self._row(kind, identity)
        return None if row == NOBODY else self.owner(kind, row)

    def band_position(self, band: str) -> int:
        """0 stands for the base, whatever it is called now."""
        if band == self.band_names[0]:
            return 0
        if band not in self.band_names:
            self.band_names.append(band)
        return self.band_names.index(band)

    def set_own(self, e164s: Collection[str]) -> None:
        self.own = frozenset(number for e164 in e164s if (number := digits(e164)) is not None)

    def note_talk(self, kind: PartyKind, identity: UUID, user_id: UUID, at: datetime) -> None:
        """The operator who spoke with this client last; an older talk changes nothing."""
        row, table, second = self._row(kind, identity), self.tables[kind], int(at.timestamp())
        if row != NOBODY and second >= table.last_talk[row]:
            table.last_operator[row] = self._roster.position(user_id)
            table.last_talk[row] = second

    def forget_talk(self, kind: PartyKind, identity: UUID) -> None:
        """What was said of their last talk is no longer so: it is read again."""
        row, table = self._row(kind, identity), self.tables[kind]
        if row != NOBODY:
            table.last_operator[row], table.last_talk[row] = NOBODY, 0

    def owner(self, kind: PartyKind, row: int) -> int:
        return row * len(KINDS) + KINDS.index(kind)

    def _party_of_shared(self, e164: str) -> Party | None:
        claims = self.shared.get(digits(e164) or 0, ())
        chosen = one_of(self._party(owner, e164) for owner, _ in claims)
        return self._party(self.owner(chosen[0], self._row(*chosen)), e164) if chosen else None

    def _row(self, kind: PartyKind, identity: UUID | None) -> int:
        return NOBODY if identity is None else self.tables[kind].find(identity.bytes)

    def _party(self, owner: int, e164: str) -> Party:
        row, kind = divmod(owner, len(KINDS))
        table = self.tables[KINDS[kind]]
        companies = self.tables[PartyKind.COMPANY]
        company = row if KINDS[kind] is PartyKind.COMPANY else table.company[row]
        manager = table.manager[row]
        if manager == NOBODY and company != NOBODY:
            manager = companies.manager[company]
        last, at = table.last_operator[row], table.last_talk[row]
        alone = company == NOBODY
        firm = None if alone else self.owner(PartyKind.COMPANY, company)
        head = NOBODY if alone else self.groups.counts_as(company)
        return Party(
            kind=KINDS[kind],
            id=table.id(row),
            name=table.name(row),
            number=e164,
            company_id=None if alone else companies.id(company),
            company_name=None if alone else companies.name(company),
            group_id=None if head == company else companies.id(head),
            group_name=None if head == company else companies.name(head),
            manager_id=self._roster.at(manager),
            lead_status=_STATUSES[table.status[row]].value if KINDS[kind] is PartyKind.LEAD else None,
            turnover=by_name([c[row] for c in table.turnover] if alone else self.groups.amounts(company)),
            last_operator_id=self._roster.at(last),
            last_talk_at=None if last == NOBODY else datetime.fromtimestamp(at, UTC),
            tags=self._tags(owner, firm),
            deals=largest(self.deals.of(owner, firm)),
            tasks=soonest(self.tasks.of(owner, firm)),
            debt=self.debts.get(owner if firm is None else firm, 0) if self.debts_known else None,
            **(self._band(table, row) if alone else self._band(companies, head)),
        )

    def _tags(self, owner: int, firm: int | None) -> tuple[str, ...]:
        theirs = self.tags.get(owner, ())
        if firm is None or firm == owner or not (of_firm := self.tags.get(firm, ())):
            return theirs
        return tuple(sorted({*theirs, *of_firm}))

    def _band(self, table: OwnerTable, row: int) -> dict[str, Any]:
        if not table.turnover:
            return {}
        since = table.band_since[row]
        return {
            "band": self.band_names[table.band[row]],
            "band_since": date.fromordinal(since) if since else None,
            "band_as_of": self.bands_as_of,
        }
