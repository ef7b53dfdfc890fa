# SPDX-License-Identifier: Apache-2.0
"""The whole directory out of the database: in chunks, so that the loop breathes between them."""

from array import array
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Select, Table, case, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.directory import Directory, Line, Operator, OperatorState, PartyKind, Team
from crm_core.domain.directory.clients import KINDS, Clients
from crm_core.domain.directory.number_index import digits
from crm_core.domain.directory.owner_table import NOBODY, OwnerTable
from crm_core.domain.lead import LeadStatus
from crm_core.storage.absences import SqlAbsences
from crm_core.storage.people import SqlPeople
from crm_core.storage.raw_ids import as_bytes, first_key, raw, raw_time
from crm_core.storage.schedules import SqlSchedules
from crm_core.storage.schema import (
    call,
    communication,
    company,
    contact,
    lead,
    phone_number,
)
from crm_core.storage.states import SqlStates
from crm_core.storage.types import Id, UtcDateTime, micros, moment

CHUNK = 5000
_IN_VAIN = timedelta(hours=36)
TALKS_DAYS = 180  # how far back 'spoke with this client last' is looked for
_STATUS = {status.value: position for position, status in enumerate(LeadStatus)}
_BECAME_CONTACTS = (LeadStatus.COMPLETED.value, LeadStatus.MERGED.value)


async def load_people(
    connection: AsyncConnection, directory: Directory, now: datetime, *, as_then: bool = False
) -> None:
    """Users, their lines of today, states and teams; and the numbers that are our own.

    `as_then`: with the states of that time, not the present ones.
    """
    people, kept = SqlPeople(connection), SqlStates(connection)
    states = await (kept.at(now) if as_then else kept.current())
    lines = await _lines(people, now)
    operators = []
    for user in await people.users():
        state = states.get(user.id)
        operators.append(
            Operator(
                id=user.id,
                name=user.name,
                login=user.login,
                role=user.role.value,
                lines=lines.get(user.id, ()),
                state=state.state if state else OperatorState.OFFLINE,
                state_since=state.started_at if state else None,
                state_source=state.source if state else None,
                state_until=state.until if state else None,
            )
        )
    known = {operator.id for operator in operators}
    teams = [
        Team(id=team.id, name=team.name, members=tuple(sorted(team.members & known)))
        for team in await people.teams()
    ]
    directory.set_people(operators, teams)
    numbers = await people.own_numbers()
    directory.clients.set_own([number.e164 for number in numbers])
    directory.standing.set_lines(numbers, await SqlSchedules(connection).all())
    directory.standing.set_absences(await SqlAbsences(connection).since(now))


async def _lines(people: SqlPeople, now: datetime) -> dict[UUID, tuple[Line, ...]]:
    """Each device of a person with their first extension on the same PBX."""
    extensions: dict[tuple[UUID, str], str] = {}
    for extension in await people.extensions(now):
        extensions.setdefault((extension.user_id, extension.pbx), extension.extension)
    lines: dict[UUID, tuple[Line, ...]] = {}
    for device in await people.devices(now):
        if own := extensions.get((device.user_id, device.pbx)):
            line = Line(pbx=device.pbx, extension=own, device=device.device)
            lines[device.user_id] = (*lines.get(device.user_id, ()), line)
    return lines


async def load_clients(connection: AsyncConnection, directory: Directory) -> None:
    clients = directory.clients
    managers = _Managers(directory)
    companies = clients.tables[PartyKind.COMPANY]
    manager = raw(company.c.manager_id, connection)
    async for ids, names, of in _by_id(connection, company, company.c.name, manager):
        companies.append_many(ids, names, managers.positions(of), [NOBODY] * len(ids))
    await _load_groups(connection, clients)
    columns = (raw(contact.c.manager_id, connection), raw(contact.c.company_id, connection))
    async for ids, names, of, at in _by_id(connection, contact, contact.c.name, *columns):
        rows = companies.find_many([one and as_bytes(one) for one in at]).tolist()
        clients.tables[PartyKind.CONTACT].append_many(ids, names, managers.positions(of), rows)
    await _load_leads(connection, clients, managers)
    await _load_numbers(connection, clients)


async def _load_groups(connection: AsyncConnection, clients: Clients) -> None:
    """Few companies belong to others."""
    query = select(company.c.id, company.c.parent_id).where(company.c.parent_id.is_not(None))
    for row in await connection.execute(query):
        clients.put_parent(row.id, row.parent_id)


class _Managers(dict[Any, int]):
    """From ids as the driver gives them to positions in the roster."""

    def __init__(self, directory: Directory) -> None:
        super().__init__({None: NOBODY})
        self._position = directory.roster.position

    def __missing__(self, given: Any) -> int:
        position = self[given] = self._position(UUID(bytes=as_bytes(given)))
        return position

    def positions(self, given: Sequence[Any]) -> list[int]:
        return [self[one] for one in given]


async def _load_leads(connection: AsyncConnection, clients: Clients, managers: "_Managers") -> None:
    table = clients.tables[PartyKind.LEAD]
    owner = case((lead.c.status == LeadStatus.OPEN, lead.c.manager_id))
    columns = (func.coalesce(lead.c.name, ""), lead.c.status, raw(owner, connection))
    async for ids, names, statuses, of in _by_id(connection, lead, *columns):
        first = len(table)
        table.append_many(ids, names, managers.positions(of), [NOBODY] * len(ids))
        for row, status in enumerate(statuses, first):
            table.status[row] = _STATUS[status]


async def _load_numbers(connection: AsyncConnection, clients: Clients) -> None:
    """Where clients and a lead have a number, it is the clients'; what several clients have is told apart below."""
    found = {kind: (array("q"), array("i")) for kind in KINDS}
    key, number = raw(phone_number.c.id, connection), phone_number.c
    owned = {PartyKind.CONTACT: (number.contact_id, contact), PartyKind.COMPANY: (number.company_id, company)}
    columns = [raw(owner, connection) for owner, _ in owned.values()]
    gone = [await _archived(connection, clients.tables[kind], table) for kind, (_, table) in owned.items()]
    async for rows in _chunks(connection, select(key, number.e164, *columns), key):
        _, e164s, *owners = zip(*rows, strict=True)
        for kind, ids, away in zip(owned, owners, gone, strict=True):
            _collect(clients, kind, e164s, ids, found[kind], away)
    # The newest lead of a number speaks for it: so it comes first.
    key = raw(lead.c.id, connection)
    query: Select[Any] = select(key, lead.c.e164).where(lead.c.status.not_in(_BECAME_CONTACTS))
    leads = [row async for rows in _chunks(connection, query, key) for row in rows][::-1]
    _collect(
        clients, PartyKind.LEAD, [row[1] for row in leads], [row[0] for row in leads], found[PartyKind.LEAD]
    )
    numbers, owners_of = array("q"), array("i")
    for of_kind, by_kind in found.values():
        numbers += of_kind
        owners_of += by_kind
    clients.numbers.load(numbers, owners_of)
    _note_shared(clients, numbers, owners_of, len(numbers) - len(found[PartyKind.LEAD][0]))


def _note_shared(clients: Clients, numbers: "array[int]", owners_of: "array[int]", of_clients: int) -> None:
    """Of the first so many: the numbers that stand with more than one owner."""
    keys = np.frombuffer(numbers, dtype=np.int64)[:of_clients]
    owners = np.frombuffer(owners_of, dtype=np.int32)[:of_clients]
    _, first_of_owner = np.unique(owners, return_index=True)
    firsts = np.zeros(of_clients, dtype=bool)
    firsts[first_of_owner] = True
    order = np.argsort(keys, kind="stable")
    again = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    claims: dict[int, dict[int, bool]] = {}
    for position in sorted({*again.tolist(), *(again + 1).tolist()}):
        at = int(order[position])
        of = claims.setdefault(int(keys[at]), {})
        of[int(owners[at])] = of.get(int(owners[at]), False) or bool(firsts[at])
    for number, of in claims.items():
        clients.take_claims(number, tuple(of.items()))


async def _archived(connection: AsyncConnection, among: OwnerTable, table: Table) -> frozenset[int]:
    """Rows of clients whose numbers are nobody's."""
    ids = await connection.scalars(
        select(raw(table.c.id, connection)).where(table.c.archived_at.is_not(None))
    )
    return frozenset(among.find_many(list(map(as_bytes, ids))).tolist())


def _collect(
    clients: Clients,
    kind: PartyKind,
    e164s: Sequence[str],
    ids: Sequence[Any],
    into: tuple["array[int]", "array[int]"],
    away: Collection[int] = (),
) -> None:
    numbers, owners = into
    rows = clients.tables[kind].find_many([one and as_bytes(one) for one in ids]).tolist()
    for e164, row in zip(e164s, rows, strict=True):
        if row != NOBODY and row not in away and (number := digits(e164)) is not None:
            numbers.append(number)
            owners.append(clients.owner(kind, row))


async def load_talks(
    connection: AsyncConnection,
    directory: Directory,
    now: datetime,
    *,
    days: int = TALKS_DAYS,
    only: tuple[PartyKind, UUID] | None = None,
) -> None:
    """Whom each client spoke with last, and when each operator last did; `only`: of this client."""
    key, at = raw(communication.c.id, connection), raw_time(communication.c.started_at)
    owners = [communication.c[name] for name in ("contact_id", "company_id", "lead_id")]
    said = func.coalesce(call.c.answered_user_id, communication.c.user_id, type_=Id())
    ended = raw_time(func.coalesce(call.c.ended_at, call.c.started_at, communication.c.started_at))
    columns = [key, at, ended, raw(said, connection), *(raw(owner, connection) for owner in owners)]
    joined = communication.join(call, call.c.id == communication.c.call_id)
    query = select(*columns).select_from(joined).where(call.c.talk_s > 0, said.is_not(None))
    if only:  # by the index of their timeline
        query = query.where(owners[KINDS.index(only[0])] == only[1])
    query = query.where(communication.c.started_at <= now).order_by(at, key).limit(CHUNK)
    place: tuple[Any, Any] = micros(now - timedelta(days=days)), first_key(connection)
    people = _Managers(directory)
    while True:
        later = tuple_(at, key) > tuple_(literal(place[0], at.type), literal(place[1], key.type))
        rows = (await connection.execute(query.where(later))).all()
        if not rows:
            return
        _note_talks(directory, people, rows)
        _note_today(directory, rows, now)
        place = rows[-1][1], rows[-1][0]


def _note_talks(directory: Directory, people: "_Managers", rows: Sequence[Any]) -> None:
    _, _, ended, said, *owners = zip(*rows, strict=True)
    seconds = np.array(ended, dtype=np.int64) // 1_000_000
    operators = np.array(people.positions(said), dtype=np.int32)
    for kind, ids in zip(KINDS, owners, strict=True):
        table = directory.clients.tables[kind]
        table.note_talks(table.find_many([one and as_bytes(one) for one in ids]), operators, seconds)
    last: dict[Any, int] = {}
    for who, at in zip(said, ended, strict=True):
        last[who] = max(at, last.get(who, at))
    for who, at in last.items():
        directory.presence.set_last_talk(UUID(bytes=as_bytes(who)), moment(at))


def _note_today(directory: Directory, rows: Sequence[Any], now: datetime) -> None:
    """How many calls each operator has talked in on this day of the house."""
    recently, today = micros(now - _IN_VAIN), directory.day(now)
    for key, _, ended, said, *_ in rows:
        if ended >= recently and directory.day(moment(ended)) == today:
            call_id, user_id = UUID(bytes=as_bytes(key)), UUID(bytes=as_bytes(said))
            directory.presence.set_talk(user_id, call_id, today)


async def load_in_vain(
    connection: AsyncConnection, directory: Directory, now: datetime, *, only: str | None = None
) -> None:
    """Who called within a day and a half, and was not talked with since; `only`: of this number."""
    recent = call.c.started_at.between(now - _IN_VAIN, now) & call.c.merged_into.is_(None)
    counts = call.c.client_e164.is_not(None) & ((call.c.talk_s > 0) | call.c.missed)
    ended = func.coalesce(call.c.ended_at, call.c.started_at, type_=UtcDateTime())
    query = select(call.c.client_e164, call.c.missed, ended).where(recent, counts).order_by(call.c.started_at)
    if only:
        query = query.where(call.c.client_e164 == only)
    for number, missed, at in await connection.execute(query):
        if missed:
            directory.in_vain.note_missed(number, at)
        else:
            directory.in_vain.note_talk(number, at)


async def _by_id(connection: AsyncConnection, table: Table, *columns: Any) -> AsyncIterator[Any]:
    """Column by column, a chunk at a time, the ids first."""
    key = raw(table.c.id, connection)
    async for rows in _chunks(connection, select(key, *columns), key):
        ids, *others = zip(*rows, strict=True)
        yield list(map(as_bytes, ids)), *others


async def _chunks(
    connection: AsyncConnection, query: Select[Any], key: ColumnElement[Any]
) -> AsyncIterator[Sequence[Any]]:
    """Keyset paging; the key is the query's first column."""
    last = first_key(connection)
    while rows := (await connection.execute(query.where(key > last).order_by(key).limit(CHUNK))).all():
        yield rows
        last = rows[-1][0]
