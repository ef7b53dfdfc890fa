# SPDX-License-Identifier: Apache-2.0
"""A deal: made, changed, won, lost, opened again, archived. Every operator may, as with clients."""

from typing import Any
from uuid import UUID

from aiohttp import web

from crm_core.domain.deal import Deal, DealState
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.people import Role
from crm_core.usecases.archive_deal import archive_deal, restore_deal
from crm_core.usecases.save_deal import DealNotFoundError, create_deal, edit_deal
from web import deal_form, keys, said
from web.access import requires
from web.deal_form import DealForm
from web.forms import form_of, text_field, uuid_of
from web.plan_form import plan_page, wrong_of


@requires(Role.OPERATOR)
async def new(request: web.Request) -> web.StreamResponse:
    """A link says with whom; it is the maker's own unless they say otherwise."""
    house, viewer = request.app[keys.IN_FORCE].house, request[keys.VIEWER]
    empty = dict.fromkeys(deal_form.FIELDS, "")
    given = text_field(request.query, "client", 60)
    values = empty | {"client": given, "currency": house.currency, "owner_id": str(viewer.id)}
    return await _shown(request, None, DealForm(values, None))


@requires(Role.OPERATOR)
async def create(request: web.Request) -> web.StreamResponse:
    app, form = request.app, deal_form.read(await form_of(request))
    try:
        fields = form.fields()
        if not fields["stage"]:
            del fields["stage"]
        made = await create_deal(app[keys.STORE], fields, request[keys.VIEWER].actor, app[keys.CLOCK]())
    except InvalidInputError as error:
        return await _shown(request, None, form, status=422, wrong=wrong_of(error))
    return said.go(request, f"/deals/{made.id}", "saved")


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    saved = await _saved(request)
    return await _shown(request, saved, deal_form.opened(saved))


@requires(Role.OPERATOR)
async def save(request: web.Request) -> web.StreamResponse:
    """Two editors: the second sees what the first saved beside what is typed, and saves knowing both."""
    app, form, deal_id = request.app, deal_form.read(await form_of(request)), _deal_id(request)
    actor, now = request[keys.VIEWER].actor, app[keys.CLOCK]()
    try:
        await edit_deal(app[keys.STORE], deal_id, form.fields(), actor, now, seen=form.seen or now)
    except InvalidInputError as error:
        saved = await _saved(request)
        return await _shown(request, saved, form, status=422, wrong=wrong_of(error))
    except ConflictError:
        saved = await _saved(request)
        theirs = form.theirs(saved)
        return await _shown(request, saved, form.on_top_of(saved), status=409, theirs=theirs)
    return said.go(request, f"/deals/{deal_id}", "saved")


@requires(Role.OPERATOR)
async def close(request: web.Request) -> web.StreamResponse:
    """Won or lost; or open again after all."""
    app, deal_id = request.app, _deal_id(request)
    wanted = text_field(await form_of(request), "state", 10)
    if wanted not in set(DealState):
        raise InvalidInputError("there is no such status")
    actor, now = request[keys.VIEWER].actor, app[keys.CLOCK]()
    await edit_deal(app[keys.STORE], deal_id, {"state": DealState(wanted)}, actor, now)
    return said.go(request, f"/deals/{deal_id}", f"deal-{wanted}", deal_id)


@requires(Role.OPERATOR)
async def reopen(request: web.Request) -> web.StreamResponse:
    """Undo."""
    app, deal_id = request.app, _deal_id(request)
    fields: Any = {"state": DealState.OPEN}
    await edit_deal(app[keys.STORE], deal_id, fields, request[keys.VIEWER].actor, app[keys.CLOCK]())
    return said.go(request, f"/deals/{deal_id}", "deal-open")


@requires(Role.OPERATOR)
async def archive(request: web.Request) -> web.StreamResponse:
    app, deal_id = request.app, _deal_id(request)
    await archive_deal(app[keys.STORE], deal_id, request[keys.VIEWER].actor, app[keys.CLOCK]())
    return said.go(request, f"/deals/{deal_id}", "deal-archived", deal_id)


@requires(Role.OPERATOR)
async def restore(request: web.Request) -> web.StreamResponse:
    app, deal_id = request.app, _deal_id(request)
    await restore_deal(app[keys.STORE], deal_id, request[keys.VIEWER].actor, app[keys.CLOCK]())
    return said.go(request, f"/deals/{deal_id}", "restored")


def _deal_id(request: web.Request) -> UUID:
    return uuid_of(request.match_info["id"])


async def _saved(request: web.Request) -> Deal:
    async with request.app[keys.STORE].read() as tx:
        found = await tx.deals.get(_deal_id(request))
    if found is None:
        raise DealNotFoundError
    return found


async def _shown(request: web.Request, saved: Deal | None, form: DealForm, **more: Any) -> web.Response:
    return await plan_page(request, "deal", saved, form, titles=deal_form.TITLES, **more)
