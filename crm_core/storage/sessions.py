# SPDX-License-Identifier: Apache-2.0
"""The tables `session` and `api_token`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.session import ApiToken, Session
from crm_core.domain.shallow import shallow
from crm_core.storage.schema import api_token, session
from crm_core.storage.sql import named


class SqlSessions:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, new: Session) -> None:
        await self._connection.execute(insert(session).values(shallow(new)))

    async def get(self, id_hash: str, now: datetime) -> Session | None:
        query = select(session).where(session.c.id_hash == id_hash, session.c.expires_at > now)
        row = (await self._connection.execute(query)).first()
        return None if row is None else Session(**named(row))

    async def touch(self, id_hash: str, seen_at: datetime, expires_at: datetime) -> None:
        touched = update(session).where(session.c.id_hash == id_hash)
        await self._connection.execute(touched.values(seen_at=seen_at, expires_at=expires_at))

    async def revoke(self, id_hash: str) -> None:
        await self._connection.execute(delete(session).where(session.c.id_hash == id_hash))

    async def revoke_all(self, user_id: UUID, *, but: str | None = None) -> int:
        theirs = delete(session).where(session.c.user_id == user_id)
        if but is not None:
            theirs = theirs.where(session.c.id_hash != but)
        return (await self._connection.execute(theirs)).rowcount

    async def of_user(self, user_id: UUID, now: datetime) -> list[Session]:
        query = select(session).where(session.c.user_id == user_id, session.c.expires_at > now)
        rows = await self._connection.execute(query.order_by(session.c.seen_at.desc()))
        return [Session(**named(row)) for row in rows]

    async def expire(self, now: datetime) -> int:
        return (await self._connection.execute(delete(session).where(session.c.expires_at <= now))).rowcount

    async def add_token(self, token: ApiToken) -> None:
        row = shallow(token) | {"scopes": sorted(token.scopes)}
        await self._connection.execute(insert(api_token).values(row))

    async def token(self, token_hash: str, now: datetime) -> ApiToken | None:
        lasting = or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > now)
        query = select(api_token).where(api_token.c.token_hash == token_hash, lasting)
        row = (await self._connection.execute(query)).first()
        return None if row is None else _token(row)

    async def tokens(self, user_id: UUID) -> list[ApiToken]:
        query = select(api_token).where(api_token.c.user_id == user_id).order_by(api_token.c.created_at)
        return [_token(row) for row in await self._connection.execute(query)]

    async def token_used(self, token_id: UUID, at: datetime) -> None:
        used = update(api_token).where(api_token.c.id == token_id).values(last_used_at=at)
        await self._connection.execute(used)

    async def revoke_token(self, token_id: UUID) -> ApiToken | None:
        gone = delete(api_token).where(api_token.c.id == token_id).returning(api_token)
        row = (await self._connection.execute(gone)).first()
        return None if row is None else _token(row)


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(**{**named(row), "scopes": frozenset(row.scopes)})
