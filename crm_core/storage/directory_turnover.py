# SPDX-License-Identifier: Apache-2.0
"""Turnover by window for many clients at once, as the directory keeps it: minor units of the house's currency."""

from collections.abc import AsyncIterator, Mapping, MutableSequence, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.directory import PartyKind
from crm_core.domain.directory.clients import Clients
from crm_core.domain.directory.owner_table import NOBODY
from crm_core.domain.directory.windows import STORED_WINDOWS
from crm_core.domain.turnover import Window, spans
from crm_core.storage.raw_ids import as_bytes, first_key, raw
from crm_core.storage.schema import contact, turnover_day

_GROUPS = 1000  # clients between two breaths of the loop
Columns = Sequence[MutableSequence[int]]
Sums = dict[UUID, dict[Window, int]]


async def sum_all(connection: AsyncConnection, clients: Clients, today: date, currency: str) -> None:
    """Every client's windows anew. The old figures stand until the new ones are complete."""
    contacts, companies = clients.tables[PartyKind.CONTACT], clients.tables[PartyKind.COMPANY]
    of_contact, of_company = contacts.empty_turnover(), companies.empty_turnover()
    width, without = len(STORED_WINDOWS), turnover_day.c.company_id.is_(None)
    key = turnover_day.c.contact_id
    async for groups in _groups(connection, key, _amounts(today) + _amounts(today, without), currency):
        for owner, *sums in groups:
            row = contacts.find(as_bytes(owner))
            _add(of_contact, row, sums[:width])
            _add(of_company, NOBODY if row == NOBODY else contacts.company[row], sums[width:])
    async for groups in _groups(connection, turnover_day.c.company_id, _amounts(today), currency):
        for owner, *sums in groups:
            _add(of_company, companies.find(as_bytes(owner)), sums)
    contacts.turnover, companies.turnover = of_contact, of_company
    clients.groups.forget_sums()


async def _groups(
    connection: AsyncConnection, owner: ColumnElement[UUID], amounts: list[Any], currency: str
) -> AsyncIterator[Sequence[Any]]:
    key, last = raw(owner, connection), first_key(connection)
    query = select(key, *amounts).where(turnover_day.c.currency == currency).group_by(owner).order_by(owner)
    while groups := (await connection.execute(query.where(key > last).limit(_GROUPS))).all():
        yield groups
        last = groups[-1][0]


def _add(columns: Columns, row: int, sums: Sequence[int]) -> None:
    if row != NOBODY:
        for column, amount in zip(columns, sums, strict=True):
            if amount:
                column[row] += int(amount)


async def of_contacts(connection: AsyncConnection, ids: Sequence[UUID], today: date, currency: str) -> Sums:
    """A contact without orders is not in the answer."""
    owner = turnover_day.c.contact_id
    query = _sums(owner, today, currency).where(owner.in_(ids)).group_by(owner)
    return await _read(connection, query)


async def of_companies(connection: AsyncConnection, ids: Sequence[UUID], today: date, currency: str) -> Sums:
    """A company's own orders and those of its contacts that name no company."""
    own = turnover_day.c.company_id
    direct = await _read(connection, _sums(own, today, currency).where(own.in_(ids)).group_by(own))
    through = contact.c.company_id
    # 'No company' stands inside the sums: as a condition SQLite would look it up first, and find nearly every row.
    query = _sums(through, today, currency, own.is_(None))
    query = query.join(contact, contact.c.id == turnover_day.c.contact_id)
    rolled = await _read(connection, query.where(through.in_(ids)).group_by(through))
    for company_id, amounts in rolled.items():
        direct[company_id] = _plus(direct.get(company_id, {}), amounts)
    return direct


def _sums(
    owner: ColumnElement[UUID], today: date, currency: str, only: ColumnElement[bool] | None = None
) -> Select[Any]:
    columns: list[Any] = [owner, *_amounts(today, only)]
    return select(*columns).select_from(turnover_day).where(turnover_day.c.currency == currency)


def _amounts(today: date, only: ColumnElement[bool] | None = None) -> list[Any]:
    which, amount = true() if only is None else only, turnover_day.c.amount
    within = (and_(_within(window, today), which) for window in STORED_WINDOWS)
    return [func.sum(case((condition, amount), else_=0)) for condition in within]


def _within(window: Window, today: date) -> ColumnElement[bool]:
    (span,) = spans(window, today)
    day = turnover_day.c.day
    first = day >= span.first.toordinal() if span.first else true()
    return and_(first, day <= span.last.toordinal() if span.last else true())


async def _read(connection: AsyncConnection, query: Select[Any]) -> Sums:
    rows = await connection.execute(query)
    return {row[0]: dict(zip(STORED_WINDOWS, map(int, row[1:]), strict=True)) for row in rows}


def _plus(one: Mapping[Window, int], other: Mapping[Window, int]) -> dict[Window, int]:
    return {window: one.get(window, 0) + other.get(window, 0) for window in STORED_WINDOWS}
