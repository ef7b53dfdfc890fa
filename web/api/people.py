# SPDX-License-Identifier: Apache-2.0
"""The people who work here, and their teams."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import Role, User
from crm_core.ports.store import Tx
from web.api.ask import Ask
from web.api.operation import operation
from web.api.words import Query, Told


class ExtensionTold(Told):
    pbx: str
    extension: str


class UserTold(Told):
    id: UUID
    login: str
    name: str
    role: Role
    extensions: list[ExtensionTold]
    team_ids: list[UUID]
    working_hours: str | None  # the name of opening hours in the settings
    archived_at: datetime | None


class UsersTold(Told):
    items: list[UserTold]


class TeamTold(Told):
    id: UUID
    name: str
    members: list[UUID]


class TeamsTold(Told):
    items: list[TeamTold]


class UserQuery(Query):
    archived: bool = False


@operation("GET", "/users", scope="users:read", summary="Users by name")
async def list_users(ask: Ask, query: UserQuery) -> UsersTold:
    """All of them; with `archived=true`, also those who no longer work here."""
    async with ask.store.read() as tx:
        users = await tx.people.users(archived=query.archived)
        return UsersTold(items=await _told(tx, users, ask.now))


@operation("GET", "/users/me", scope="users:read", summary="Whom the token acts as")
async def get_me(ask: Ask) -> UserTold:
    async with ask.store.read() as tx:
        return (await _told(tx, [ask.user], ask.now))[0]


@operation("GET", "/users/{id}", scope="users:read", summary="A user")
async def get_user(ask: Ask, user_id: UUID) -> UserTold:
    async with ask.store.read() as tx:
        user = await tx.people.user(user_id)
        if user is None:
            raise NotFoundError("there is no such user")
        return (await _told(tx, [user], ask.now))[0]


@operation("GET", "/teams", scope="users:read", summary="Teams by name")
async def list_teams(ask: Ask) -> TeamsTold:
    async with ask.store.read() as tx:
        teams = await tx.people.teams()
    return TeamsTold(
        items=[TeamTold(id=team.id, name=team.name, members=sorted(team.members)) for team in teams]
    )


async def _told(tx: Tx, users: Iterable[User], now: datetime) -> list[UserTold]:
    teams, extensions = await tx.people.teams(), await tx.people.extensions(now)
    hours = {one.id: one.name for one in await tx.schedules.all()}
    return [
        UserTold(
            id=user.id,
            login=user.login,
            name=user.name,
            role=user.role,
            extensions=[ExtensionTold.model_validate(each) for each in extensions if each.user_id == user.id],
            team_ids=[team.id for team in teams if user.id in team.members],
            working_hours=hours.get(user.schedule_id) if user.schedule_id else None,
            archived_at=user.archived_at,
        )
        for user in users
    ]
