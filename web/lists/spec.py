# SPDX-License-Identifier: Apache-2.0
"""What a list is: its columns, filters and sorts. A view of it is an address, and nothing but that."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm_core.domain.listing import Listed, ListKind, ListQuery
from crm_core.domain.people import User
from crm_core.ports.store import Tx
from web.i18n.l10n import L10n
from web.words import Words

Cell = str | int | float | Decimal | datetime | None
Read = Callable[[Tx, ListQuery, User], Awaitable[Listed[Any]]]
Count = Callable[[Tx, ListQuery, User, int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: their zone says when a day begins, and 'me' is them."""

    user: User
    l10n: L10n


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`title`: marked for translation. `kind`: the class of its cells. `sort`: the sort it stands for."""

    key: str
    title: str
    value: Callable[[Any, Words], Cell]  # what a file says
    kind: str = ""
    sort: str = ""
    shown: bool = True  # until somebody chooses
    fixed: bool = False  # cannot be left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`name`: in the address; `parse` gives filters of the query, or raises ValueError."""

    name: str
    title: str
    parse: Callable[[str, Reader], Mapping[str, object]]
    widget: str = "select"  # search | select | date | person | hidden
    options: Callable[[Words], Mapping[str, str]] = lambda _: {}
    any: str = ""  # the option that narrows nothing
    own: bool = True  # whether operators, who see their own only, have it


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    kind: ListKind
    title: str
    columns: Sequence[Column]
    filters: Sequence[Filter]
    sorts: Mapping[str, bool]  # name -> whether it begins descending; the first is the one unless said
    read: Read
    count: Count
    chips: Sequence[tuple[str, Mapping[str, str]]] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)  # of filters
    empty: tuple[str, str, str]  # icon, title, text
    form: str = ""  # the address that creates one

    @property
    def address(self) -> str:
        return f"/{self.kind}"

    @property
    def cards(self) -> bool:
        return bool(self.form)
