# SPDX-License-Identifier: Apache-2.0
"""Orders to deal clients or deals out, by whatever way they come: a list as it is filtered, how, and to whom."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.listing import ListKind
from crm_core.domain.sharing import OWNED_IN, BatchState, ShareBatch, Way
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


async def belonging_to(tx: Tx, person: UUID) -> dict[ListKind, tuple[str, int]]:
    """The address of each list of theirs, and how many there are."""
    found = {}
    for kind, nobodys in WITHOUT.items():
        have = await tx.sharing.counts([person], [OWNED_IN[kind]])
        found[kind] = nobodys.replace("none", str(person)), have[person]
    return found


def asked_of(request: web.Request, kind: str, query: str) -> Asked:
    if kind not in {one.value for one in OWNED_IN}:
        raise NotFoundError
    reader = Reader(request[keys.VIEWER].user, request[keys.L10N])
    return read_string(LISTS[ListKind(kind)], query, reader, PAGE)


async def begin_batch(
    request: web.Request, asked: Asked, way: Way, team: str, people: Sequence[UUID]
) -> ShareBatch:
    """`team`: its members who are here, beside `people`. It is planned a moment later."""
    app, viewer, now = request.app, request[keys.VIEWER], request.app[keys.CLOCK]()
    async with app[keys.STORE].begin() as tx:
        to = [] if way is Way.RULES else [*await _members(tx, team, request), *people]
        batch = ShareBatch(
            id=new_id(now),
            user_id=viewer.id,
            actor=viewer.actor.name,
            list=asked.spec.kind,
            query=asked.query_string(),
            way=way,
            people=list(dict.fromkeys(to)),
            made_at=now,
        )
        await begin_sharing(tx, batch)
    app[keys.SHARING].set()
    return batch


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
