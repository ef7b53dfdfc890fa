# SPDX-License-Identifier: Apache-2.0
"""The query of a list: its table narrowed by filters, sorted by an index, paged by key."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from crm_core.domain.listing import ListQuery, Place
from crm_core.domain.search import digits
from crm_core.storage.schema import company, contact, lead, order
from crm_core.storage.schema_bands import band_state
from crm_core.storage.schema_deals import deal
from crm_core.storage.schema_tags import client_tag

Column = SqlColumn[Any]
_ASCII = 0x7F
Narrow = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Source:
    table: Table
    sorts: Mapping[str, Column]
    filters: Mapping[str, Narrow]


def page(source: Source, query: ListQuery) -> Select[Any]:
    """One row more than asked for: whether there is a next page."""
    key, row_id = source.sorts[query.sort], source.table.c.id
    found = select(source.table).where(*narrowed(source, query.filters))
    if query.after:
        here, there = tuple_(key, row_id), _place(query.after, key, row_id)
        found = found.where(here < there if query.descending else here > there)
    order_by = (key.desc(), row_id.desc()) if query.descending else (key, row_id)
    return found.order_by(*order_by).limit(query.limit + 1)


def count(source: Source, filters: Mapping[str, object], most: int) -> Select[Any]:
    some = select(source.table.c.id).where(*narrowed(source, filters)).limit(most).subquery()
    return select(func.count()).select_from(some)


def _place(place: Place, key: Column, row_id: Column) -> Any:
    """The values bear the columns' types, which a plain tuple would not give."""
    return tuple_(literal(place.value, key.type), literal(place.id, row_id.type))


def narrowed(source: Source, filters: Mapping[str, object]) -> list[ColumnElement[bool]]:
    return [source.filters[name](value) for name, value in filters.items()]


def _is(column: Column) -> Narrow:
    return lambda value: column.is_(None) if value is None else column == value


def _nobodys(table: Table) -> Narrow:
    """Said so, because SQLite would look 'manager_id IS NULL' up in its index, and then sort nearly every row."""
    return lambda _: func.coalesce(table.c.manager_id, table.c.id) == table.c.id


def _in_band(table: Table) -> Narrow:
    """A contact of a company has the company's; one that belongs to another, its head's, where groups count."""

    def narrow(said: tuple[str, bool]) -> ColumnElement[bool]:
        name, groups = said
        there: Any = select(band_state.c.client_id).where(band_state.c.band == name)
        if groups:
            heads = company.join(band_state, band_state.c.client_id == company.c.head_id)
            below = select(company.c.id).select_from(heads).where(band_state.c.band == name)
            there = union_all(there, below)
        if "company_id" not in table.c:
            return table.c.id.in_(there)
        return or_(table.c.id.in_(there) & table.c.company_id.is_(None), table.c.company_id.in_(there))

    return narrow


def _has_tag(table: Table) -> Narrow:
    """Their own."""

    def narrow(tag: object) -> ColumnElement[bool]:
        return table.c.id.in_(select(client_tag.c.client_id).where(client_tag.c.tag == tag))

    return narrow


def _in_the_base(table: Table) -> Narrow:
    """In none of the others: most of them have no row."""
    owner = func.coalesce(table.c.company_id, table.c.id) if "company_id" in table.c else table.c.id

    def narrow(said: tuple[str, bool]) -> ColumnElement[bool]:
        name, groups = said
        in_none = ~exists().where(band_state.c.client_id == owner, band_state.c.band != name)
        if not groups:
            return in_none
        firm = company.alias()
        of_head = (firm.c.id == owner) & (band_state.c.client_id == firm.c.head_id)
        return in_none & ~exists().where(of_head, band_state.c.band != name)

    return narrow


def _archived(column: Column) -> Narrow:
    return lambda value: column.is_not(None) if value else column.is_(None)


def _any_of(column: Column) -> Narrow:
    def narrow(values: Collection[object]) -> ColumnElement[bool]:
        return column.in_(list(values))

    return narrow


def _from(column: Column) -> Narrow:
    return lambda value: column >= value


def _before(column: Column) -> Narrow:
    return lambda value: column < value


def _starts_with(column: Column) -> Narrow:
    """The range is served by the plain index; that it begins so is looked at within the range."""

    def narrow(value: str) -> ColumnElement[bool]:
        begins = column.startswith(value, autoescape=True)
        last = ord(value[-1])
        return and_(begins, column >= value, column < value[:-1] + chr(last + 1)) if last < _ASCII else begins

    return narrow


def _tail(column: Column) -> Narrow:
    """Leads are few: their numbers have no index of their own."""
    return lambda value: column.like(f"%{digits(value)}")


def _its_own_or_its_contacts(table: Table) -> Narrow:
    """As the card of a company: those that name it, and those of its contacts that name no company."""

    def narrow(company_id: object) -> ColumnElement[bool]:
        its_contacts = select(contact.c.id).where(contact.c.company_id == company_id)
        names_none = func.coalesce(table.c.company_id, table.c.contact_id) == table.c.contact_id
        return or_(table.c.company_id == company_id, and_(names_none, table.c.contact_id.in_(its_contacts)))

    return narrow


def _client(table: Table) -> Source:
    columns = table.c
    return Source(
        table,
        {"name": columns.name, "created": columns.created_at, "updated": columns.updated_at},
        {
            "ids": _any_of(columns.id),
            "manager_id": _is(columns.manager_id),
            "nobodys": _nobodys(table),
            "band": _in_band(table),
            "tag": _has_tag(table),
            "outside": _in_the_base(table),
            "archived": _archived(columns.archived_at),
            "since": _from(columns.created_at),
            "until": _before(columns.created_at),
            **({"company_id": _is(columns.company_id)} if "company_id" in columns else {}),
        },
    )


CONTACTS = _client(contact)
COMPANIES = _client(company)
ORDERS = Source(
    order,
    {"ordered": order.c.ordered_at, "number": order.c.number, "amount": order.c.amount},
    {
        "status": _is(order.c.status),
        "number": _starts_with(order.c.number),
        "contact_id": _is(order.c.contact_id),
        "company_id": _its_own_or_its_contacts(order),
        "since": _from(order.c.ordered_at),
        "until": _before(order.c.ordered_at),
    },
)
DEALS = Source(
    deal,
    {
        "expected": deal.c.expected_on,
        "amount": deal.c.amount,
        "created": deal.c.created_at,
        "title": deal.c.title,
    },
    {
        "ids": _any_of(deal.c.id),
        "archived": _archived(deal.c.archived_at),
        "owner_id": _is(deal.c.owner_id),
        "stage": _is(deal.c.stage),
        "state": _is(deal.c.state),
        "contact_id": _is(deal.c.contact_id),
        "company_id": _its_own_or_its_contacts(deal),
    },
)
LEADS = Source(
    lead,
    {"created": lead.c.created_at},
    {
        "status": _is(lead.c.status),
        "manager_id": _is(lead.c.manager_id),
        "nobodys": _nobodys(lead),
        "tail": _tail(lead.c.e164),
        "since": _from(lead.c.created_at),
        "until": _before(lead.c.created_at),
    },
)
