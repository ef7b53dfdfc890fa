# SPDX-License-Identifier: Apache-2.0
"""The tables of clients: contacts, companies, phone numbers."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Row, Select, Table, delete, func, literal, select, tuple_
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.client import ClientKind, Company, Contact, Found, PhoneKind, PhoneNumber
from crm_core.domain.search import digits
from crm_core.domain.shallow import shallow
from crm_core.storage import search
from crm_core.storage.client_fields import write_values
from crm_core.storage.groups import heads_of, keep_heads
from crm_core.storage.schema import company, contact, own_number, phone_number
from crm_core.storage.sql import Lock, chunks, lock_until_commit, named, upsert
from crm_core.storage.tags import known_tags, write_tags
from crm_core.storage.types import Id

_PHONE = [column for column in phone_number.c if column.name != "reversed"]


class SqlClients:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._unwritten: dict[ClientKind, set[UUID]] = {kind: set() for kind in ClientKind}

    async def contact(self, contact_id: UUID) -> Contact | None:
        return (await self.contacts([contact_id])).get(contact_id)

    async def company(self, company_id: UUID) -> Company | None:
        return (await self.companies([company_id])).get(company_id)

    async def serialise(self) -> None:
        await lock_until_commit(self._connection, Lock.CLIENTS)

    async def contacts(self, ids: Collection[UUID]) -> dict[UUID, Contact]:
        return {row.id: _contact(row) for row in await self._where_in(contact, contact.c.id, ids)}

    async def companies(self, ids: Collection[UUID]) -> dict[UUID, Company]:
        return {row.id: _company(row) for row in await self._where_in(company, company.c.id, ids)}

    async def contacts_of_company(self, company_id: UUID) -> list[Contact]:
        mine = (contact.c.company_id == company_id) & contact.c.archived_at.is_(None)
        query = select(contact).where(mine).order_by(contact.c.name, contact.c.id)
        return [_contact(row) for row in await self._connection.execute(query)]

    async def page_of_contacts(self, after: tuple[str, UUID] | None, limit: int) -> list[Contact]:
        return [_contact(row) for row in await self._connection.execute(_page(contact, after, limit))]

    async def managed_by(self, user_id: UUID) -> tuple[list[UUID], list[UUID]]:
        contacts, companies = [
            list(
                await self._connection.scalars(
                    select(table.c.id).where(table.c.manager_id == user_id, table.c.archived_at.is_(None))
                )
            )
            for table in (contact, company)
        ]
        return contacts, companies

    async def page_of_companies(self, after: tuple[str, UUID] | None, limit: int) -> list[Company]:
        return [_company(row) for row in await self._connection.execute(_page(company, after, limit))]

    async def contacts_by_external_ids(self, external_ids: Collection[str]) -> dict[str, Contact]:
        rows = await self._where_in(contact, contact.c.external_id, external_ids)
        return {row.external_id: _contact(row) for row in rows}

    async def companies_by_external_ids(self, external_ids: Collection[str]) -> dict[str, Company]:
        rows = await self._where_in(company, company.c.external_id, external_ids)
        return {row.external_id: _company(row) for row in rows}

    async def companies_by_tax_ids(self, tax_ids: Collection[str]) -> dict[str, Company]:
        rows = _oldest_first(await self._where_in(company, company.c.tax_id, tax_ids))
        return {row.tax_id: _company(row) for row in reversed(rows)}

    async def companies_by_names(self, names: Collection[str]) -> dict[str, Company]:
        rows = _oldest_first(await self._where_in(company, company.c.name, names))
        found = {row.name: _company(row) for row in reversed(rows)}
        for name in set(names) - set(found):
            if ids := await search.companies_named(self._connection, name):
                alike = _oldest_first(await self._where_in(company, company.c.id, ids))
                found[name] = _company(alike[0])
        return found

    async def save_contacts(self, contacts: Sequence[Contact]) -> None:
        await upsert(self._connection, contact, [shallow(one) for one in contacts])
        await write_tags(self._connection, ClientKind.CONTACT, contacts)
        await write_values(self._connection, ClientKind.CONTACT, contacts)
        self._unwritten[ClientKind.CONTACT].update(one.id for one in contacts)

    async def save_companies(self, companies: Sequence[Company]) -> None:
        rows = [shallow(one) for one in companies]
        for row in rows:
            del row["head_id"]
        await upsert(self._connection, company, rows)
        await keep_heads(self._connection, [one.id for one in companies])
        await write_tags(self._connection, ClientKind.COMPANY, companies)
        await write_values(self._connection, ClientKind.COMPANY, companies)
        self._unwritten[ClientKind.COMPANY].update(one.id for one in companies)

    async def heads_of(self, ids: Collection[UUID]) -> dict[UUID, UUID]:
        return await heads_of(self._connection, ids)

    async def groups_of(self, ids: Collection[UUID]) -> list[Company]:
        heads = await heads_of(self._connection, ids)
        tops = {heads.get(one, one) for one in ids}
        rows = await self._where_in(company, company.c.id, tops)
        rows += await self._where_in(company, company.c.head_id, tops)
        return sorted(map(_company, rows), key=lambda one: (one.head_id is not None, one.name, one.id))

    async def phone_number(self, phone_id: UUID) -> PhoneNumber | None:
        row = (await self._connection.execute(select(*_PHONE).where(phone_number.c.id == phone_id))).first()
        return None if row is None else _phone(row)

    async def phone_numbers(self, owner_ids: Collection[UUID]) -> dict[UUID, list[PhoneNumber]]:
        numbers: dict[UUID, list[PhoneNumber]] = {}
        for owner in (phone_number.c.contact_id, phone_number.c.company_id):  # an OR of both would read all
            for ids in chunks(owner_ids):
                query = select(*_PHONE).where(owner.in_(ids))
                query = query.order_by(phone_number.c.created_at, phone_number.c.id)
                for row in await self._connection.execute(query):
                    numbers.setdefault(row.contact_id or row.company_id, []).append(_phone(row))
        return numbers

    async def owners_of(self, e164s: Collection[str]) -> dict[str, list[PhoneNumber]]:
        owners: dict[str, list[PhoneNumber]] = {}
        tables = phone_number.outerjoin(contact).outerjoin(company, phone_number.c.company_id == company.c.id)
        alive = contact.c.archived_at.is_(None) & company.c.archived_at.is_(None)
        ours = phone_number.c.e164.in_(select(own_number.c.e164))
        query = select(*_PHONE).select_from(tables).where(alive, ~ours)
        query = query.order_by(
            phone_number.c.contact_id.is_(None), phone_number.c.created_at, phone_number.c.id
        )
        for some in chunks(e164s):
            for row in await self._connection.execute(query.where(phone_number.c.e164.in_(some))):
                owners.setdefault(row.e164, []).append(_phone(row))
        return owners

    async def add_phone_numbers(self, numbers: Sequence[PhoneNumber]) -> None:
        rows = [shallow(one) | {"reversed": digits(one.e164)[::-1]} for one in numbers]
        if rows:
            await self._connection.execute(plain_insert(phone_number), rows)
        for one in numbers:
            self._owner_changed(one)

    async def remove_phone_number(self, phone_id: UUID) -> None:
        if old := await self.phone_number(phone_id):
            await self._connection.execute(delete(phone_number).where(phone_number.c.id == phone_id))
            self._owner_changed(old)

    async def search(self, text: str, limit: int = 20) -> list[Found]:
        return await search.search(self._connection, text, limit)

    async def tags(self) -> list[str]:
        return await known_tags(self._connection)

    async def count(self, kind: ClientKind) -> int:
        table = contact if kind is ClientKind.CONTACT else company
        query = select(func.count()).select_from(table).where(table.c.archived_at.is_(None))
        return await self._connection.scalar(query) or 0

    async def write_search_text(self) -> None:
        """Once for each transaction (SqlTx.flush)."""
        contacts, companies = self._unwritten[ClientKind.CONTACT], self._unwritten[ClientKind.COMPANY]
        await search.write_documents(self._connection, contacts, companies)

    def _owner_changed(self, number: PhoneNumber) -> None:
        if number.contact_id:
            self._unwritten[ClientKind.CONTACT].add(number.contact_id)
        if number.company_id:
            self._unwritten[ClientKind.COMPANY].add(number.company_id)

    async def _where_in(self, table: Table, column: Column[Any], values: Iterable[Any]) -> list[Row[Any]]:
        rows: list[Row[Any]] = []
        for some in chunks(set(values)):
            rows += await self._connection.execute(select(table).where(column.in_(some)))
        return rows


def _page(table: Table, after: tuple[str, UUID] | None, limit: int) -> Select[Any]:
    query = select(table).where(table.c.archived_at.is_(None)).order_by(table.c.name, table.c.id).limit(limit)
    if after is None:
        return query
    name, last_id = after
    return query.where(tuple_(table.c.name, table.c.id) > tuple_(literal(name), literal(last_id, Id)))


def _oldest_first(rows: list[Row[Any]]) -> list[Row[Any]]:
    return sorted((row for row in rows if row.archived_at is None), key=lambda row: (row.created_at, row.id))


def _contact(row: Row[Any]) -> Contact:
    return Contact(**named(row))


def _company(row: Row[Any]) -> Company:
    return Company(**named(row))


def _phone(row: Row[Any]) -> PhoneNumber:
    return PhoneNumber(**{**named(row), "kind": PhoneKind(row.kind)})
