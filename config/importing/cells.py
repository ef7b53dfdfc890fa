# SPDX-License-Identifier: Apache-2.0
"""What stands in one cell: dates, statuses, several numbers at once."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from config.importing.columns import Columns
from crm_core.domain import tags
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.order import OrderStatus
from crm_core.domain.received import ReceivedClient

_STATUSES = {
    OrderStatus.NEW: "new|open|created|pending|in progress|unpaid|новый|создан|принят|в работе|в обработке|не оплачен",
    OrderStatus.SHIPPED: "shipped|sent|delivered|отгружен|отправлен|доставлен|в доставке",
    OrderStatus.PAID: "paid|completed|complete|closed|done|оплачен|оплачено|выполнен|завершен|закрыт",
    OrderStatus.CANCELLED: "cancelled|canceled|void|отменен|отмена|аннулирован",
    OrderStatus.RETURNED: "returned|refunded|return|возврат|возвращен",
}
_BY_WORD = {word: status for status, words in _STATUSES.items() for word in words.split("|")}
_DAY_FIRST = re.compile(
    r"(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\Z", re.ASCII
)
# A comma only before another whole number; what begins so is an extension of the one before.
_BETWEEN = re.compile(r"[;\n|]+(?!\s*(?:доб|вн|ext|x|#))|,(?=(?:\D*\d){7})", re.IGNORECASE)


def status(text: str) -> OrderStatus:
    found = _BY_WORD.get(" ".join(text.casefold().replace("ё", "е").split()))
    if found is None:
        raise InvalidInputError(f"not a status of an order: {text[:40]!r}")
    return found


def moment(text: str, zone: ZoneInfo) -> datetime:
    """2026-11-20, 2026-11-20 12:30, 20.11.2026 12:30; a time without a zone is one of the house."""
    try:
        found = _day_first(text) or datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"not a date (as 2026-11-20 or 20.11.2026): {text[:40]!r}") from error
    try:
        aware = found if found.tzinfo else found.replace(tzinfo=zone)
        aware.utctimetuple()
    except OverflowError as error:
        raise InvalidInputError(f"the date cannot be right: {text[:40]!r}") from error
    return aware


def client(row: list[str], columns: Columns) -> ReceivedClient:
    phones = [part.strip() for cell in columns.all_of(row, "phone") for part in _BETWEEN.split(cell)]
    return ReceivedClient(
        name=columns.of(row, "name"),
        external_id=columns.of(row, "external_id"),
        phones=tuple(dict.fromkeys(phone for phone in phones if phone)),
        email=columns.of(row, "email"),
        position=columns.of(row, "position"),
        note=columns.of(row, "note"),
        manager=columns.of(row, "manager"),
        company=columns.of(row, "company"),
        company_external_id=columns.of(row, "company_external_id"),
        tax_id=columns.of(row, "tax_id"),
        parent=columns.of(row, "parent"),
        tags=tags.split(columns.of(row, "tags") or ""),
        fields=tuple((name, said) for name in columns.own if (said := columns.of(row, name))),
    )


def _day_first(text: str) -> datetime | None:
    found = _DAY_FIRST.match(text)
    if not found:
        return None
    day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
    return datetime(year if year > 99 else 2000 + year, month, day, hour, minute, second)  # noqa: DTZ001, PLR2004 - the zone comes next; two digits are this century's
