# SPDX-License-Identifier: Apache-2.0
"""All that one person has goes to others: which of it, to whom, and then the plan, which is dealing out's."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.people import Role, User
from crm_core.domain.sharing import EVERYTHING, Owned, Way
from crm_core.ports.store import Tx
from crm_core.usecases.assign_owner import can_assign, load_standing
from crm_core.usecases.hand_everything import count_everything
from web import keys, said
from web.access import requires
from web.forms import chosen_id, form_of, text_field, uuid_of
from web.pages.settings.sharing import ADDRESS
from web.render import page
from web.share_orders import begin_everything, lists_of

_TO: Final = ("person", "team", "rules")


@requires(Role.SUPERVISOR)
async def show(request: web.Request) -> web.StreamResponse:
    return await _form(request, request.query.get("of", ""), {})


@requires(Role.SUPERVISOR)
async def begin(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    of = text_field(form, "of", 40)
    try:
        batch = await begin_everything(request, uuid_of(of), _kinds(form), *_to(form))
    except InvalidInputError as error:
        return await _form(request, of, form, str(error), 422)
    return said.go(request, f"{ADDRESS}/{batch.id}")


def _kinds(form: Mapping[str, object]) -> list[Owned]:
    chosen = set(_all(form, "kind"))
    return [one for one in EVERYTHING if one.value in chosen]


def _to(form: Mapping[str, object]) -> tuple[Way, str, list[UUID]]:
    """How, among which team, to whom."""
    match text_field(form, "to", 20):
        case "rules":
            return Way.RULES, "", []
        case "team":
            return Way.EVENLY, text_field(form, "team", 200), []
        case _:
            person = text_field(form, "person", 40)
            return Way.EVENLY, "", [chosen_id(person, "people")] if person else []


async def _form(
    request: web.Request, of: str, form: Mapping[str, object], refused: str = "", status: int = 200
) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        user = await _person(tx, of)
        counts = await count_everything(tx, user.id)
        standing = await load_standing(tx, request.app[keys.CLOCK]())
        here = {one: name for one, name in standing.names.items() if one != user.id}
        teams = [team.name for team in await tx.people.teams() if team.members & here.keys()]
        stored = await tx.routing.in_force()
    chosen = _all(form, "kind") if form else [kind.value for kind in EVERYTHING]
    to = str(form.get("to", "person"))
    return page(
        request,
        "settings/sharing_everything.html",
        status=status,
        person=user,
        counts=counts,
        lists=lists_of(user.id),
        chosen=chosen,
        people={"": "—"} | {str(one): here[one] for one in sorted(here, key=lambda one: (here[one], one))},
        teams={"": "—"} | {name: name for name in teams},
        has_rules=bool(stored and can_assign(stored.body)),
        to=to if to in _TO else "person",
        typed=form,
        refused=refused,
    )


async def _person(tx: Tx, of: str) -> User:
    user = await tx.people.user(uuid_of(of))
    if user is None:
        raise NotFoundError
    return user


def _all(form: Mapping[str, Any], name: str) -> list[object]:
    return list(form.getall(name, [])) if hasattr(form, "getall") else []
