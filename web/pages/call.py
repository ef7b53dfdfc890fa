# SPDX-License-Identifier: Apache-2.0
"""One call: its legs, transfers, recordings, and why it went where it went."""

from typing import Any

from aiohttp import web

from crm_core.domain.call_history import CallRow, KeptCall
from crm_core.domain.call_parts import seconds, stretches
from crm_core.domain.communication import Communication
from crm_core.domain.directory.sharers import Sharer
from crm_core.domain.people import Role, User
from crm_core.ports.store import Tx
from crm_core.usecases.access_call import access_call
from crm_core.usecases.rule_versions import decision_spelled
from web import keys
from web.access import requires
from web.forms import uuid_of
from web.lists.calls import with_requests
from web.parties import names_of_all, parties
from web.render import page
from web.sharer_words import sharer_reasons
from web.tasks import tasks_shown
from web.witness_words import told


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    viewer = request[keys.VIEWER].user
    async with request.app[keys.STORE].read() as tx:
        kept = await access_call(tx, viewer, uuid_of(request.match_info["id"]))
        values: dict[str, Any] = {
            "row": await _row(tx, kept, viewer),
            "communication": await tx.communications.get(kept.call.id),
            "answers": await tx.surveys.of_call(kept.call.id),
            "decision": await decision_spelled(tx, await tx.routing.decision(kept.call.id)),
            "names": await names_of_all(tx),
            "tasks": tasks_shown(request, await tx.tasks.of_calls([kept.call.id])),
        }
        witnesses = (await tx.witnesses.of_calls([kept.call.id])).get(kept.call.id, ())
    known = parties(kept.legs, values["names"])
    values["witnesses"] = told(witnesses, request[keys.L10N], known)
    return page(
        request,
        "call.html",
        kept=kept,
        call=kept.call,
        parties=known,
        speakers={**values["names"], **known},
        stretches=stretches(kept.call, request.app[keys.CLOCK]()),
        sharers=_sharers(request, kept, values["communication"]),
        reasons_of=sharer_reasons,
        part_seconds=seconds(kept.call, request.app[keys.CLOCK]()),
        **values,
    )


async def _row(tx: Tx, kept: KeptCall, viewer: User) -> CallRow | None:
    row = await tx.calls.row(kept.call.id)
    return (await with_requests(tx, [row], viewer))[0] if row else None


def _sharers(request: web.Request, kept: KeptCall, communication: Communication | None) -> tuple[Sharer, ...]:
    """Who it may have been, while nobody has said who of several it was."""
    if communication is None or communication.contact_id or communication.lead_id:
        return ()
    return request.app[keys.DIRECTORY].sharers(kept.client_e164, request.app[keys.CLOCK]())


@requires(Role.OPERATOR)
async def why(request: web.Request) -> web.StreamResponse:
    """The trace of the decision, for a timeline that was asked for it."""
    async with request.app[keys.STORE].read() as tx:
        kept = await access_call(tx, request[keys.VIEWER].user, uuid_of(request.match_info["id"]))
        decision = await decision_spelled(tx, await tx.routing.decision(kept.call.id))
    return page(request, "parts/why.html", decision=decision)
