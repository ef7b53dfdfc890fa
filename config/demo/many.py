# SPDX-License-Identifier: Apache-2.0
"""A big house for measuring: a million contacts with companies and orders, two million calls, in minutes."""

import random
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config.demo.generate import number_of
from crm_core.domain.errors import CrmError
from crm_core.domain.ids import uuid7
from crm_core.storage.analysis import analyse
from crm_core.storage.engine import is_sqlite, no_hurry
from crm_core.storage.schema import (
    call,
    call_leg,
    communication,
    company,
    contact,
    order,
    phone_number,
    search_doc,
    turnover_day,
    user,
)
from crm_core.storage.store import SqlStore

_BATCH = 20_000
_NAMES = "Olga Ivan Maria Pavel Anna Sergei Irina Dewi Budi Oksana Taras Elena Roman Yulia Igor Siti"
_GIVEN = tuple(_NAMES.split())
_SURNAMES = """Petrov Sokolov Orlov Lebedev Kozlov Novikov Morozov Pavlov Golubev Wijaya Santoso Shevchenko Bondar Koval
Volkov Zaitsev Smirnov Popov Vasiliev Semenov Egorov Frolov Gusev Titov Belov Zhukov Kalinin Osipov"""
_FAMILY = tuple(_SURNAMES.split())
_DAYS = 365
_PEOPLE = 20  # contacts for each company, a quarter of whom say that they work there
BUYERS = 5  # contacts for each order
_BEST = 1000  # calls for each of the best client's
_DID = "+74951112233"
# Row by row, indexes cost most of the time; built at the end, a quarter of it.
_TRIGGER = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'fts_search_insert'"
_INDEX = "SELECT indexdef FROM pg_indexes WHERE indexname = 'fts_search'"
_FILLED = (call, call_leg, communication, company, contact, order, phone_number, turnover_day)
_QUICK = ("PRAGMA cache_size = -400000", "PRAGMA synchronous = OFF")
_SAFE = ("PRAGMA cache_size = -2000", "PRAGMA synchronous = FULL")


class AlreadyThereError(CrmError):
    """The many clients are there already: load them into a new database."""


async def load_many(store: SqlStore, contacts: int, communications: int, now: datetime) -> None:
    """Beside what is there; leaves no change rows, so a server reads them when it starts."""
    async with store.engines.writer.connect() as connection:
        if is_sqlite(connection):
            await _say(connection, _QUICK)
        try:
            async with connection.begin():
                await no_hurry(connection)
                await _load(connection, contacts, communications, now)
                await analyse(connection)
        finally:
            if is_sqlite(connection):
                await _say(connection, _SAFE)


async def _say(connection: AsyncConnection, pragmas: Iterable[str]) -> None:
    """Outside of a transaction: inside of one, SQLite does not listen."""
    raw = await connection.get_raw_connection()
    for pragma in pragmas:
        await raw.driver_connection.execute(pragma)  # type: ignore[union-attr]


async def _load(connection: AsyncConnection, contacts: int, communications: int, now: datetime) -> None:
    first = select(phone_number.c.id).where(phone_number.c.e164 == number_of(0))
    if await connection.scalar(first):
        raise AlreadyThereError
    people = list(await connection.scalars(select(user.c.id).where(user.c.role == "operator")))
    if not people:
        raise CrmError("there are no operators yet whose clients they could be")
    async with _indexed_at_the_end(connection):
        dice = random.Random(7)  # noqa: S311 - for measuring, not a secret
        for some in _ranges(contacts):
            await _put(connection, _clients(some, people, dice, now))
        for some in _ranges(contacts // BUYERS):
            await _put(connection, _orders(some, contacts, dice, now))
        for some in _ranges(communications):
            await _put(connection, _calls(some, (contacts, communications), people, dice, now))


@asynccontextmanager
async def _indexed_at_the_end(connection: AsyncConnection) -> AsyncIterator[None]:
    indexes = [index for table in _FILLED for index in table.indexes]
    words = await connection.scalar(text(_TRIGGER if is_sqlite(connection) else _INDEX))
    kind = "TRIGGER fts_search_insert" if is_sqlite(connection) else "INDEX fts_search"
    await connection.execute(text(f"DROP {kind}"))
    for index in indexes:
        await connection.run_sync(index.drop)
    yield
    for index in indexes:
        await connection.run_sync(index.create)
    if is_sqlite(connection):
        await connection.execute(text("INSERT INTO fts_search (fts_search) VALUES ('rebuild')"))
    await connection.execute(text(str(words)))


def _ranges(count: int) -> Iterator[range]:
    for first in range(0, count, _BATCH):
        yield range(first, min(first + _BATCH, count))


async def _put(connection: AsyncConnection, rows: Iterable[tuple[Table, dict[str, Any]]]) -> None:
    sorted_out: dict[Table, list[dict[str, Any]]] = {}
    for table, row in rows:
        sorted_out.setdefault(table, []).append(row)
    for table, some in sorted_out.items():
        if is_sqlite(connection):
            await connection.execute(insert(table), some)
        else:
            await _copy(connection, table, some)


async def _copy(connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """PostgreSQL's own way in, ten times as quick as statements."""
    names = list(rows[0])
    binds = [
        table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        for name in names
    ]
    records = [
        tuple(bind(row[name]) if bind else row[name] for name, bind in zip(names, binds, strict=True))
        for row in rows
    ]
    raw = await connection.get_raw_connection()
    await raw.driver_connection.copy_records_to_table(table.name, records=records, columns=names)  # type: ignore[union-attr]


def client_id(index: int, now: datetime) -> UUID:
    return uuid7(int(now.timestamp() * 1000), index)


def company_id(index: int, now: datetime) -> UUID:
    return uuid7(int(now.timestamp() * 1000) - 1, index)


def name_of(index: int) -> str:
    """Many namesakes, told apart by a number."""
    return f"{_GIVEN[index % len(_GIVEN)]} {_FAMILY[index // len(_GIVEN) % len(_FAMILY)]} {index}"


def company_name(index: int) -> str:
    return f"{_FAMILY[index % len(_FAMILY)]} Trading {index}"


def order_number(index: int) -> str:
    return f"BIG-{index:07}"


def _clients(
    indexes: range, people: Sequence[UUID], dice: random.Random, now: datetime
) -> Iterator[tuple[Table, dict[str, Any]]]:
    for index in indexes:
        contact_id, e164, name = client_id(index, now), number_of(index), name_of(index)
        born = now - timedelta(days=dice.randrange(_DAYS * 3))
        email = f"client{index}@example.com"
        manager = people[index % len(people)] if index % 3 else None
        if index % _PEOPLE == 0:
            yield from _company(index // _PEOPLE, manager, now)
        works_at = company_id(index // _PEOPLE, now) if index % 4 == 0 else None
        yield contact, {
            "id": contact_id, "name": name, "email": email, "manager_id": manager, "company_id": works_at,
            "created_at": born, "updated_at": born,
        }  # fmt: skip
        yield phone_number, {
            "id": contact_id, "e164": e164, "reversed": e164[:0:-1], "raw": e164, "kind": "mobile",
            "contact_id": contact_id, "created_at": born,
        }  # fmt: skip
        found_by = f"{name.casefold()}|{email}|{e164[1:]}"
        yield search_doc, {"kind": "contact", "owner_id": contact_id, "text": found_by, "archived": False}


def _company(index: int, manager: UUID | None, now: datetime) -> Iterator[tuple[Table, dict[str, Any]]]:
    one, name, born = company_id(index, now), company_name(index), now - timedelta(days=_DAYS * 3)
    yield company, {"id": one, "name": name, "manager_id": manager, "created_at": born, "updated_at": born}
    yield search_doc, {"kind": "company", "owner_id": one, "text": name.casefold(), "archived": False}


def _orders(
    indexes: range, contacts: int, dice: random.Random, now: datetime
) -> Iterator[tuple[Table, dict[str, Any]]]:
    """Paid at once, by anybody, over three years."""
    for index in indexes:
        at = now - timedelta(days=_DAYS * 3) * dice.random()
        one, who = uuid7(int(at.timestamp() * 1000), index), client_id(dice.randrange(contacts), now)
        owned = {"contact_id": who, "amount": dice.randrange(50_000, 5_000_000), "currency": "RUB"}
        yield order, {
            "id": one, "number": order_number(index), "status": "paid", "returned": 0,
            "ordered_at": at, "paid_at": at, "updated_at": at, **owned,
        }  # fmt: skip
        yield turnover_day, {"order_id": one, "day": at.date().toordinal(), **owned}


def _calls(
    indexes: range, totals: tuple[int, int], people: Sequence[UUID], dice: random.Random, now: datetime
) -> Iterator[tuple[Table, dict[str, Any]]]:
    """Evenly over a year, oldest first; one in five was missed."""
    contacts, calls = totals
    apart = timedelta(days=_DAYS) / calls
    for index in indexes:
        begin = now - timedelta(days=_DAYS) + apart * index
        call_id, who, of = (
            uuid7(int(begin.timestamp() * 1000), index),
            people[index % len(people)],
            dice.randrange(contacts) if index % _BEST else 0,
        )
        e164, missed = number_of(of), dice.random() < 0.2  # noqa: PLR2004 - as said above
        talk = 0.0 if missed else dice.uniform(20, 400)
        answered = None if missed else begin + timedelta(seconds=8)
        end = begin + timedelta(seconds=8 + talk)
        disposition = "abandoned" if missed else "answered"
        leg_of = {"answered_at": answered, "ended_at": end, "talk_s": talk, "hold_s": 0.0}
        yield call, {
            "id": call_id, "pbx": "main", "boot": "many", "direction": "inbound", "caller": e164,
            "dialled": _DID, "client_e164": e164, "client_reversed": e164[:0:-1], "trunk": "PJSIP/trunk",
            "answered_by": None if missed else "101", "final_party": None if missed else "101",
            "answered_user_id": None if missed else who, "disposition": disposition, "missed": missed,
            "started_at": begin, "wait_s": 8.0, "hangup_by": "caller", "transfers": [], "talks": [],
            "uncertain": [], **leg_of,
        }  # fmt: skip
        yield call_leg, {
            "call_id": call_id, "call_started_at": begin, "position": 0, "uniqueid": "",
            "device": "PJSIP/101", "party": "101", "kind": "operator", "user_id": who, "rang_at": begin,
            "end_reason": "hangup", **leg_of,
        }  # fmt: skip
        yield communication, {
            "id": call_id, "kind": "call", "call_id": call_id, "trigger": "primary",
            "contact_id": uuid7(int(now.timestamp() * 1000), of), "user_id": None if missed else who,
            "e164": e164, "place": _DID, "started_at": begin, "duration_s": talk,
            "result": None if missed else "order", "note": f"About order {index}", "in_statistics": True,
            "updated_at": end,
        }  # fmt: skip
