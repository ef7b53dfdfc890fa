# SPDX-License-Identifier: Apache-2.0
"""The first run: the first administrator, then the steps until calls come in; each can be left and taken up again."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from crm_core.domain.audit import Actor
from crm_core.domain.call_history import CallFilter
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.person_sheet import PersonSheet, Phones
from crm_core.ports.store import Tx
from crm_core.usecases.first_admin import STEPS, put_first_admin, put_step_done
from crm_core.usecases.save_person import put_person
from crm_core.usecases.trail import Trail
from web import keys
from web.access import public, requires
from web.chosen_password import chosen_password
from web.first_run import is_at_the_machine
from web.forms import form_of, text_field
from web.opening import go, open_session
from web.pages.settings import company
from web.pages.settings.forms import Filled, Form, changed, filled, submitted
from web.render import page
from web.rule_words import in_words
from web.words import N_

TITLES: Final = {
    "admin": N_("First administrator"),
    "company": N_("Company and country"),
    "pbx": N_("PBX"),
    "numbers": N_("Our numbers"),
    "users": N_("People"),
    "import": N_("Clients"),
    "rules": N_("Rules of routing"),
    "call": N_("A test call"),
}
_MOST_PEOPLE = 50


@public
async def door(request: web.Request) -> web.StreamResponse:
    if request.app[keys.IN_FORCE].has_admin:
        return go("/setup/steps")
    return _door(request, {}, {})


@public
async def begin(request: web.Request) -> web.StreamResponse:
    """Make the first administrator, and let them in."""
    app, form = request.app, await form_of(request)
    typed = {name: text_field(form, name, 200).strip() for name in ("login", "name", "code")}
    if not is_at_the_machine(request) and not app[keys.SETUP_CODE].fits(typed["code"]):
        return _door(request, typed, {"code": N_("This is not the code that stands in the server's log.")})
    password, wrong = chosen_password(form)
    if wrong:
        return _door(request, typed, wrong)
    password_hash = await app[keys.PASSWORDS].hash(password)
    trail = Trail(Actor(typed["login"] or "setup"), app[keys.CLOCK]())
    try:
        async with app[keys.STORE].begin() as tx:
            user = await put_first_admin(tx, typed["login"].lower(), typed["name"], password_hash, trail)
            await trail.write(tx)
    except (InvalidInputError, ConflictError) as error:
        return _door(request, typed, {str(error.details.get("field", "")): str(error)})
    await app[keys.IN_FORCE].read(app[keys.STORE])
    return await open_session(request, user, "/setup/steps")


def _door(request: web.Request, typed: Mapping[str, str], errors: Mapping[str, str]) -> web.Response:
    return page(
        request,
        "setup/door.html",
        status=422 if errors else 200,
        typed=typed,
        errors=errors,
        at_the_machine=is_at_the_machine(request),
    )


@requires(Role.ADMIN)
async def steps(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        done = await tx.settings.setup_done()
    return page(request, "setup/steps.html", steps=STEPS, titles=TITLES, done=done | {"admin"})


@requires(Role.ADMIN)
async def step(request: web.Request) -> web.StreamResponse:
    return await _step(request, _name(request))


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    """The step's own work where it has some; and it is behind us."""
    name = _name(request)
    if name == "company":
        return await _save_company(request)
    if name == "users":
        return await _save_people(request)
    await changed(request, lambda tx, trail: put_step_done(tx, name, trail))
    return go("/setup/steps")


def _name(request: web.Request) -> str:
    name = request.match_info["step"]
    if name not in STEPS[1:]:
        raise NotFoundError
    return name


async def _save_company(request: web.Request) -> web.StreamResponse:
    def work(sent: Mapping[str, object], seen: str) -> Any:
        put = company.work(sent, seen)

        async def both(tx: Tx, trail: Trail) -> None:
            await put(tx, trail)
            await put_step_done(tx, "company", trail)

        return both

    form = Form(
        template="setup/company.html",
        done="/setup/steps",
        values_of=company.values_of,
        typed=company.typed,
        work=work,
        context={**company.context(request[keys.L10N]), **_frame("company")},
    )
    return await submitted(request, form)


async def _save_people(request: web.Request) -> web.StreamResponse:
    """One person a line: name, login, extension. All of them or none."""
    text = text_field(await form_of(request), "people", 10_000)
    pbx = next((one.name for one in request.app[keys.PBXS]), "main")

    async def work(tx: Tx, trail: Trail) -> None:
        for sheet in people_said(text, pbx):
            await put_person(tx, None, sheet, trail)
        await put_step_done(tx, "users", trail)

    try:
        await changed(request, work)
    except (InvalidInputError, ConflictError) as error:
        shown = Filled(values={"people": text}, version="", errors={"people": str(error)})
        return await _step(request, "users", shown, 422)
    return go("/setup/steps")


def people_said(text: str, pbx: str) -> list[PersonSheet]:
    """'Anna Kuznetsova, anna, 101': the extension may be left out, its phone is PJSIP/101 until said otherwise."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    if len(lines) > _MOST_PEOPLE:
        raise InvalidInputError(
            N_("These are too many for one step: the rest can follow on the page of people.")
        )
    sheets = []
    for line in lines:
        parts = [part.strip() for part in line.split(",")]
        if len(parts) not in {2, 3} or not all(parts[:2]):
            raise InvalidInputError(N_("One person a line: name, login, extension."))
        extension = parts[2] if len(parts) == 3 else ""  # noqa: PLR2004 - name, login, extension
        desk = f"PJSIP/{extension}" if extension else ""
        phones = (Phones(pbx=pbx, extension=extension, desk=desk),)
        sheets.append(PersonSheet(name=parts[0], login=parts[1].lower(), phones=phones))
    return sheets


async def _step(
    request: web.Request, name: str, form: Filled | None = None, status: int = 200
) -> web.StreamResponse:
    app, l10n = request.app, request[keys.L10N]
    async with app[keys.STORE].read() as tx:
        found = await _facts(tx, name)
    values = {
        "pbxs": [pbx.status() for pbx in app[keys.PBXS]],
        "visit": app[keys.CHECK_UP],
        "form": form or Filled(values={"people": ""}, version=""),
        **found,
        **_frame(name),
    }
    if name == "company":
        house = found["house"]
        values |= {**company.context(l10n), "form": filled(house, company.values_of(house))}
    if name == "rules":
        values["rules"] = in_words(found["body"], l10n, app[keys.IN_FORCE].house.currency)
    return page(request, f"setup/{name}.html", status=status, **values)


async def _facts(tx: Tx, name: str) -> dict[str, Any]:
    if name == "company":
        return {"house": await tx.settings.house()}
    if name == "numbers":
        return {"numbers": await tx.people.own_numbers()}
    if name == "users":
        return {"people": await tx.people.users()}
    if name == "rules":
        stored = await tx.routing.in_force()
        return {"body": stored.body if stored else {}}
    if name == "call":
        return {"calls": await tx.calls.page(CallFilter(), None, 1)}
    return {}


def _frame(name: str) -> dict[str, Any]:
    place = STEPS.index(name)
    return {"step": name, "title": TITLES[name], "place": place + 1, "count": len(STEPS)}
