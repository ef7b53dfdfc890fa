# SPDX-License-Identifier: Apache-2.0
"""Orders to deal clients or deals out, by whatever way they come: a list as it is filtered, how, and to whom."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.listing import ListKind
from crm_core.domain.sharing import OWNED_IN, BatchState, Owned, ShareBatch, Way, Whole, everything_of
from crm_core.ports.store import Tx
from crm_core.usecases.assign_owner import load_standing
from crm_core.usecases.share_out import begin_sharing, order
from crm_core.usecases.trail import Trail
from web import keys
from web.lists.asked import Asked, read_string
from web.lists.export import PAGE
from web.lists.registry import LISTS
from web.lists.spec import Reader

WITHOUT: Final = {
    ListKind.CONTACTS: "/contacts?manager=none",
    ListKind.COMPANIES: "/companies?manager=none",
    ListKind.LEADS: "/leads?manager=none",
    ListKind.DEALS: "/deals?owner=none",
}


async def without_manager(tx: Tx, most: int) -> dict[ListKind, int]:
    """How many are nobody's in each list, counted no further than `most`."""
    return {kind: await tx.sharing.without_owner(OWNED_IN[kind], most) for kind in WITHOUT}


def lists_of(person: UUID) -> dict[Owned, str]:
    """Where to look at what they have."""
    return {OWNED_IN[kind]: nobodys.replace("none", str(person)) for kind, nobodys in WITHOUT.items()}


def asked_of(request: web.Request, kind: str, query: str) -> Asked:
    if kind not in {one.value for one in OWNED_IN}:
        raise NotFoundError
    reader = Reader(request[keys.VIEWER].user, request[keys.L10N])
    return read_string(LISTS[ListKind(kind)], query, reader, PAGE)


async def begin_batch(
    request: web.Request, asked: Asked, way: Way, team: str, people: Sequence[UUID]
) -> ShareBatch:
    """`team`: its members who are here, beside `people`. It is planned a moment later."""
    async with request.app[keys.STORE].begin() as tx:
        to = [] if way is Way.RULES else [*await _members(tx, team, request), *people]
        batch = _batch(request, asked.spec.kind, asked.query_string(), way, to)
        await begin_sharing(tx, batch)
    request.app[keys.SHARING].set()
    return batch


async def begin_everything(
    request: web.Request, person: UUID, kinds: Collection[Owned], way: Way, team: str, to: Sequence[UUID]
) -> ShareBatch:
    """As begin_batch, of what one person has."""
    async with request.app[keys.STORE].begin() as tx:
        if await tx.people.user(person) is None:
            raise NotFoundError
        members = [one for one in await _members(tx, team, request) if one != person]
        query = everything_of(person, kinds)
        batch = _batch(request, Whole.EVERYTHING, query, way, [*members, *to])
        await begin_sharing(tx, batch)
    request.app[keys.SHARING].set()
    return batch


def _batch(
    request: web.Request, of: ListKind | Whole, query: str, way: Way, people: Sequence[UUID]
) -> ShareBatch:
    viewer, now = request[keys.VIEWER], request.app[keys.CLOCK]()
    return ShareBatch(
        id=new_id(now),
        user_id=viewer.id,
        actor=viewer.actor.name,
        list=of,
        query=query,
        way=way,
        people=list(dict.fromkeys(people)),
        made_at=now,
    )


async def order_batch(request: web.Request, batch_id: UUID, state: BatchState, into: BatchState) -> None:
    app = request.app
    trail = Trail(request[keys.VIEWER].actor, app[keys.CLOCK]())
    async with app[keys.STORE].begin() as tx:
        await order(tx, batch_id, state, into, trail)
        await trail.write(tx)
    app[keys.SHARING].set()


async def _members(tx: Tx, name: str, request: web.Request) -> list[UUID]:
    if not name:
        return []
    team = next((one for one in await tx.people.teams() if one.name == name), None)
    if team is None:
        raise InvalidInputError("there is no such team", field="team")
    standing = await load_standing(tx, request.app[keys.CLOCK]())
    return sorted(team.members & standing.names.keys())
