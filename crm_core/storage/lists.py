# SPDX-License-Identifier: Apache-2.0
"""Lists: a page by key, and what stands beside its rows, fetched for that page only."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Row, Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call_history import CallFilter
from crm_core.domain.client import ClientKind, Company, Contact
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.listing import (
    MOST_FOUND,
    CompanyRow,
    ContactRow,
    DealRow,
    LeadRow,
    Listed,
    ListKind,
    ListQuery,
    OrderRow,
    Place,
    SavedView,
)
from crm_core.domain.shallow import shallow
from crm_core.storage import call_list, list_query, search
from crm_core.storage.bands import SqlBands
from crm_core.storage.clients import SqlClients
from crm_core.storage.deals import deal_of
from crm_core.storage.groups import heads_of
from crm_core.storage.list_query import COMPANIES, CONTACTS, DEALS, LEADS, ORDERS, Source
from crm_core.storage.orders import order_of
from crm_core.storage.schema import company, contact, saved_view, user
from crm_core.storage.sql import chunks, insert, named

T = TypeVar("T")
_SOURCES = {
    ListKind.CONTACTS: CONTACTS,
    ListKind.COMPANIES: COMPANIES,
    ListKind.ORDERS: ORDERS,
    ListKind.LEADS: LEADS,
    ListKind.DEALS: DEALS,
}
_SEARCHED = {ListKind.CONTACTS: ClientKind.CONTACT, ListKind.COMPANIES: ClientKind.COMPANY}


class SqlLists:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def contacts(self, query: ListQuery) -> Listed[ContactRow]:
        rows, place, capped = await self._page(ListKind.CONTACTS, query)
        contacts = [Contact(**named(row)) for row in rows]
        companies = await self._names(company, (one.company_id for one in contacts))
        managers = await self._names(user, (one.manager_id for one in contacts))
        numbers = await self._numbers([one.id for one in contacts])
        bands = await self._bands({one.company_id or one.id for one in contacts})
        told = [
            ContactRow(
                contact=one,
                company=companies.get(one.company_id),
                manager=managers.get(one.manager_id),
                numbers=numbers.get(one.id, ()),
                band=bands[one.company_id or one.id],
            )
            for one in contacts
        ]
        return Listed(told, place, capped)

    async def companies(self, query: ListQuery) -> Listed[CompanyRow]:
        rows, place, capped = await self._page(ListKind.COMPANIES, query)
        companies = [Company(**named(row)) for row in rows]
        ids = [one.id for one in companies]
        managers = await self._names(user, (one.manager_id for one in companies))
        numbers, people = await self._numbers(ids), await self._people(ids)
        bands = await self._bands(ids)
        told = [
            CompanyRow(
                company=one,
                manager=managers.get(one.manager_id),
                numbers=numbers.get(one.id, ()),
                people=people.get(one.id, 0),
                band=bands[one.id],
            )
            for one in companies
        ]
        return Listed(told, place, capped)

    async def orders(self, query: ListQuery) -> Listed[OrderRow]:
        rows, place, capped = await self._page(ListKind.ORDERS, query)
        orders = [order_of(row) for row in rows]
        contacts = await self._names(contact, (one.contact_id for one in orders))
        companies = await self._names(company, (one.company_id for one in orders))
        told = [
            OrderRow(order=one, contact=contacts.get(one.contact_id), company=companies.get(one.company_id))
            for one in orders
        ]
        return Listed(told, place, capped)

    async def deals(self, query: ListQuery) -> Listed[DealRow]:
        rows, place, capped = await self._page(ListKind.DEALS, query)
        deals = [deal_of(row) for row in rows]
        contacts = await self._names(contact, (one.contact_id for one in deals))
        companies = await self._names(company, (one.company_id for one in deals))
        owners = await self._names(user, (one.owner_id for one in deals))
        told = [
            DealRow(
                deal=one,
                contact=contacts.get(one.contact_id),
                company=companies.get(one.company_id),
                owner=owners.get(one.owner_id),
            )
            for one in deals
        ]
        return Listed(told, place, capped)

    async def leads(self, query: ListQuery) -> Listed[LeadRow]:
        rows, place, capped = await self._page(ListKind.LEADS, query)
        leads = [Lead(**{**named(row), "status": LeadStatus(row.status)}) for row in rows]
        contacts = await self._names(contact, (one.contact_id for one in leads))
        managers = await self._names(user, (one.manager_id for one in leads))
        told = [
            LeadRow(lead=one, contact=contacts.get(one.contact_id), manager=managers.get(one.manager_id))
            for one in leads
        ]
        return Listed(told, place, capped)

    async def narrowed(self, kind: ListKind, query: ListQuery) -> list[ColumnElement[bool]]:
        """What the rows of a list fulfil: for whoever changes all of them."""
        filters, _ = await self._searched(kind, query)
        return list_query.narrowed(_SOURCES[kind], filters)

    async def count(self, kind: ListKind, query: ListQuery, most: int) -> int:
        filters, _ = await self._searched(kind, query)
        return await self._connection.scalar(list_query.count(_SOURCES[kind], filters, most)) or 0

    async def count_calls(self, which: CallFilter, most: int) -> int:
        some = (await call_list.page(self._connection, which, None, most)).subquery()
        return await self._connection.scalar(select(func.count()).select_from(some)) or 0

    async def views(self, user_id: UUID, kind: ListKind) -> Sequence[SavedView]:
        mine = (saved_view.c.user_id == user_id) & (saved_view.c.list == kind)
        rows = await self._connection.execute(select(saved_view).where(mine).order_by(saved_view.c.name))
        return [_view(row) for row in rows]

    async def save_view(self, view: SavedView) -> None:
        statement = insert(self._connection, saved_view).values(shallow(view))
        changed = {"query": statement.excluded.query}
        same_name = ["user_id", "list", "name"]
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=same_name, set_=changed)
        )

    async def remove_view(self, user_id: UUID, view_id: UUID) -> SavedView | None:
        mine = (saved_view.c.user_id == user_id) & (saved_view.c.id == view_id)
        row = (await self._connection.execute(delete(saved_view).where(mine).returning(saved_view))).first()
        return None if row is None else _view(row)

    async def _page(self, kind: ListKind, query: ListQuery) -> tuple[list[Row[Any]], Place | None, bool]:
        source = _SOURCES[kind]
        filters, capped = await self._searched(kind, query)
        asked = ListQuery(**shallow(query) | {"filters": filters})
        rows = list(await self._connection.execute(list_query.page(source, asked)))
        more, rows = len(rows) > query.limit, rows[: query.limit]
        return rows, _place(source, query, rows[-1]) if more else None, capped

    async def _searched(self, kind: ListKind, query: ListQuery) -> tuple[dict[str, object], bool]:
        """A text becomes the ids it finds, so that the list itself stays a plain query."""
        filters = dict(query.filters)
        text = filters.pop("text", None)
        if "manager_id" in filters and filters["manager_id"] is None and query.sort != "name":
            filters["nobodys"] = filters.pop("manager_id")
        if "band" in filters:
            bands = await SqlBands(self._connection).settings()
            band = filters.pop("band")
            filters["outside" if band == bands.base else "band"] = band, bands.groups
        if text is None:
            return filters, False
        archived = bool(filters.get("archived"))
        if kind is ListKind.DEALS:
            ids = await search.matching_deals(self._connection, str(text), archived=archived)
        else:
            ids = await search.matching(self._connection, str(text), _SEARCHED[kind], archived=archived)
        return filters | {"ids": ids}, len(ids) >= MOST_FOUND

    async def _names(self, table: Table, ids: Any) -> dict[UUID | None, str]:
        found: dict[UUID | None, str] = {}
        for some in chunks({one for one in ids if one}):
            query = select(table.c.id, table.c.name).where(table.c.id.in_(some))
            found |= {row.id: row.name for row in await self._connection.execute(query)}
        return found

    async def _numbers(self, ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
        numbers = await SqlClients(self._connection).phone_numbers(ids)
        return {owner: tuple(one.e164 for one in theirs) for owner, theirs in numbers.items()}

    async def _bands(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """Who has none that is kept is in the base."""
        book = SqlBands(self._connection)
        bands = await book.settings()
        heads = await heads_of(self._connection, ids) if bands.groups else {}
        known = await book.known({heads.get(one, one) for one in ids})
        standing = {one: known.get(heads.get(one, one)) for one in ids}
        return {one: kept.state.band if kept else bands.base for one, kept in standing.items()}

    async def _people(self, company_ids: Collection[UUID]) -> dict[UUID, int]:
        counted: dict[UUID, int] = {}
        at: Column[Any] = contact.c.company_id
        for some in chunks(company_ids):
            query = select(at, func.count().label("people")).group_by(at)
            query = query.where(at.in_(some), contact.c.archived_at.is_(None))
            counted |= {row.company_id: row.people for row in await self._connection.execute(query)}
        return counted


def _place(source: Source, query: ListQuery, row: Row[Any]) -> Place:
    return Place(getattr(row, source.sorts[query.sort].name), row.id)


def _view(row: Row[Any]) -> SavedView:
    return SavedView(**{**named(row), "list": ListKind(row.list)})
