# SPDX-License-Identifier: Apache-2.0
"""Cursors: a place in a list, sealed, so that it is opaque, nobody's invention, and good for its own list only."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import orjson
from pydantic import BaseModel

from crm_core.domain.call_history import Cursor
from crm_core.domain.errors import InvalidInputError
from crm_core.ports.secret_box import SealBrokenError
from web import cursors, keys
from web.api.ask import Ask
from web.api.words import PageQuery

Row = TypeVar("Row")
Fetch = Callable[[Cursor | None, int], Awaitable[Sequence[Row]]]


async def read_page(
    ask: Ask, query: PageQuery, fetch: Fetch[Row], place: Callable[[Row], Cursor]
) -> tuple[list[Row], str | None]:
    """Some rows, and the cursor of the next page; None on the last."""
    list_ = _list(ask, query)
    rows = list(await fetch(_opened(ask, query.cursor, list_), query.limit + 1))
    more, rows = len(rows) > query.limit, rows[: query.limit]
    return rows, _sealed(ask, place(rows[-1]), list_) if more else None


def _list(ask: Ask, query: BaseModel) -> str:
    """What the cursor belongs to: the address and its filters; another page size is the same list."""
    filters = query.model_dump_json(exclude={"cursor", "limit"})
    return hashlib.sha256(f"{ask.request.path}?{filters}".encode()).hexdigest()[:16]


def _sealed(ask: Ask, place: Cursor, list_: str) -> str:
    return ask.request.app[keys.SECRET_BOX].seal(orjson.dumps([list_, cursors.write(place)])).rstrip("=")


def _opened(ask: Ask, sealed: str | None, list_: str) -> Cursor | None:
    if sealed is None:
        return None
    try:
        padded = sealed + "=" * (-len(sealed) % 4)
        of, place = orjson.loads(ask.request.app[keys.SECRET_BOX].open(padded))
    except (SealBrokenError, ValueError) as error:
        raise _foreign("this is no cursor of ours") from error
    if of != list_:
        raise _foreign("this cursor is of another list, or of other filters")
    return cursors.read(place)


def _foreign(why: str) -> InvalidInputError:
    return InvalidInputError(why, errors=[{"parameter": "cursor", "detail": why}])
