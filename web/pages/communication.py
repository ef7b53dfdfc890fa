# SPDX-License-Identifier: Apache-2.0
"""What came of a communication: the result and the note, changed where they stand; and with whom it was."""

from uuid import UUID

from aiohttp import web

from crm_core.domain.communication import Communication
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.people import Role
from crm_core.usecases.access_call import access_communication
from crm_core.usecases.edit_communication import CommunicationPatch, edit_communication
from crm_core.usecases.keep_number import keep_number
from crm_core.usecases.move_communication import move_back, move_communication
from web import keys, said
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.render import page


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    """As it stands on the timeline."""
    return await _part(request, uuid_of(request.match_info["id"]), "parts/outcome.html")


@requires(Role.OPERATOR)
async def edit(request: web.Request) -> web.StreamResponse:
    return await _part(request, uuid_of(request.match_info["id"]), "parts/outcome_form.html")


@requires(Role.OPERATOR)
async def save(request: web.Request) -> web.StreamResponse:
    communication_id = uuid_of(request.match_info["id"])
    form = await form_of(request)
    result = text_field(form, "result", 40)
    patch = CommunicationPatch(result=result, note=text_field(form, "note", 10_000))
    app = request.app
    viewer = request[keys.VIEWER].user
    saved = await edit_communication(app[keys.STORE], viewer, communication_id, patch, now=app[keys.CLOCK]())
    return page(request, "parts/outcome.html", communication=saved)


@requires(Role.OPERATOR)
async def move(request: web.Request) -> web.StreamResponse:
    """It was with somebody else."""
    communication_id, app = uuid_of(request.match_info["id"]), request.app
    form = await form_of(request)
    chosen = {name: _id(text_field(form, name, 40)) for name in ("contact", "company")}
    if not any(chosen.values()):
        raise InvalidInputError("choose a contact")
    moved = await move_communication(
        app[keys.STORE],
        app[keys.FEED],
        request[keys.VIEWER].user,
        communication_id,
        contact_id=chosen["contact"],
        company_id=chosen["company"],
        now=app[keys.CLOCK](),
    )
    address = await _page_of(request, moved)
    if text_field(form, "only", 5) and (kept := await _keep_number(request, moved)):
        return said.go(request, address, "number-kept", kept)
    return said.go(request, address, "communication-moved", communication_id)


async def _keep_number(request: web.Request, moved: Communication) -> UUID | None:
    """Whoever it was with now has the number alone."""
    app, owner = request.app, moved.contact_id or moved.company_id
    async with app[keys.STORE].read() as tx:
        theirs = (await tx.clients.phone_numbers([owner])).get(owner, []) if owner else []
    number = next((one for one in theirs if one.e164 == moved.e164), None)
    if number is None:
        return None
    await keep_number(app[keys.STORE], number.id, request[keys.VIEWER].actor, app[keys.CLOCK]())
    return number.id


@requires(Role.OPERATOR)
async def back(request: web.Request) -> web.StreamResponse:
    """Undo."""
    communication_id, app = uuid_of(request.match_info["id"]), request.app
    user, now = request[keys.VIEWER].user, app[keys.CLOCK]()
    moved = await move_back(app[keys.STORE], app[keys.FEED], user, communication_id, now=now)
    return said.go(request, await _page_of(request, moved), "communication-back")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _page_of(request: web.Request, what: Communication) -> str:
    """The call's page, unless they gave it to somebody whose calls are not theirs to see."""
    async with request.app[keys.STORE].read() as tx:
        try:
            await access_communication(tx, request[keys.VIEWER].user, what.id)
        except NotFoundError:
            return "/calls"
    return f"/calls/{what.call_id}" if what.call_id else f"/contacts/{what.contact_id}"


async def _part(request: web.Request, communication_id: UUID, template: str) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        found = await access_communication(tx, request[keys.VIEWER].user, communication_id)
    return page(request, template, communication=found)
