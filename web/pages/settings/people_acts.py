# SPDX-License-Identifier: Apache-2.0
"""What an administrator does with an account: a link, the second step, sessions, absence, dismissal and back."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.people import Role, User
from crm_core.ports.store import Tx
from crm_core.usecases import second_factor
from crm_core.usecases.dismiss_person import dismiss, preview, reinstate
from crm_core.usecases.leave_pbxs import leave_pbxs
from crm_core.usecases.note_absence import call_off_absence
from crm_core.usecases.set_operator_state import tell_state
from crm_core.usecases.set_password import UserNotFoundError
from crm_core.usecases.trail import Trail
from web import absences, keys
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.invitations import give_link
from web.opening import go
from web.pages.settings.people import person_page, user_of
from web.render import page
from web.words import N_

T = TypeVar("T")


@requires(Role.ADMIN)
async def link(request: web.Request) -> web.StreamResponse:
    user, given = await _changed(
        request, lambda tx, user, trail: _with(user, give_link(request, tx, user, trail))
    )
    return page(request, "settings/person_link.html", person=user, given=given, is_new=False)


@requires(Role.ADMIN)
async def second_step_off(request: web.Request) -> web.StreamResponse:
    await _changed(request, second_factor.take_away)
    return _back(request)


@requires(Role.ADMIN)
async def end_sessions(request: web.Request) -> web.StreamResponse:
    async def work(tx: Tx, user: User, trail: Trail) -> None:
        mine = request[keys.VIEWER].session
        await tx.sessions.revoke_all(user.id, but=mine.id_hash if mine else None)
        trail.note("user", user, user, "sessions_ended")

    await _changed(request, work)
    return _back(request)


@requires(Role.ADMIN)
async def away(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    try:
        await _changed(request, lambda tx, user, trail: absences.note(tx, user.id, form, request, trail))
    except InvalidInputError as error:
        errors = {str(error.details.get("field", "")): str(error)}
        return await person_page(request, errors=errors, typed=absences.typed(form))
    return _back(request)


@requires(Role.ADMIN)
async def back_after_all(request: web.Request) -> web.StreamResponse:
    absence_id = uuid_of(request.match_info["absence"])
    await _changed(request, lambda tx, user, trail: call_off_absence(tx, user.id, absence_id, trail))
    return _back(request)


@requires(Role.ADMIN)
async def ask_to_dismiss(request: web.Request) -> web.StreamResponse:
    return await _dismissal(request, "")


@requires(Role.ADMIN)
async def dismiss_now(request: web.Request) -> web.StreamResponse:
    """First nobody can act as them any more; then their phone is told that they are off."""
    app, viewer, user_id = request.app, request[keys.VIEWER], uuid_of(request.match_info["id"])
    if user_id == viewer.id:
        return await _dismissal(request, N_("You cannot dismiss yourself: ask another administrator."))
    chosen = text_field(await form_of(request), "heir", 40)
    trail = Trail(viewer.actor, app[keys.CLOCK]())
    try:
        heir = None if chosen == "nobody" else UUID(chosen)
        async with app[keys.STORE].begin() as tx:
            extensions = await dismiss(tx, user_id, heir, trail)
            await trail.write(tx)
    except ValueError:
        return await _dismissal(request, N_("Choose who takes over."))
    except (InvalidInputError, ConflictError) as error:
        return await _dismissal(request, str(error))
    async with app[keys.STORE].read() as tx:
        states = await tx.states.current([user_id])
    if user_id in states:
        tell_state(app[keys.FEED], states[user_id])
    pbxs = app[keys.PBXS]
    await leave_pbxs(extensions, pbxs, app[keys.PHONES], app[keys.CHECK_UP].care)
    return _back(request)


@requires(Role.ADMIN)
async def take_back(request: web.Request) -> web.StreamResponse:
    user_id, app = uuid_of(request.match_info["id"]), request.app
    trail = Trail(request[keys.VIEWER].actor, app[keys.CLOCK]())
    async with app[keys.STORE].begin() as tx:
        await reinstate(tx, user_id, trail)
        await trail.write(tx)
    return _back(request)


async def _dismissal(request: web.Request, problem: str) -> web.Response:
    user_id, app = uuid_of(request.match_info["id"]), request.app
    async with app[keys.STORE].read() as tx:
        user = await user_of(tx, user_id)
        if user.archived_at is not None:
            raise ConflictError(N_("This was done already."))
        leaving = await preview(tx, user, app[keys.CLOCK]())
        heirs = {str(each.id): each.name for each in await tx.people.users() if each.id != user_id}
    return page(
        request,
        "settings/person_dismiss.html",
        status=422 if problem else 200,
        person=user,
        leaving=leaving,
        heirs=heirs,
        problem=problem,
    )


async def _changed(request: web.Request, work: Callable[[Tx, User, Trail], Awaitable[T]]) -> T:
    user_id, app = uuid_of(request.match_info["id"]), request.app
    trail = Trail(request[keys.VIEWER].actor, app[keys.CLOCK]())
    async with app[keys.STORE].begin() as tx:
        user = await user_of(tx, user_id)
        if user.archived_at is not None:
            raise UserNotFoundError
        done = await work(tx, user, trail)
        await trail.write(tx)
    return done


async def _with(user: User, given: Awaitable[T]) -> tuple[User, T]:
    return user, await given


def _back(request: web.Request) -> web.Response:
    return go(f"/settings/people/{request.match_info['id']}?saved")
