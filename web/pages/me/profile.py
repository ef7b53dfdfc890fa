# SPDX-License-Identifier: Apache-2.0
"""Who I am here: language, zone and theme; when I am away, and who stands in."""

from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Role, User
from crm_core.ports.store import Tx
from crm_core.usecases.keep_working_hours import shifts_now
from crm_core.usecases.note_absence import call_off_absence
from crm_core.usecases.trail import Trail
from web import absences, keys
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.i18n.catalogues import NAMES
from web.opening import go
from web.pages.me import frame
from web.pages.preferences import THEMES
from web.render import page
from web.table_words import day_names, week
from web.words import N_


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


@requires(Role.OPERATOR)
async def save(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    chosen = {name: text_field(form, name, 60).strip() for name in ("locale", "zone", "theme")}
    if chosen["zone"] and chosen["zone"] not in available_timezones():
        errors = {"zone": N_("This is not a time zone (as Europe/Moscow).")}
        return await _page(request, errors=errors, typed=chosen)

    async def work(tx: Tx, user: User, trail: Trail) -> None:
        after = replace(
            user,
            locale=chosen["locale"] if chosen["locale"] in NAMES else None,
            zone=chosen["zone"] or None,
            theme=chosen["theme"] if chosen["theme"] in THEMES else None,
        )
        if after != user:
            await tx.people.save_user(after)
            trail.note("user", user, after)

    await frame.changed(request, work)
    return go("/me?saved")


@requires(Role.OPERATOR)
async def away(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    try:
        await frame.changed(request, lambda tx, user, trail: absences.note(tx, user.id, form, request, trail))
    except InvalidInputError as error:
        errors = {str(error.details.get("field", "")): str(error)}
        return await _page(request, errors=errors, absence=absences.typed(form))
    return go("/me?saved")


@requires(Role.OPERATOR)
async def back_after_all(request: web.Request) -> web.StreamResponse:
    absence_id = uuid_of(request.match_info["id"])
    await frame.changed(request, lambda tx, user, trail: call_off_absence(tx, user.id, absence_id, trail))
    return go("/me?saved")


async def _page(
    request: web.Request,
    *,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    absence: dict[str, str] | None = None,
) -> web.Response:
    user = request[keys.VIEWER].user
    now = request.app[keys.CLOCK]()
    async with request.app[keys.STORE].read() as tx:
        shown = await absences.shown(tx, user.id, now)
        teams = [team.name for team in await tx.people.teams() if user.id in team.members]
        extensions = [one.extension for one in await tx.people.extensions(now) if one.user_id == user.id]
        two_steps = user.id in await tx.credentials.with_second_factor()
        schedules = {one.id: one for one in await tx.schedules.all()}
        shift = (await shifts_now(tx, [user], now))[user.id]
    values: dict[str, Any] = {
        "teams": teams,
        "extensions": extensions,
        "two_steps": two_steps,
        "schedule": schedules.get(user.schedule_id) if user.schedule_id else None,
        "shift": shift,
        "week": week,
        "days": day_names(request[keys.L10N]),
        "zones": zones(),
        "errors": errors or {},
        "typed": typed or {"locale": user.locale, "zone": user.zone, "theme": user.theme or "auto"},
        "absence": absence or {},
        "colleagues": absences.colleagues(shown, user.id),
    }
    return page(
        request,
        "me/profile.html",
        status=422 if errors else 200,
        saved="saved" in request.query,
        absences=shown,
        **values,
    )


def zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
