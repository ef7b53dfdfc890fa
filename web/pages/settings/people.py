# SPDX-License-Identifier: Apache-2.0
"""Who works here: the list, the form of a new colleague and of one who is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from crm_core.domain.absence import Absence, absence_at
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.people import Role, User
from crm_core.domain.person_sheet import PersonSheet, Phones
from crm_core.domain.search import fold
from crm_core.ports.store import Tx
from crm_core.usecases.save_person import put_person, sheet_of
from crm_core.usecases.set_password import UserNotFoundError
from crm_core.usecases.trail import Trail
from web import absences, keys
from web.access import requires
from web.forms import form_of, uuid_of
from web.i18n.catalogues import NAMES
from web.invitations import Given, give_link
from web.pages.me.profile import zones
from web.pages.settings.forms import Filled, Form, changed, filled, submitted
from web.pages.settings.person_form import PersonForm, roles
from web.render import page
from web.words import N_

STATES: Final = {
    "active": N_("Active"),
    "away": N_("Away"),
    "invited": N_("Invited"),
    "locked": N_("No way in"),
    "archived": N_("Left"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    user: User
    state: str
    teams: list[str]
    extensions: list[str]
    seen: datetime | None
    away: Absence | None
    two_steps: bool


@requires(Role.ADMIN)
async def index(request: web.Request) -> web.StreamResponse:
    wanted = {name: request.query.get(name, "")[:100] for name in ("q", "role", "team", "state")}
    async with request.app[keys.STORE].read() as tx:
        rows = await _rows(tx, request.app[keys.CLOCK]())
        people = {user.id: user.name for user in await tx.people.users(archived=True)}
    shown = [row for row in rows if _fits(row, wanted)]
    l10n = request[keys.L10N]
    return page(
        request,
        "settings/people.html",
        rows=shown,
        wanted=wanted,
        everybody=len(rows),
        roles=roles(l10n),
        states={code: l10n.gettext(text) for code, text in STATES.items()},
        teams={name: name for name in sorted({name for row in rows for name in row.teams})},
        people=people,
    )


@requires(Role.ADMIN)
async def new(request: web.Request) -> web.StreamResponse:
    form = await _person_form(request)
    empty = PersonSheet(name="", login="", phones=tuple(_phones_asked(request, pbx) for pbx in form.pbxs))
    shown = Filled(values=form.values_of(empty), version="")
    return _form_page(request, form, shown)


def _phones_asked(request: web.Request, pbx: str) -> Phones:
    """The page of phones leads here with a phone that is nobody's."""
    asked = request.query if request.query.get("pbx") == pbx else {}
    return Phones(pbx=pbx, extension=asked.get("extension", "")[:20], desk=asked.get("device", "")[:100])


@requires(Role.ADMIN)
async def create(request: web.Request) -> web.StreamResponse:
    """The invitation's link stands on the answer, once."""
    sent, form = await form_of(request), await _person_form(request)
    made: list[tuple[User, Given]] = []

    async def work(tx: Tx, trail: Trail) -> None:
        user = await put_person(tx, None, form.sheet(sent), trail)
        made.append((user, await give_link(request, tx, user, trail)))

    try:
        await changed(request, work)
    except (InvalidInputError, ConflictError) as error:
        errors = {str(error.details.get("field", "")): str(error)}
        shown = Filled(values=form.typed(sent), version="", errors=errors)
        return _form_page(request, form, shown, status=409 if isinstance(error, ConflictError) else 422)
    [(user, given)] = made
    return page(
        request,
        "settings/person_link.html",
        person=user,
        given=given,
        is_new=True,
        phones=request.app[keys.PHONES],
    )


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    return await person_page(request)


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    user_id, form = uuid_of(request.match_info["id"]), await _person_form(request)
    async with request.app[keys.STORE].read() as tx:
        user = await user_of(tx, user_id)
        context = await _context(request, tx, user, form)
    return await submitted(
        request,
        Form(
            template="settings/person.html",
            done=f"/settings/people/{user_id}",
            values_of=form.values_of,
            typed=form.typed,
            work=lambda sent, seen: form.work(user_id, sent, seen),
            context=context,
        ),
    )


async def person_page(
    request: web.Request, *, errors: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None
) -> web.Response:
    """`errors` and `typed` are of the absence's form."""
    user_id, form = uuid_of(request.match_info["id"]), await _person_form(request)
    async with request.app[keys.STORE].read() as tx:
        user = await user_of(tx, user_id)
        sheet = await sheet_of(tx, user, form.pbxs, request.app[keys.CLOCK]())
        context = await _context(request, tx, user, form)
    context |= {"absence_errors": errors or {}, "absence_typed": typed or {}}
    return page(
        request,
        "settings/person.html",
        status=422 if errors else 200,
        form=filled(sheet, form.values_of(sheet)),
        saved="saved" in request.query,
        **context,
    )


async def user_of(tx: Tx, user_id: UUID) -> User:
    user = await tx.people.user(user_id)
    if user is None:
        raise UserNotFoundError
    return user


async def _person_form(request: web.Request) -> PersonForm:
    async with request.app[keys.STORE].read() as tx:
        pbxs = [pbx.name for pbx in request.app[keys.PBXS]]
        return PersonForm(await tx.people.teams(), pbxs, await tx.schedules.all())


def _form_page(request: web.Request, form: PersonForm, shown: Filled, status: int = 200) -> web.Response:
    return page(
        request,
        "settings/person.html",
        status=status,
        form=shown,
        saved=False,
        person=None,
        **_choices(request, form),
    )


def _choices(request: web.Request, form: PersonForm) -> dict[str, Any]:
    return {
        "teams": form.teams,
        "pbxs": form.pbxs,
        "roles": roles(request[keys.L10N]),
        "locales": NAMES,
        "schedules": {str(each.id): each.name for each in form.schedules},
        "zones": zones(),
    }


async def _context(request: web.Request, tx: Tx, user: User, form: PersonForm) -> dict[str, Any]:
    now = request.app[keys.CLOCK]()
    shown = await absences.shown(tx, user.id, now)
    [row] = [row for row in await _rows(tx, now) if row.user.id == user.id]
    return _choices(request, form) | {
        "person": user,
        "row": row,
        "sessions": len(await tx.sessions.of_user(user.id, now)),
        "link": (await tx.credentials.links(now)).get(user.id),
        "absences": shown,
        "colleagues": absences.colleagues(shown, user.id),
        "absence_errors": {},
        "absence_typed": {},
        "states": {code: request[keys.L10N].gettext(text) for code, text in STATES.items()},
    }


async def _rows(tx: Tx, now: datetime) -> list[Row]:
    teams, extensions = await tx.people.teams(), await tx.people.extensions(now)
    seen, invited = await tx.people.last_seen(), await tx.people.without_password()
    links, away = await tx.credentials.links(now), await tx.absences.since(now)
    two_steps = await tx.credentials.with_second_factor()
    return [
        Row(
            user=user,
            state=_state(user, user.id in invited, user.id in links, absence_at(away, user.id, now)),
            teams=[team.name for team in teams if user.id in team.members],
            extensions=[one.extension for one in extensions if one.user_id == user.id],
            seen=seen.get(user.id),
            away=absence_at(away, user.id, now),
            two_steps=user.id in two_steps,
        )
        for user in await tx.people.users(archived=True)
    ]


def _state(user: User, has_no_password: bool, has_link: bool, away: Absence | None) -> str:  # noqa: FBT001 - facts
    if user.archived_at:
        return "archived"
    if has_no_password:
        return "invited" if has_link else "locked"
    return "away" if away else "active"


def _fits(row: Row, wanted: Mapping[str, str]) -> bool:
    if wanted["state"] != "archived" and row.state == "archived":
        return False
    if wanted["state"] and row.state != wanted["state"]:
        return False
    if wanted["role"] and row.user.role != wanted["role"]:
        return False
    if wanted["team"] and wanted["team"] not in row.teams:
        return False
    said = fold(" ".join((row.user.name, row.user.login, row.user.email or "", *row.extensions)))
    return all(word in said for word in fold(wanted["q"]).split())
