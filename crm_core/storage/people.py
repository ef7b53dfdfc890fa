# SPDX-License-Identifier: Apache-2.0
"""The tables of people: users, teams, extensions, devices, own numbers."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.errors import ConflictError
from crm_core.domain.people import Device, DeviceKind, Extension, OwnNumber, OwnNumberKind, Role, Team, User
from crm_core.domain.shallow import shallow
from crm_core.storage.schema import (
    operator_device,
    operator_extension,
    own_number,
    team,
    team_member,
)
from crm_core.storage.schema import user as user_account
from crm_core.storage.schema_missed import missed_item
from crm_core.storage.sql import Lock, lock_until_commit, named, upsert

_USER = [column for column in user_account.c if column.name not in {"password_hash", "seen_at"}]


class SqlPeople:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def serialise(self) -> None:
        await lock_until_commit(self._connection, Lock.PEOPLE)

    async def add_user(self, user: User, password_hash: str) -> None:
        if await self.user_by_login(user.login):
            raise ConflictError(f"the login is taken: {user.login}")
        row = shallow(user) | {"password_hash": password_hash}
        try:
            await self._connection.execute(insert(user_account).values(row))
        except IntegrityError as error:  # taken in the same moment
            raise ConflictError(f"the login is taken: {user.login}") from error

    async def save_user(self, user: User) -> None:
        row = shallow(user)
        await self._connection.execute(
            update(user_account).where(user_account.c.id == row.pop("id")).values(row)
        )

    async def set_password_hash(self, user_id: UUID, password_hash: str) -> None:
        new = update(user_account).where(user_account.c.id == user_id).values(password_hash=password_hash)
        await self._connection.execute(new)

    async def password_hash(self, user_id: UUID) -> str | None:
        query = select(user_account.c.password_hash).where(user_account.c.id == user_id)
        return await self._connection.scalar(query)

    async def without_password(self) -> set[UUID]:
        query = select(user_account.c.id).where(user_account.c.password_hash == "")
        return set(await self._connection.scalars(query))

    async def seen(self, user_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(user_account).where(user_account.c.id == user_id).values(seen_at=at)
        )

    async def last_seen(self) -> dict[UUID, datetime]:
        query = select(user_account.c.id, user_account.c.seen_at).where(user_account.c.seen_at.is_not(None))
        return {row.id: row.seen_at for row in await self._connection.execute(query)}

    async def user(self, user_id: UUID) -> User | None:
        row = (await self._connection.execute(select(*_USER).where(user_account.c.id == user_id))).first()
        return None if row is None else _user(row)

    async def user_by_login(self, login: str) -> User | None:
        row = (await self._connection.execute(select(*_USER).where(user_account.c.login == login))).first()
        return None if row is None else _user(row)

    async def users(self, *, archived: bool = False) -> list[User]:
        query = select(*_USER).order_by(user_account.c.name, user_account.c.login)
        if not archived:
            query = query.where(user_account.c.archived_at.is_(None))
        return [_user(row) for row in await self._connection.execute(query)]

    async def add_team(self, new: Team) -> None:
        await self._connection.execute(insert(team).values(id=new.id, name=new.name))
        await self.set_members(new.id, new.members)

    async def set_members(self, team_id: UUID, members: Collection[UUID]) -> None:
        await self._connection.execute(delete(team_member).where(team_member.c.team_id == team_id))
        rows = [{"team_id": team_id, "user_id": user_id} for user_id in members]
        if rows:
            await self._connection.execute(insert(team_member), rows)

    async def teams(self) -> list[Team]:
        members: dict[UUID, set[UUID]] = {}
        for row in await self._connection.execute(select(team_member)):
            members.setdefault(row.team_id, set()).add(row.user_id)
        rows = await self._connection.execute(select(team).order_by(team.c.name))
        return [Team(id=row.id, name=row.name, members=frozenset(members.get(row.id, ()))) for row in rows]

    async def save_team(self, saved: Team) -> None:
        try:
            await upsert(self._connection, team, [{"id": saved.id, "name": saved.name}])
        except IntegrityError as error:
            raise ConflictError("another team has this name") from error
        await self.set_members(saved.id, saved.members)

    async def remove_team(self, team_id: UUID) -> None:
        freed = update(own_number).where(own_number.c.team_id == team_id).values(team_id=None)
        await self._connection.execute(freed)
        everybodys = update(missed_item).where(missed_item.c.team_id == team_id).values(team_id=None)
        await self._connection.execute(everybodys)
        await self.set_members(team_id, ())
        await self._connection.execute(delete(team).where(team.c.id == team_id))

    async def add_extension(self, extension: Extension) -> None:
        await self._connection.execute(insert(operator_extension).values(shallow(extension)))

    async def end_extension(self, extension_id: UUID, at: datetime) -> None:
        ended = update(operator_extension).where(operator_extension.c.id == extension_id)
        await self._connection.execute(ended.values(valid_to=at))

    async def extensions(self, at: datetime | None = None) -> list[Extension]:
        query = select(operator_extension).order_by(operator_extension.c.extension)
        if at is not None:
            query = query.where(_valid(operator_extension, at))
        return [Extension(**named(row)) for row in await self._connection.execute(query)]

    async def extension_at(self, pbx: str, extension: str, at: datetime) -> UUID | None:
        table = operator_extension
        mine = (table.c.pbx == pbx) & (table.c.extension == extension) & _valid(table, at)
        query = select(table.c.user_id).where(mine).order_by(table.c.valid_from.desc()).limit(1)
        return await self._connection.scalar(query)

    async def add_device(self, device: Device) -> None:
        await self._connection.execute(insert(operator_device).values(shallow(device)))

    async def end_device(self, device_id: UUID, at: datetime) -> None:
        ended = update(operator_device).where(operator_device.c.id == device_id)
        await self._connection.execute(ended.values(valid_to=at))

    async def devices(self, at: datetime | None = None) -> list[Device]:
        query = select(operator_device).order_by(operator_device.c.device)
        if at is not None:
            query = query.where(_valid(operator_device, at))
        rows = await self._connection.execute(query)
        return [Device(**{**named(row), "kind": DeviceKind(row.kind)}) for row in rows]

    async def device_at(self, pbx: str, device: str, at: datetime) -> UUID | None:
        table = operator_device
        mine = (table.c.pbx == pbx) & (table.c.device == device) & _valid(table, at)
        query = select(table.c.user_id).where(mine).order_by(table.c.valid_from.desc()).limit(1)
        return await self._connection.scalar(query)

    async def add_own_number(self, number: OwnNumber) -> None:
        await self._connection.execute(insert(own_number).values(shallow(number)))

    async def save_own_number(self, number: OwnNumber) -> None:
        try:
            await upsert(self._connection, own_number, [shallow(number)])
        except IntegrityError as error:
            raise ConflictError("this number stands here already") from error

    async def remove_own_number(self, number_id: UUID) -> None:
        await self._connection.execute(delete(own_number).where(own_number.c.id == number_id))

    async def own_numbers(self) -> list[OwnNumber]:
        rows = await self._connection.execute(select(own_number).order_by(own_number.c.e164))
        return [OwnNumber(**{**named(row), "kind": OwnNumberKind(row.kind)}) for row in rows]


def _valid(table: Table, at: datetime) -> Any:
    return (table.c.valid_from <= at) & or_(table.c.valid_to.is_(None), table.c.valid_to > at)


def _user(row: Row[Any]) -> User:
    return User(**{**named(row), "role": Role(row.role)})
