# SPDX-License-Identifier: Apache-2.0
"""Feeds the directory: all of it at the start, then every change of the database, and each new day's turnover."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.audit import Change
from crm_core.domain.directory import Directory, PartyKind
from crm_core.domain.directory.clients import KINDS
from crm_core.domain.lead import LeadStatus
from crm_core.ports.clock import Clock
from crm_core.storage.changes import SqlChanges
from crm_core.storage.directory_bands import follow_bands, load_bands
from crm_core.storage.directory_client_numbers import (
    keyed_in,
    load_client_numbers,
    with_client_number,
)
from crm_core.storage.directory_debts import OF_DEBTS, read_debts
from crm_core.storage.directory_fields import every_field, follow_fields, load_fields, named_in_force
from crm_core.storage.directory_kinds import CLIENT_KINDS, NOT_OURS, OF_CALLS
from crm_core.storage.directory_load import load_clients, load_in_vain, load_people, load_talks
from crm_core.storage.directory_numbers import owners_now
from crm_core.storage.directory_open import follow_open, load_open
from crm_core.storage.directory_tags import follow_tags, load_tags
from crm_core.storage.directory_turnover import of_companies, of_contacts, sum_all
from crm_core.storage.groups import firms_of
from crm_core.storage.schema import company, contact, lead, phone_number
from crm_core.storage.settings import SqlSettings
from crm_core.storage.sql import chunks
from crm_core.storage.states import SqlStates
from crm_core.storage.store import SqlStore

log = structlog.get_logger()
_BATCH = 1000
OnChange = Callable[[Collection[str] | None], None]  # numbers that may be routed otherwise now; None: all


class DirectorySource:
    """`load_house` before anything is kept, `load` before the first call; `run` beside the server."""

    def __init__(
        self, store: SqlStore, directory: Directory, clock: Clock, *, on_change: OnChange | None = None
    ) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._on_change = on_change or (lambda _numbers: None)
        self._nudge = asyncio.Event()
        self._seq = 0
        self._reading = asyncio.Lock()  # of what is followed, no more may be loaded meanwhile
        self.loaded = asyncio.Event()

    @property
    def ready(self) -> bool:
        return self.loaded.is_set()

    async def load_house(self) -> None:
        """What keeping a call needs: the house, our people and our own numbers. They are few."""
        self._directory.loading = True
        async with self._store.engines.reader.connect() as connection, connection.begin():
            await self._read_house(connection)
            await load_people(connection, self._directory, self._clock())

    async def load(self) -> None:
        """A million clients take some seconds; pages are served meanwhile."""
        now = self._clock()
        async with self._reading, self._store.engines.reader.connect() as connection, connection.begin():
            self._seq = await SqlChanges(connection).last_seq()
            await self._read_house(connection)
            await load_people(connection, self._directory, now)
            await load_clients(connection, self._directory)
            await load_client_numbers(connection, self._directory.clients)
            await load_talks(connection, self._directory, now)
            await load_in_vain(connection, self._directory, now)
            await load_bands(connection, self._directory.clients)
            await load_tags(connection, self._directory.clients)
            named = await named_in_force(connection) | self._directory.clients.fields.names
            await load_fields(connection, self._directory.clients.fields, named)
            await load_open(connection, self._directory.clients)
            await read_debts(connection, self._directory.clients, self._directory.currency)
            await self._sum_all(connection)
        self._directory.loading = False
        self.loaded.set()
        log.info("directory loaded", numbers=len(self._directory.clients.numbers))

    async def load_one(self, e164: str | None, client_number: str = "") -> None:
        """Only our people and whose these numbers are, as of the clock's time: for `rolodial route`."""
        now = self._clock()
        async with self._store.engines.reader.connect() as connection, connection.begin():
            await self._read_house(connection)
            await load_people(connection, self._directory, now, as_then=True)
            await load_talks(connection, self._directory, now, days=1)
            await every_field(connection, self._directory.clients.fields)
            if e164:
                await load_in_vain(connection, self._directory, now, only=e164)
            owners = (await owners_now(connection, [e164])).get(e164, ()) if e164 else ()
            keyed = await with_client_number(connection, client_number)
            for kind, owner_id in [*((kind, one) for kind, one, _ in owners), *keyed]:
                ids: dict[str, set[UUID]] = {"company": await firms_of(connection, owner_id)}
                ids.setdefault(kind.value, set()).add(owner_id)
                await self._read_clients(connection, ids)
                has_one = {"bands": {owner_id}, "band": set().union(*ids.values())}
                await follow_bands(connection, self._directory.clients, has_one)
                await load_talks(connection, self._directory, now, only=(kind, owner_id))
            await load_open(connection, self._directory.clients)
            await read_debts(connection, self._directory.clients, self._directory.currency)
            if len(owners) > 1:  # who was read first could not stand beside who was read later
                await self._read_numbers(connection, {e164} if e164 else set())

    async def run(self, poll_s: float = 0.5) -> None:
        """Follow until cancelled, once loaded: at once after a commit of ours, by polling those of other processes."""
        await self.loaded.wait()
        stop = self._store.on_commit(self._note)
        try:
            while True:
                try:
                    await self.catch_up()
                except Exception:  # a database that is away comes back; the directory answers on
                    log.exception("the directory could not follow a change")
                    await asyncio.sleep(poll_s)
                await self._wait(poll_s)
        finally:
            stop()

    def _note(self, changes: Sequence[Change]) -> None:
        """A call writes a dozen times, and is nobody's name or number: it is passed over at the next look."""
        if any(change.kind not in OF_CALLS for change in changes):
            self._nudge.set()

    async def want(self, fields: Collection[str]) -> None:
        """Rules that ask of these are about to come into force."""
        if missing := set(fields) - self._directory.clients.fields.names:
            async with self._reading, self._store.engines.reader.connect() as connection, connection.begin():
                await load_fields(connection, self._directory.clients.fields, missing)

    async def catch_up(self) -> None:
        """Apply what was committed since; at a new day of the house, sum up all turnover again."""
        async with self._reading, self._store.engines.reader.connect() as connection, connection.begin():
            while changes := await SqlChanges(connection).since(self._seq, _BATCH):
                await self._apply(connection, changes)
                self._seq = changes[-1].seq
            if self._today() != self._directory.clients.turnover_day:
                await self._sum_all(connection)
                self._on_change(None)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._nudge.wait()
        except TimeoutError:
            return
        self._nudge.clear()

    async def _apply(self, connection: AsyncConnection, changes: Iterable[Change]) -> None:
        ids: dict[str, set[UUID]] = {}
        for change in changes:
            ids.setdefault(change.kind, set()).add(change.id)
        kinds = ids.keys() - NOT_OURS
        if "settings" in kinds:
            await self._read_house(connection)
            await self._sum_all(connection)
        for user_id in ids.get("operator_state", ()):
            await self._read_state(connection, user_id)
        if kinds - CLIENT_KINDS:
            await load_people(connection, self._directory, self._clock())
        changed = await self._read_clients(connection, ids)
        changed |= await self._read_talks(connection, ids)
        if ids.keys() & OF_DEBTS:
            changed |= await read_debts(connection, self._directory.clients, self._directory.currency)
        changed |= await follow_bands(connection, self._directory.clients, ids)
        changed |= await follow_open(connection, self._directory.clients, ids)
        everything = bool(kinds - CLIENT_KINDS) or bool(kinds & {"settings", "bands"})
        if everything or changed:
            self._on_change(None if everything else changed)

    async def _read_house(self, connection: AsyncConnection) -> None:
        house = await SqlSettings(connection).house()
        directory = self._directory
        directory.region, directory.zone, directory.currency = house.region, house.zone, house.currency
        directory.window = house.turnover_window.value

    async def _read_state(self, connection: AsyncConnection, user_id: UUID) -> None:
        for said in (await SqlStates(connection).current([user_id])).values():
            self._directory.set_state(user_id, said.state, said.started_at, said.source, said.until)

    async def _read_clients(self, connection: AsyncConnection, ids: dict[str, set[UUID]]) -> set[str]:
        """Companies before their contacts, owners before their numbers, all before their turnover."""
        await self._read_companies(connection, companies := ids.get("company", set()))
        await self._read_contacts(connection, contacts := ids.get("contact", set()))
        await follow_tags(connection, self._directory.clients, ids)
        await follow_fields(connection, self._directory.clients.fields, ids)
        numbers = await self._read_leads(connection, ids.get("lead", set()))
        clients = self._directory.clients
        owners = [(PartyKind.CONTACT, one) for one in contacts] + [
            (PartyKind.COMPANY, one) for one in companies
        ]
        if owners:
            numbers |= clients.numbers_of(owners)
        numbers |= await self._numbers_now(connection, ids.get("phone_number", set()), contacts | companies)
        await self._read_numbers(connection, numbers)
        bought = ids.get("contact_turnover", set()), ids.get("company_turnover", set())
        await self._sum(connection, bought[0] | contacts, bought[1] | companies)
        if any(bought):
            owners = [(PartyKind.CONTACT, one) for one in bought[0]]
            numbers |= clients.numbers_of([*owners, *((PartyKind.COMPANY, one) for one in bought[1])])
        return numbers

    async def _read_talks(self, connection: AsyncConnection, ids: dict[str, set[UUID]]) -> set[str]:
        """Of those from whom a talk was moved, or to whom."""
        clients = self._directory.clients
        owners = [(kind, one) for kind in KINDS for one in ids.get(f"{kind.value}_talks", ())]
        for kind, one in owners:
            clients.forget_talk(kind, one)
            await load_talks(connection, self._directory, self._clock(), only=(kind, one))
        return clients.numbers_of(owners) if owners else set()

    async def _read_companies(self, connection: AsyncConnection, ids: set[UUID]) -> None:
        """And those they belong to, should these not be here yet."""
        clients, parents = self._directory.clients, dict[UUID, UUID | None]()
        identity = (company.c.id, company.c.name, company.c.manager_id, company.c.parent_id)
        columns = (*identity, keyed_in(company))
        while ids:
            for some in chunks(ids):
                rows = (await connection.execute(select(*columns).where(company.c.id.in_(some)))).all()
                for row in rows:
                    clients.put_company(row.id, row.name, row.manager_id)
                    parents[row.id] = row.parent_id
                self._set_client_numbers(PartyKind.COMPANY, rows)
            above = {one for one in parents.values() if one} - parents.keys() - ids
            ids = {one for one in above if clients.find(PartyKind.COMPANY, one) is None}
        for one, parent in parents.items():
            clients.put_parent(one, parent)

    async def _read_contacts(self, connection: AsyncConnection, ids: set[UUID]) -> None:
        identity = (contact.c.id, contact.c.name, contact.c.manager_id, contact.c.company_id)
        columns = (*identity, keyed_in(contact))
        for some in chunks(ids):
            rows = (await connection.execute(select(*columns).where(contact.c.id.in_(some)))).all()
            for row in rows:
                self._directory.clients.put_contact(row.id, row.name, row.manager_id, row.company_id)
            self._set_client_numbers(PartyKind.CONTACT, rows)

    def _set_client_numbers(self, kind: PartyKind, rows: Sequence[Any]) -> None:
        self._directory.clients.set_client_numbers(kind, {row.id: row.client_number for row in rows})

    async def _read_leads(self, connection: AsyncConnection, ids: set[UUID]) -> set[str]:
        numbers = set()
        for some in chunks(ids):
            for row in await connection.execute(select(lead).where(lead.c.id.in_(some))):
                self._directory.clients.put_lead(
                    row.id, row.name or "", LeadStatus(row.status), row.manager_id
                )
                numbers.add(row.e164)
        return numbers

    async def _numbers_now(
        self, connection: AsyncConnection, phones: set[UUID], owners: set[UUID]
    ) -> set[str]:
        """Numbers that came to these owners, or stand in these rows."""
        found: set[str] = set()
        table = phone_number.c
        for column, ids in ((table.id, phones), (table.contact_id, owners), (table.company_id, owners)):
            for some in chunks(ids):
                found.update(await connection.scalars(select(table.e164).where(column.in_(some))))
        return found

    async def _read_numbers(self, connection: AsyncConnection, e164s: set[str]) -> None:
        """Whose each of these is now: of contacts and companies, else a lead's, else nobody's."""
        for some in chunks(e164s):
            found = await owners_now(connection, some)
            for e164 in some:
                self._directory.clients.put_owners(e164, found.get(e164, ()))

    def _today(self) -> date:
        return self._clock().astimezone(ZoneInfo(self._directory.zone)).date()

    async def _sum_all(self, connection: AsyncConnection) -> None:
        clients, today = self._directory.clients, self._today()
        await sum_all(connection, clients, today, self._directory.currency)
        clients.turnover_day, clients.turnover_at = today, self._clock()

    async def _sum(self, connection: AsyncConnection, contacts: set[UUID], companies: set[UUID]) -> None:
        today, currency, clients = self._today(), self._directory.currency, self._directory.clients
        pairs = ((PartyKind.CONTACT, contacts, of_contacts), (PartyKind.COMPANY, companies, of_companies))
        for kind, ids, read in pairs:
            for some in chunks(ids):
                sums = await read(connection, some, today, currency)
                for one in some:
                    clients.set_turnover(kind, one, sums.get(one, {}))
        clients.turnover_at = self._clock()
