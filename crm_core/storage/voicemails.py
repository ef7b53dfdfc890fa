# SPDX-License-Identifier: Apache-2.0
"""The table of messages that callers left, with whom each is from."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call_history import Cursor
from crm_core.domain.voicemail import Voicemail, VoicemailFilter, VoicemailRow, VoicemailState
from crm_core.storage import sql as dialect
from crm_core.storage.paging import after_row
from crm_core.storage.recordings import SqlRecordings
from crm_core.storage.schema import (
    call,
    communication,
    company,
    contact,
    lead,
    own_number,
    team,
    team_member,
    user,
)
from crm_core.storage.schema_voicemail import voicemail

_NAMES = [field.name for field in fields(Voicemail)]
_OF_THE_CALL = ("left_at", "mailbox", "did", "began_at")  # said again by each replay
_closer = user.alias("closer")
_with_number = voicemail.outerjoin(own_number, own_number.c.e164 == voicemail.c.did)
_tables = (
    _with_number.join(call, call.c.id == voicemail.c.id)
    .outerjoin(team, team.c.id == own_number.c.team_id)
    .outerjoin(communication, communication.c.call_id == voicemail.c.id)
    .outerjoin(contact, contact.c.id == communication.c.contact_id)
    .outerjoin(company, company.c.id == communication.c.company_id)
    .outerjoin(lead, lead.c.id == communication.c.lead_id)
    .outerjoin(user, user.c.id == voicemail.c.assigned_to)
    .outerjoin(_closer, _closer.c.id == voicemail.c.closed_by)
)
_told = {
    "e164": call.c.client_e164,
    "contact_id": communication.c.contact_id,
    "contact": contact.c.name,
    "company_id": communication.c.company_id,
    "company": company.c.name,
    "lead_id": communication.c.lead_id,
    "lead": lead.c.name,
    "team": team.c.name,
    "assigned": user.c.name,
    "closer": _closer.c.name,
}


class SqlVoicemails:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, call_id: UUID) -> None:
        await dialect.hold_rows(self._connection, voicemail.c.id, [call_id])

    async def get(self, call_id: UUID) -> Voicemail | None:
        row = (await self._connection.execute(select(voicemail).where(voicemail.c.id == call_id))).first()
        return _voicemail(row) if row else None

    async def row(self, call_id: UUID) -> VoicemailRow | None:
        rows = await self._rows(_query().where(voicemail.c.id == call_id))
        return rows[0] if rows else None

    async def expect(self, new: Voicemail) -> bool:
        statement = dialect.insert(self._connection, voicemail).values(asdict(new))
        once = statement.on_conflict_do_nothing(index_elements=["id"]).returning(voicemail.c.id)
        if await self._connection.scalar(once) is not None:
            return True
        told = {name: getattr(new, name) for name in _OF_THE_CALL}
        await self._connection.execute(update(voicemail).where(voicemail.c.id == new.id).values(told))
        return False

    async def save(self, changed: Voicemail) -> None:
        row = asdict(changed)
        await self._connection.execute(update(voicemail).where(voicemail.c.id == row.pop("id")).values(row))

    async def remove(self, call_id: UUID) -> None:
        await self._connection.execute(delete(voicemail).where(voicemail.c.id == call_id))

    async def heard(self, call_id: UUID, by: UUID, at: datetime) -> bool:
        first = update(voicemail).where(voicemail.c.id == call_id, voicemail.c.heard_at.is_(None))
        noted = first.values(heard_at=at, heard_by=by).returning(voicemail.c.id)
        return await self._connection.scalar(noted) is not None

    async def page(self, which: VoicemailFilter, after: Cursor | None, limit: int) -> Sequence[VoicemailRow]:
        query = _query().where(*_narrowed(which)).limit(limit)
        query = query.order_by(voicemail.c.left_at.desc(), voicemail.c.id.desc())
        if after:
            query = query.where(after_row(voicemail.c.left_at, voicemail.c.id, after))
        return await self._rows(query)

    async def count(self, which: VoicemailFilter, most: int) -> int:
        some = select(voicemail.c.id).select_from(_with_number).where(*_narrowed(which)).limit(most)
        return await self._connection.scalar(select(func.count()).select_from(some.subquery())) or 0

    async def sees(self, user_id: UUID, call_id: UUID) -> bool:
        query = select(voicemail.c.id).select_from(_with_number)
        query = query.where(voicemail.c.id == call_id, _visible(user_id))
        return await self._connection.scalar(query) is not None

    async def audience(self, call_id: UUID) -> Collection[UUID]:
        found = await self.get(call_id)
        if found is None:
            return ()
        if found.assigned_to:
            return {found.assigned_to}
        members = select(team_member.c.user_id).join(
            own_number, own_number.c.team_id == team_member.c.team_id
        )
        rows = await self._connection.execute(members.where(own_number.c.e164 == found.did))
        return {row.user_id for row in rows}

    async def _rows(self, query: Select[Any]) -> list[VoicemailRow]:
        rows = list(await self._connection.execute(query))
        recordings = await SqlRecordings(self._connection).of_calls([row.id for row in rows])
        return [
            VoicemailRow(
                voicemail=_voicemail(row),
                recordings=tuple(recordings.get(row.id, ())),
                **{name: getattr(row, f"told_{name}") for name in _told},
            )
            for row in rows
        ]


def _query() -> Select[Any]:
    told = [column.label(f"told_{name}") for name, column in _told.items()]
    return select(*(voicemail.c[name] for name in _NAMES), *told).select_from(_tables)


def _narrowed(which: VoicemailFilter) -> Iterator[ColumnElement[bool]]:
    if which.state:
        closed = voicemail.c.closed_at
        yield closed.is_(None) if which.state == VoicemailState.OPEN else closed.is_not(None)
    if which.assigned_to:
        yield voicemail.c.assigned_to == which.assigned_to
    if which.unassigned:
        yield voicemail.c.assigned_to.is_(None)
    if which.call_id:
        yield voicemail.c.id == which.call_id
    if which.visible_to:
        yield _visible(which.visible_to)


def _visible(user_id: UUID) -> ColumnElement[bool]:
    """Theirs, or nobody's: of a team of theirs, or of a number without a team."""
    teams = select(team_member.c.team_id).where(team_member.c.user_id == user_id)
    nobodys = voicemail.c.assigned_to.is_(None)
    ours = or_(own_number.c.team_id.is_(None), own_number.c.team_id.in_(teams))
    return or_(voicemail.c.assigned_to == user_id, and_(nobodys, ours))


def _voicemail(row: Row[Any]) -> Voicemail:
    return Voicemail(**{name: getattr(row, name) for name in _NAMES})
