# SPDX-License-Identifier: Apache-2.0
"""A lead, and the ways to settle it."""

from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.lead import SET_ASIDE, LeadStatus
from crm_core.domain.people import Role
from crm_core.usecases.complete_lead import complete_lead
from crm_core.usecases.edit_lead import edit_lead
from crm_core.usecases.mark_lead import mark_lead
from crm_core.usecases.merge_lead import merge_lead
from crm_core.usecases.reopen_lead import reopen_lead
from crm_core.usecases.settle_lead import access_lead
from web import keys, said
from web.access import requires
from web.assign_words import because
from web.forms import form_of, text_field, uuid_of
from web.pages import timeline
from web.render import page


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    lead_id = uuid_of(request.match_info["id"])
    viewer, l10n = request[keys.VIEWER].user, request[keys.L10N]
    async with request.app[keys.STORE].read() as tx:
        lead = await access_lead(tx, lead_id)
        contact = await tx.clients.contact(lead.contact_id) if lead.contact_id else None
        manager = await tx.people.user(lead.manager_id) if lead.manager_id else None
        entries = await tx.audit.of("lead", lead_id, 20) if manager else ()
        people = await tx.people.users()
        shown = await timeline.read(tx, viewer, l10n, "leads", lead_id)
    return page(
        request,
        "lead.html",
        lead=lead,
        contact=contact,
        manager=manager,
        people=people,
        because=because(entries, lead.manager_id, l10n),
        timeline=shown,
        set_aside=SET_ASIDE,
    )


@requires(Role.OPERATOR)
async def complete(request: web.Request) -> web.StreamResponse:
    lead_id, app = uuid_of(request.match_info["id"]), request.app
    name = text_field(await form_of(request), "name", 200)
    contact = await complete_lead(
        app[keys.STORE], request[keys.VIEWER].user, lead_id, name=name, now=app[keys.CLOCK]()
    )
    return said.go(request, f"/contacts/{contact.id}", "lead-completed", lead_id)


@requires(Role.OPERATOR)
async def merge(request: web.Request) -> web.StreamResponse:
    lead_id, app = uuid_of(request.match_info["id"]), request.app
    try:
        contact_id = UUID(text_field(await form_of(request), "contact", 40))
    except ValueError as error:
        raise InvalidInputError("choose a contact") from error
    contact = await merge_lead(
        app[keys.STORE], request[keys.VIEWER].user, lead_id, contact_id=contact_id, now=app[keys.CLOCK]()
    )
    return said.go(request, f"/contacts/{contact.id}", "lead-merged", lead_id)


@requires(Role.OPERATOR)
async def mark(request: web.Request) -> web.StreamResponse:
    """Not a client, a wrong number, spam; or open again."""
    lead_id, app = uuid_of(request.match_info["id"]), request.app
    status = _status(text_field(await form_of(request), "status", 20))
    if status is None:
        raise InvalidInputError("there is no such status")
    await mark_lead(app[keys.STORE], request[keys.VIEWER].user, lead_id, status=status, now=app[keys.CLOCK]())
    return said.go(request, f"/leads/{lead_id}")


@requires(Role.OPERATOR)
async def give(request: web.Request) -> web.StreamResponse:
    """To another manager, or to nobody."""
    lead_id, app = uuid_of(request.match_info["id"]), request.app
    chosen = text_field(await form_of(request), "manager", 40)
    manager = uuid_of(chosen) if chosen else None
    await edit_lead(
        app[keys.STORE], lead_id, {"manager_id": manager}, request[keys.VIEWER].actor, app[keys.CLOCK]()
    )
    return said.go(request, f"/leads/{lead_id}", "saved")


@requires(Role.OPERATOR)
async def reopen(request: web.Request) -> web.StreamResponse:
    """Undo, whatever it was that was done."""
    lead_id, app = uuid_of(request.match_info["id"]), request.app
    await reopen_lead(app[keys.STORE], request[keys.VIEWER].user, lead_id, now=app[keys.CLOCK]())
    return said.go(request, f"/leads/{lead_id}", "lead-reopened")


def _status(text: str) -> LeadStatus | None:
    """None is all of them."""
    return LeadStatus(text) if text in set(LeadStatus) else None
