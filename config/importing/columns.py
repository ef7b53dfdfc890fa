# SPDX-License-Identifier: Apache-2.0
"""Which column says what: the names people give to columns, in English and in Russian."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from config.importing.table_file import Table
from crm_core.domain.client_field import ClientField
from crm_core.domain.errors import InvalidInputError

CLIENT: Final = {
    "name": "name|client|client name|customer|customer name|contact|contact name|full name|имя|фио|клиент|контакт"
    "|контактное лицо|покупатель|заказчик|имя клиента",
    "phone": "phone|phones|phone number|telephone|tel|mobile|mobile phone|work phone|phone 2|phone 3|телефон|телефоны"
    "|тел|номер телефона|мобильный|мобильный телефон|рабочий телефон|телефон клиента|телефон 2|телефон 3",
    "external_id": "external id|client id|customer id|contact id|id|код|код клиента|id клиента|внешний код|ид",
    "email": "email|e mail|mail|почта|эл почта|электронная почта|емейл",
    "position": "position|job title|должность",
    "note": "note|notes|comment|comments|примечание|комментарий|заметка",
    "manager": "manager|assigned to|менеджер|ответственный|ответственный менеджер",
    "company": "company|company name|organization|organisation|account|компания|организация|фирма|контрагент"
    "|юрлицо|название компании",
    "company_external_id": "company id|company external id|код компании|код контрагента|id компании",
    "tax_id": "tax id|tax number|vat|vat number|inn|инн",
    "parent": "parent|parent company|group|holding|belongs to|группа|группа компаний|головная компания|холдинг"
    "|входит в",
    "tags": "tags|tag|labels|метки|теги|тег|метка",
}
ORDER: Final = {
    "number": "number|order|order number|order no|order id|no|номер|номер заказа|заказ|№|№ заказа|n заказа"
    "|номер документа",
    "amount": "amount|sum|total|order total|price|сумма|итого|всего|стоимость|сумма заказа|сумма документа",
    "currency": "currency|валюта",
    "status": "status|order status|state|статус|статус заказа|состояние",
    "ordered_at": "date|ordered|ordered at|order date|created|created at|дата|дата заказа|создан|дата создания"
    "|дата документа",
    "paid_at": "paid|paid at|paid on|payment date|date paid|дата оплаты|оплачен|оплата",
    "shipped_at": "shipped|shipped at|ship date|date shipped|дата отгрузки|отгружен|отгрузка",
    "returned": "returned|refund|refunded|returned amount|возврат|сумма возврата",
    "returned_at": "returned at|return date|refund date|дата возврата",
}
_SEVERAL: Final = {"phone"}  # fields that may have several columns
_SIGNS = re.compile(r"[\s._:\-/()]+")


class WrongColumnsError(InvalidInputError):
    """The file has not the columns that are needed."""


@dataclass(frozen=True, slots=True)
class Columns:
    places: dict[str, list[int]]
    ignored: list[str]

    @property
    def own(self) -> list[str]:
        """Fields that the house has named, as contact.segment."""
        return [name for name in self.places if "." in name]

    def __contains__(self, field: str) -> bool:
        return field in self.places

    def of(self, row: list[str], field: str) -> str | None:
        """The first that is filled; None when none is."""
        return next(iter(self.all_of(row, field)), None)

    def all_of(self, row: list[str], field: str) -> list[str]:
        cells = (row[place].strip() for place in self.places.get(field, ()) if place < len(row))
        return [cell for cell in cells if cell]


def find_columns(
    table: Table,
    known: dict[str, str],
    needed: tuple[str, ...],
    one_of: tuple[str, ...],
    own: Sequence[ClientField] = (),
) -> Columns:
    """Raises WrongColumnsError that names what is missing, and what the file has. `own`: fields of the house."""
    fields = _of_the_house(own) | {
        alias: field for field, aliases in known.items() for alias in aliases.split("|")
    }
    places: dict[str, list[int]] = {}
    ignored = []
    for place, title in enumerate(table.header):
        field = fields.get(_plain(title))
        if field is None:
            ignored.append(title)
            continue
        if field in places and field not in _SEVERAL:
            raise WrongColumnsError(
                f"two columns say {field}: {table.header[places[field][0]]!r} and {title!r}"
            )
        places.setdefault(field, []).append(place)
    _check(table, places, needed, one_of)
    return Columns(places, [title for title in ignored if title])


def _plain(title: str) -> str:
    return _SIGNS.sub(" ", title.casefold().replace("ё", "е")).strip()


def _of_the_house(own: Sequence[ClientField]) -> dict[str, str]:
    """By key, label or name; where both kinds of clients have one of that name, it is the contact's."""
    offered = [one for one in reversed(own) if one.archived_at is None]  # contacts come first in it
    plain = {_plain(title): one.name for one in offered for title in (one.label, one.key)}
    return plain | {_plain(one.name): one.name for one in offered}


def _check(
    table: Table, places: dict[str, list[int]], needed: tuple[str, ...], one_of: tuple[str, ...]
) -> None:
    missing = [field for field in needed if field not in places]
    if not any(field in places for field in one_of):
        missing.append(f"one of {', '.join(one_of)}")
    if missing:
        has = ", ".join(repr(title[:40]) for title in table.header[:20]) or "nothing"
        raise WrongColumnsError(f"columns are missing: {'; '.join(missing)}. The file has: {has}")
