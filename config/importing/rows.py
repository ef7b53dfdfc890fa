# SPDX-License-Identifier: Apache-2.0
"""Rows of a file become received clients and orders; what cannot is refused with its reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from config.importing import cells
from config.importing.columns import CLIENT, ORDER, Columns, find_columns
from config.importing.table_file import MAX_CELL, Table
from crm_core.domain.client_field import ClientField
from crm_core.domain.errors import CrmError, InvalidInputError
from crm_core.domain.money import parse_amount
from crm_core.domain.order import OrderStatus
from crm_core.domain.received import ReceivedClient, ReceivedOrder

_WHOSE = ("phone", "name", "external_id", "company", "company_external_id", "tax_id")


@dataclass(frozen=True, slots=True)
class Read:
    """A row of the file: what it says, or why it cannot be used."""

    row: int
    received: Any = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    rows: list[Read]
    notes: list[str]  # what the person who imports should know


def read_clients(table: Table, own: Sequence[ClientField] = ()) -> Reading:
    """`own`: the fields that the house has added."""
    columns = find_columns(table, CLIENT, (), ("name", "phone", "company"), own)
    return Reading(_each(table, lambda row: cells.client(row, columns)), _notes(table, columns))


def read_orders(table: Table, zone: ZoneInfo) -> Reading:
    columns = find_columns(table, CLIENT | ORDER, ("number", "amount", "ordered_at"), _WHOSE)
    default = _default_status(columns)
    notes = _notes(table, columns)
    if default is OrderStatus.PAID:
        notes.append("There is no column for a status or a payment date: every order is taken as paid.")
    return Reading(_each(table, lambda row: _order(row, columns, zone, default)), notes)


def _each(table: Table, read: Callable[[list[str]], ReceivedClient | ReceivedOrder]) -> list[Read]:
    done = []
    for number, row in table.rows:
        try:
            if any(len(cell) > MAX_CELL for cell in row):
                raise InvalidInputError(f"a cell has more than {MAX_CELL} characters")
            done.append(Read(number, read(row)))
        except CrmError as error:
            done.append(Read(number, refused=str(error)))
    return done


def _default_status(columns: Columns) -> OrderStatus | None:
    """A list of orders that knows nothing of payment is one of sales."""
    tells = any(field in columns for field in ("status", "paid_at", "shipped_at"))
    return None if tells else OrderStatus.PAID


def _order(row: list[str], columns: Columns, zone: ZoneInfo, default: OrderStatus | None) -> ReceivedOrder:
    told = {field: columns.of(row, field) for field in ORDER}
    for field in ("number", "amount", "ordered_at"):
        if told[field] is None:
            raise InvalidInputError(f"the order has no {field.replace('ordered_at', 'date')}")
    moments = {
        field: cells.moment(told[field] or "", zone) if told[field] else None
        for field in ("paid_at", "shipped_at", "returned_at")
    }
    return ReceivedOrder(
        number=told["number"] or "",
        client=cells.client(row, columns),
        status=default or _status(told),
        amount=parse_amount(told["amount"] or ""),
        currency=told["currency"].upper() if told["currency"] else None,
        returned=parse_amount(told["returned"]) if told["returned"] else None,
        ordered_at=cells.moment(told["ordered_at"] or "", zone),
        **moments,
    )


def _status(told: dict[str, str | None]) -> OrderStatus:
    if told["status"]:
        return cells.status(told["status"])
    if told["paid_at"]:
        return OrderStatus.PAID
    return OrderStatus.SHIPPED if told["shipped_at"] else OrderStatus.NEW


def _notes(table: Table, columns: Columns) -> list[str]:
    notes = []
    if table.charset not in {"", "utf-8"}:
        notes.append(f"Read as {table.charset}; if the letters are wrong, say which with --charset.")
    if columns.ignored:
        notes.append(f"Columns not used: {', '.join(title[:40] for title in columns.ignored[:20])}")
    return notes
