# SPDX-License-Identifier: Apache-2.0
"""The queries behind the list of missed callers: with names, what somebody may see, paged by key."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)

from crm_core.domain.call import Disposition
from crm_core.domain.lead import LeadStatus
from crm_core.domain.listing import Place
from crm_core.domain.missed import AttemptKind, MissedState
from crm_core.domain.missed_views import MissedQuery, MissedSeen, MissedView
from crm_core.storage.schema import call, communication, company, contact, lead, team, user
from crm_core.storage.schema_missed import missed_attempt, missed_item

JOINED = ("contact", "company", "lead_id", "owner", "team", "claimer", "closer")
A_DAY = timedelta(days=1)
_item = missed_item.c
_OPEN = _item.closed_at.is_(None)
_owner, _claimer, _closer = (user.alias(name) for name in ("owner", "claimer", "closer"))


def query() -> Select[Any]:
    # By the index over open leads, which a bound value would hide from SQLite.
    is_open = lead.c.status == literal_column(f"'{LeadStatus.OPEN.value}'")
    of_number = select(lead.c.id).where(lead.c.e164 == _item.e164, is_open).scalar_subquery()
    unknown = _item.contact_id.is_(None) & _item.company_id.is_(None)
    return (
        select(
            *missed_item.c,
            contact.c.name.label("contact"),
            company.c.name.label("company"),
            case((unknown, of_number)).label("lead_id"),
            _owner.c.name.label("owner"),
            team.c.name.label("team"),
            _claimer.c.name.label("claimer"),
            _closer.c.name.label("closer"),
        )
        .select_from(missed_item)
        .outerjoin(contact, contact.c.id == _item.contact_id)
        .outerjoin(company, company.c.id == _item.company_id)
        .outerjoin(_owner, _owner.c.id == _item.owner_id)
        .outerjoin(team, team.c.id == _item.team_id)
        .outerjoin(_claimer, _claimer.c.id == _item.claimed_by)
        .outerjoin(_closer, _closer.c.id == _item.closed_by)
    )


def page(asked: MissedQuery, after: Place | None) -> Select[Any]:
    closed = asked.view is MissedView.CLOSED
    at = _item.closed_at if closed else _item.due_at
    narrowed = query().where(*_narrowed(asked)).limit(asked.limit)
    order = (at.desc(), _item.id.desc()) if closed else (at, _item.id)
    if after:
        here = tuple_(literal(after.value, at.type), literal(after.id, _item.id.type))
        place = tuple_(at, _item.id)
        narrowed = narrowed.where(place < here if closed else place > here)
    return narrowed.order_by(*order)


def count(asked: MissedQuery, most: int) -> Select[Any]:
    some = select(_item.id).where(*_narrowed(asked)).limit(most)
    return select(func.count()).select_from(some.subquery())


def counts(asked: MissedQuery) -> Select[Any]:
    """Of what is open: how much, how much of it is mine, how much is overdue."""
    columns: Any = (
        func.count().label("open"),
        func.sum(case((_mine(asked), 1), else_=0)).label("mine"),
        func.sum(case((_item.due_at < literal(asked.now, _item.due_at.type), 1), else_=0)).label("overdue"),
    )
    return select(*columns).where(_OPEN, *visible(asked.seen))


def asked_in(call_ids: Collection[UUID], seen: MissedSeen) -> Select[Any]:
    """Requests among these calls, which bear the calls' ids; with the item, if it may be seen."""
    tables = missed_attempt.join(missed_item, _item.id == missed_attempt.c.item_id)
    item_id = case((and_(true(), *visible(seen)), _item.id))
    return (
        select(missed_attempt.c.id, item_id.label("item_id"))
        .select_from(tables)
        .where(
            missed_attempt.c.id.in_(call_ids),
            missed_attempt.c.kind == AttemptKind.CALLBACK_REQUEST.value,
        )
    )


def untold(since: datetime) -> Select[Any]:
    """Of callers who can be called back, without an attempt in the ledger, the eldest first."""
    return (
        select(call.c.id, call.c.client_e164, call.c.started_at)
        .outerjoin(missed_attempt, missed_attempt.c.id == call.c.id)
        .where(
            call.c.missed == true(),
            call.c.started_at >= literal(since, call.c.started_at.type),
            call.c.client_e164.is_not(None),
            call.c.merged_into.is_(None),
            call.c.ended_at.is_not(None),
            missed_attempt.c.id.is_(None),
        )
        .order_by(call.c.started_at, call.c.id)
    )


def last_talks(since: datetime) -> Select[Any]:
    """By number, when somebody talked with it last."""
    return (
        select(call.c.client_e164, func.max(call.c.answered_at, type_=call.c.answered_at.type).label("at"))
        .where(
            call.c.disposition == literal(Disposition.ANSWERED.value),
            call.c.started_at >= literal(since, call.c.started_at.type),
            call.c.missed == false(),
            call.c.client_e164.is_not(None),
            call.c.answered_at.is_not(None),
        )
        .group_by(call.c.client_e164)
    )


def of_nobody(e164: str, at: datetime) -> Select[Any]:
    """Calls with this number when it was nobody's: of one of ours to a stranger there is no communication."""
    told = select(communication.c.id).where(communication.c.call_id == call.c.id)
    since = literal(at - A_DAY, call.c.started_at.type)
    return select(call.c.id.label("call_id")).where(
        call.c.client_e164 == e164, call.c.started_at > since, ~told.exists()
    )


def _narrowed(asked: MissedQuery) -> Iterator[ColumnElement[bool]]:
    yield from visible(asked.seen)
    if asked.view is MissedView.CLOSED:
        yield _item.closed_at.is_not(None)
        yield _item.state != MissedState.WITHDRAWN.value
        return
    yield _OPEN
    if asked.view is MissedView.MINE:
        yield _mine(asked)
    elif asked.view is MissedView.OVERDUE:
        yield _item.due_at < literal(asked.now, _item.due_at.type)


def _mine(asked: MissedQuery) -> ColumnElement[bool]:
    """What I took; and what is mine, unless a colleague took it."""
    me = literal(asked.me, _item.id.type)
    return or_(_item.claimed_by == me, and_(_item.owner_id == me, _item.claimed_by.is_(None)))


def visible(seen: MissedSeen) -> Iterator[ColumnElement[bool]]:
    """One's own, those of one's teams and of those in them, and what is nobody's."""
    if seen.user_id is None:
        return
    nobodys = _item.owner_id.is_(None) & _item.team_id.is_(None)
    yield or_(
        nobodys,
        _item.claimed_by == seen.user_id,
        _item.owner_id.in_([seen.user_id, *seen.mates]),
        _item.team_id.in_(list(seen.teams)),
    )
