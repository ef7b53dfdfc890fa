# SPDX-License-Identifier: Apache-2.0
"""One call: its legs, transfers, recordings, and why it went where it went."""

from typing import Any
from uuid import UUID

from aiohttp import web

from crm_core.domain.call_parts import seconds, stretches
from crm_core.domain.people import Role
from crm_core.ports.store import Tx
from crm_core.usecases.access_call import access_call
from web import keys
from web.access import requires
from web.forms import uuid_of
from web.render import page
from web.witness_words import told


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    viewer = request[keys.VIEWER].user
    async with request.app[keys.STORE].read() as tx:
        kept = await access_call(tx, viewer, uuid_of(request.match_info["id"]))
        values: dict[str, Any] = {
            "row": await tx.calls.row(kept.call.id),
            "communication": await tx.communications.get(kept.call.id),
            "decision": await tx.routing.decision(kept.call.id),
            "names": await _names(tx),
        }
        witnesses = (await tx.witnesses.of_calls([kept.call.id])).get(kept.call.id, ())
    names = values["names"]
    parties = {kept_leg.leg.party: names.get(kept_leg.user_id) for kept_leg in kept.legs if kept_leg.user_id}
    values["witnesses"] = told(witnesses, request[keys.L10N], parties)
    return page(
        request,
        "call.html",
        kept=kept,
        call=kept.call,
        parties=parties,
        speakers={**names, **parties},
        stretches=stretches(kept.call, request.app[keys.CLOCK]()),
        part_seconds=seconds(kept.call, request.app[keys.CLOCK]()),
        **values,
    )


@requires(Role.OPERATOR)
async def why(request: web.Request) -> web.StreamResponse:
    """The trace of the decision, for a timeline that was asked for it."""
    async with request.app[keys.STORE].read() as tx:
        kept = await access_call(tx, request[keys.VIEWER].user, uuid_of(request.match_info["id"]))
        decision = await tx.routing.decision(kept.call.id)
    return page(request, "parts/why.html", decision=decision)


async def _names(tx: Tx) -> dict[UUID, str]:
    return {user.id: user.name for user in await tx.people.users(archived=True)}
