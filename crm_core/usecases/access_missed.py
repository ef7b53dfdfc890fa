# SPDX-License-Identifier: Apache-2.0
"""Who sees which missed callers: one's own, those of one's teams and of their people, and what is nobody's."""

from uuid import UUID

from crm_core.domain.errors import NotFoundError
from crm_core.domain.missed import MissedItem
from crm_core.domain.missed_views import MissedSeen
from crm_core.domain.people import Role, User
from crm_core.ports.store import Tx


async def seen_by(tx: Tx, user: User) -> MissedSeen:
    if user.role is not Role.OPERATOR:
        return MissedSeen()
    teams = [team for team in await tx.people.teams() if user.id in team.members]
    mates = frozenset(one for team in teams for one in team.members)
    return MissedSeen(user_id=user.id, teams=frozenset(team.id for team in teams), mates=mates)


async def access_missed(tx: Tx, user: User, item_id: UUID) -> MissedItem:
    """Raise NotFoundError, also where it is others' alone."""
    item = await tx.missed.get(item_id)
    if item is None or not (await seen_by(tx, user)).has(item):
        raise NotFoundError("there is no such missed caller")
    return item
