# SPDX-License-Identifier: Apache-2.0
"""Search over clients and deals: trigram indexes over one folded text, and an index over reversed numbers."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, and_, false, func, or_, select, table, union_all
from sqlalchemy import column as plain_column
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.client import ClientKind, Found
from crm_core.domain.listing import MOST_FOUND
from crm_core.domain.search import SHORTEST, digits, document, fold, is_number
from crm_core.storage.engine import is_sqlite
from crm_core.storage.schema import company, contact, phone_number, search_doc
from crm_core.storage.schema_deals import deal
from crm_core.storage.sql import chunks, insert

DEAL = "deal"  # beside ClientKind, in search_doc.kind
_fts = table(
    "fts_search", plain_column("rowid"), plain_column("text")
)  # SQLite's; migrations keep it by triggers


async def search(connection: AsyncConnection, text: str, limit: int) -> list[Found]:
    some = _candidates(connection, text).subquery()
    query = select(some).order_by(some.c.text, some.c.seq).limit(limit)
    rows = (await connection.execute(query)).all()
    contacts = await _contacts(connection, [row.owner_id for row in rows if row.kind == ClientKind.CONTACT])
    companies = await _companies(connection, [row.owner_id for row in rows if row.kind == ClientKind.COMPANY])
    numbers = await _numbers(connection, [row.owner_id for row in rows], digits(text))
    names = contacts | companies
    return [
        Found(
            kind=ClientKind(row.kind),
            id=row.owner_id,
            name=names[row.owner_id][0],
            company=names[row.owner_id][1],
            e164=numbers.get(row.owner_id),
        )
        for row in rows
    ]


async def companies_named(connection: AsyncConnection, name: str) -> list[UUID]:
    """Those of this name in any case; of names too short for the index, none."""
    key = fold(name)
    tables: FromClause = search_doc
    if len(key) < SHORTEST:
        return []
    query = select(search_doc.c.owner_id).where(
        or_(search_doc.c.text == key, search_doc.c.text.like(f"{key}|%")),
        search_doc.c.kind == ClientKind.COMPANY,
        search_doc.c.archived == false(),
    )
    if is_sqlite(connection):
        tables = _found_first()
        query = query.where(_fts.c.text.like(f"{key}%"))
    else:
        query = query.where(search_doc.c.text.like(f"{key}%"))
    return list(await connection.scalars(query.select_from(tables)))


def _by_number(asked: str, owner: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whose number ends so; `owner`: the column with the id of a contact or a company."""
    if len(asked) < SHORTEST:
        return false()
    number = phone_number.c
    tails = [asked[::-1]]
    if asked.startswith("8"):  # as Russians write +7: the tail without it is also meant
        tails.append(asked[:0:-1])
    whose = select(func.coalesce(number.contact_id, number.company_id))
    return owner.in_(union_all(*(whose.where(*_begins(one)) for one in tails)))


def _begins(prefix: str) -> list[ColumnElement[bool]]:
    """A range, not LIKE: it uses the plain index on both databases, and digits sort alike in every collation."""
    column = phone_number.c.reversed
    head = prefix.rstrip("9")
    above = [column < head[:-1] + str(int(head[-1]) + 1)] if head else []
    return [column >= prefix, *above]


def _candidates(connection: AsyncConnection, text: str) -> Select[Any]:
    """The first so many hits, unsorted: sorting a million that match 'llc' would take seconds."""
    tables, wanted = _wanted(connection, text)
    query = select(search_doc).select_from(tables)
    clients = search_doc.c.kind != DEAL
    return query.where(wanted, clients, search_doc.c.archived == false()).limit(MOST_FOUND)


async def matching(
    connection: AsyncConnection, text: str, kind: ClientKind, *, archived: bool = False
) -> list[UUID]:
    """The owners a list is narrowed to: the first MOST_FOUND of this kind."""
    tables, wanted = _wanted(connection, text)
    query = select(search_doc.c.owner_id).select_from(tables)
    query = query.where(wanted, search_doc.c.kind == kind, search_doc.c.archived == archived)
    return list(await connection.scalars(query.limit(MOST_FOUND)))


async def matching_deals(connection: AsyncConnection, text: str, *, archived: bool = False) -> list[UUID]:
    """By the words of their title and of their client's names; by a client's number too."""
    tables, wanted = _worded(connection, text)
    query = select(search_doc.c.owner_id).select_from(tables)
    query = query.where(wanted, search_doc.c.kind == DEAL, search_doc.c.archived == archived)
    found = list(await connection.scalars(query.limit(MOST_FOUND)))
    if is_number(text):
        there = deal.c.archived_at.is_not(None) if archived else deal.c.archived_at.is_(None)
        for owner in (deal.c.contact_id, deal.c.company_id):  # each by its own index
            theirs = select(deal.c.id).where(_by_number(digits(text), owner), there)
            found += await connection.scalars(theirs.limit(MOST_FOUND))
    return list(dict.fromkeys(found))[:MOST_FOUND]


def _wanted(connection: AsyncConnection, text: str) -> tuple[FromClause, ColumnElement[bool]]:
    if is_number(text):
        return search_doc, _by_number(digits(text), search_doc.c.owner_id)
    return _worded(connection, text)


def _worded(connection: AsyncConnection, text: str) -> tuple[FromClause, ColumnElement[bool]]:
    tables: FromClause = search_doc
    words = fold(text).split()
    wanted = _by_words(words)
    long = [word for word in words if len(word) >= SHORTEST]
    if long and is_sqlite(connection):
        # Only the long ones: SQLite 3.40 crashes when FTS5 is given a LIKE without a trigram before one with some.
        tables = _found_first()
        wanted &= and_(*(_fts.c.text.like(f"%{word}%") for word in long))
    return tables, wanted


def _found_first() -> FromClause:
    """Hits of the full-text index, then their documents: '+ 0' keeps SQLite from asking it about each in turn."""
    return _fts.join(search_doc, search_doc.c.seq == _fts.c.rowid.op("+")(0))


def _by_words(words: list[str]) -> ColumnElement[bool]:
    """Every word somewhere in the text; the trigram index serves those of three letters and more."""
    if not any(len(word) >= SHORTEST for word in words):
        return _starts(words) if words else false()
    return and_(*(search_doc.c.text.like(f"%{word}%") for word in words))


def _starts(words: list[str]) -> ColumnElement[bool]:
    """One or two letters: only what begins with them."""
    return search_doc.c.text.like(" ".join(words) + "%")


async def write_documents(
    connection: AsyncConnection, contacts: Collection[UUID], companies: Collection[UUID]
) -> None:
    """Write anew what these, and the contacts of these companies, are found by."""
    rows = []
    for some in chunks(companies):
        query = select(company.c.id, company.c.name, company.c.tax_id, company.c.archived_at)
        found = (await connection.execute(query.where(company.c.id.in_(some)))).all()
        rows += await _documents(connection, ClientKind.COMPANY, found)
        theirs = select(contact.c.id).where(contact.c.company_id.in_(some))
        contacts = {*contacts, *(await connection.scalars(theirs))}
    for some in chunks(contacts):
        found = (await connection.execute(_contact_texts().where(contact.c.id.in_(some)))).all()
        rows += await _documents(connection, ClientKind.CONTACT, found)
    await _put(connection, rows)
    await write_deals(connection, await _deals_of(connection, contacts, companies))


async def write_deals(connection: AsyncConnection, deals: Collection[UUID]) -> None:
    """Write anew what these are found by."""
    for some in chunks(deals):
        found = await connection.execute(_deal_texts().where(deal.c.id.in_(some)))
        texts = [(row.id, document(row[1:-1], ()), row.archived_at is not None) for row in found]
        await _put(
            connection,
            [{"kind": DEAL, "owner_id": one, "text": text, "archived": gone} for one, text, gone in texts],
        )


async def _deals_of(
    connection: AsyncConnection, contacts: Collection[UUID], companies: Collection[UUID]
) -> set[UUID]:
    """They are found by the names of these."""
    found: set[UUID] = set()
    for column, ids in ((deal.c.contact_id, contacts), (deal.c.company_id, companies)):
        for some in chunks(ids):
            found |= set(await connection.scalars(select(deal.c.id).where(column.in_(some))))
    return found


def _deal_texts() -> Select[Any]:
    firm = company.alias()
    names = (deal.c.title, contact.c.name, company.c.name.label("own"), firm.c.name.label("firm"))
    tables = deal.outerjoin(contact, contact.c.id == deal.c.contact_id)
    tables = tables.outerjoin(company, company.c.id == deal.c.company_id)
    tables = tables.outerjoin(firm, firm.c.id == contact.c.company_id)
    return select(deal.c.id, *names, deal.c.archived_at).select_from(tables)


async def _put(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    if rows:
        new = insert(connection, search_doc)
        changed = {"text": new.excluded.text, "archived": new.excluded.archived}
        await connection.execute(new.on_conflict_do_update(index_elements=["owner_id"], set_=changed), rows)


def _contact_texts() -> Any:
    columns = (
        contact.c.id,
        contact.c.name,
        company.c.name.label("company"),
        contact.c.email,
        contact.c.position,
    )
    return select(*columns, contact.c.archived_at).select_from(contact.outerjoin(company))


async def _documents(connection: AsyncConnection, kind: ClientKind, found: Any) -> list[dict[str, Any]]:
    owner = phone_number.c.contact_id if kind is ClientKind.CONTACT else phone_number.c.company_id
    query = select(owner.label("owner"), phone_number.c.e164).where(owner.in_([row.id for row in found]))
    numbers: dict[UUID, list[str]] = {}
    for row in await connection.execute(query.order_by(phone_number.c.created_at, phone_number.c.id)):
        numbers.setdefault(row.owner, []).append(row.e164)
    return [
        {
            "kind": kind,
            "owner_id": row.id,
            "text": document(row[1:-1], numbers.get(row.id, ())),
            "archived": row.archived_at is not None,
        }
        for row in found
    ]


async def _contacts(connection: AsyncConnection, ids: list[UUID]) -> dict[UUID, tuple[str, str | None]]:
    query = _contact_texts().where(contact.c.id.in_(ids))
    return {row.id: (row.name, row.company) for row in await connection.execute(query)}


async def _companies(connection: AsyncConnection, ids: list[UUID]) -> dict[UUID, tuple[str, str | None]]:
    query = select(company.c.id, company.c.name).where(company.c.id.in_(ids))
    return {row.id: (row.name, None) for row in await connection.execute(query)}


async def _numbers(connection: AsyncConnection, ids: list[UUID], asked: str) -> dict[UUID, str]:
    """One number each: the one asked for, else the oldest."""
    number, shown = phone_number.c, dict[UUID, str]()
    for owner in (number.contact_id, number.company_id):
        query = select(owner, number.e164).where(owner.in_(ids)).order_by(number.created_at.desc())
        for one, e164 in await connection.execute(query):
            known = shown.get(one)
            if known is None or not (asked and known.endswith(asked)):
                shown[one] = e164
    return shown
