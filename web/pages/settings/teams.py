# SPDX-License-Identifier: Apache-2.0
"""Teams: who is rung together."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Team
from crm_core.ports.store import Tx
from crm_core.usecases.named_by_rules import teams_of_rules
from crm_core.usecases.put_settings import put_team, remove_team
from web.forms import text_field
from web.pages.settings.forms import Values
from web.pages.settings.register import Register, Sent
from web.words import N_

_MOST = 1000


def values_of(team: Team | None) -> Values:
    if team is None:
        return {"name": "", "members": frozenset()}
    return {"name": team.name, "members": frozenset(map(str, team.members))}


def typed(sent: Sent) -> Values:
    return {"name": str(sent.get("name", ""))[:200], "members": frozenset(_chosen(sent))}


def parse(sent: Sent, team_id: UUID, _before: Any) -> Team:
    try:
        members = frozenset(map(UUID, _chosen(sent)))
    except ValueError as error:
        raise InvalidInputError(N_("Choose people of this list."), field="members") from error
    return Team(id=team_id, name=text_field(sent, "name", 80), members=members)


def _chosen(sent: Any) -> list[str]:
    """A form gives the same name once for each box that is ticked."""
    every = sent.getall("members", []) if hasattr(sent, "getall") else []
    return [value for value in every[:_MOST] if isinstance(value, str)]


async def put(tx: Tx, team: Team, trail: Any, seen: str | None) -> None:
    """Who was dismissed stays where they were, and nobody else can be put in by hand."""
    known = {user.id for user in await tx.people.users(archived=True)}
    if not team.members <= known:
        raise InvalidInputError(N_("Choose people of this list."), field="members")
    await put_team(tx, team, trail, seen)


async def context(_request: web.Request, tx: Tx) -> Values:
    return {"people": await tx.people.users(), "in_rules": await teams_of_rules(tx)}


async def every(tx: Tx) -> Sequence[Team]:
    return await tx.people.teams()


TEAMS: Final = Register(
    name="teams",
    all=every,
    values_of=values_of,
    typed=typed,
    parse=parse,
    put=put,
    remove=remove_team,
    context=context,
)
