# SPDX-License-Identifier: Apache-2.0
"""The query behind every list of calls: who it was with, who of us answered, narrowed and paged by key."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call import Direction, Disposition
from crm_core.domain.call_history import CallFilter, CallRow, Cursor
from crm_core.domain.recording import Recording, RecordingState
from crm_core.domain.survey import ANY, SurveyAnswer
from crm_core.storage.schema import call, call_leg, communication, company, contact, team_member, user
from crm_core.storage.schema_survey import survey_answer
from crm_core.storage.scope import CALLS, FEW, Asked, took_part, with_clients_of

Query = Select[Any]
_COLUMNS = [
    "id",
    "pbx",
    "direction",
    "disposition",
    "missed",
    "started_at",
    "answered_at",
    "ended_at",
    "wait_s",
    "talk_s",
    "hold_s",
    "caller",
    "caller_name",
    "dialled",
    "client_e164",
    "queue",
    "answered_by",
    "final_party",
    "answered_user_id",
    "transfers",
    "uncertain",
]
_JOINED = ["answered_user", "contact_id", "contact", "company_id", "company", "lead_id"]


def query() -> Query:
    tables = CALLS.tables.outerjoin(user, user.c.id == call.c.answered_user_id)
    return select(
        *(call.c[name] for name in _COLUMNS),
        user.c.name.label("answered_user"),
        communication.c.contact_id,
        contact.c.name.label("contact"),
        communication.c.company_id,
        company.c.name.label("company"),
        communication.c.lead_id,
    ).select_from(tables)


async def page(connection: AsyncConnection, which: CallFilter, after: Cursor | None, limit: int) -> Query:
    """Narrowed to somebody's calls, their ids are found first: by an index over their legs, by their clients."""
    narrowed = list(_narrowed(which))
    if which.answer:
        narrowed.append(await _answered(connection, which.answer))
    if which.only_users is not None and which.user_id:
        narrowed.append(exists().where(call_leg.c.call_id == call.c.id, call_leg.c.user_id == which.user_id))
    asked = Asked(
        log=CALLS, narrowed=narrowed, since=which.since, until=which.until, after=after, limit=limit
    )
    if which.only_users is not None:
        branches = [took_part(asked, one) for one in which.only_users]
        branches += [await with_clients_of(connection, asked, one) for one in which.only_users]
    elif which.user_id:
        branches = [took_part(asked, which.user_id)]
    else:
        return asked.in_order(query(), CALLS.at, CALLS.id)
    return asked.among(query(), branches)


def call_row(row: Row[Any], recordings: Sequence[Recording], answers: Sequence[SurveyAnswer]) -> CallRow:
    values = {name: getattr(row, name) for name in (*_COLUMNS, *_JOINED)} | {
        "direction": Direction(row.direction),
        "disposition": Disposition(row.disposition) if row.disposition else None,
        "missed": bool(row.missed),
        "transfers": len(row.transfers),
        "uncertain": tuple(row.uncertain),
    }
    # An empty file is all that a recording of an unanswered call can be: nothing to show.
    shown = [one for one in recordings if row.answered_at or one.state is not RecordingState.EMPTY]
    return CallRow(**values, recordings=tuple(shown), answers=tuple(answers))


def _narrowed(which: CallFilter) -> Iterator[ColumnElement[bool]]:
    yield call.c.merged_into.is_(None)
    yield call.c.started_at.is_not(None)
    for name in ("missed", "direction", "disposition", "pbx"):
        if (value := getattr(which, name)) is not None:
            yield call.c[name] == value
    if which.tail:
        yield _ends_with(which.tail)
    if which.team_id:
        members = select(team_member.c.user_id).where(team_member.c.team_id == which.team_id)
        yield exists().where(call_leg.c.call_id == call.c.id, call_leg.c.user_id.in_(members))


async def _answered(connection: AsyncConnection, wanted: str) -> ColumnElement[bool]:
    """Few answers say themselves which calls they are of; of many, some are soon found among the calls."""
    fits = survey_answer.c["keys"] == wanted if wanted != ANY else true()
    some: Query = select(literal_column("1").label("one")).select_from(survey_answer).where(fits).limit(FEW)
    if (await connection.scalar(select(func.count()).select_from(some.subquery())) or 0) < FEW:
        return call.c.id.in_(select(survey_answer.c.call_id).where(fits))
    return exists().where(survey_answer.c.call_id == call.c.id, fits)


def _ends_with(tail: str) -> ColumnElement[bool]:
    """By the index over the digits read backwards; text without a digit finds nothing."""
    start = "".join(char for char in tail if char.isascii() and char.isdigit())[::-1]
    last = start[:-1] + chr(ord(start[-1]) + 1) if start else ""
    return and_(call.c.client_reversed >= start, call.c.client_reversed < last)
