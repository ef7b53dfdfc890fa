# SPDX-License-Identifier: Apache-2.0
"""Where operators live all day: the live card, their phone and state, the team, what was missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from crm_core.domain.directory import Directory, Operator, OperatorState, PartyKind
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.listing import ListKind
from crm_core.domain.missed_views import MissedView
from crm_core.domain.people import Role
from crm_core.ports.feed import Audience
from crm_core.usecases.choose_caller import Chosen, choose_caller
from crm_core.usecases.edit_communication import CommunicationPatch, edit_communication
from crm_core.usecases.set_operator_state import set_operator_state
from web import keys
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.i18n.l10n import L10n
from web.pages.missed import missed_callers
from web.pages.task import desk_tasks
from web.render import page, toast
from web.share_orders import WITHOUT, without_manager

_MISSED_SHOWN = 8
_BEFORE_SHOWN = 6
_MANY = 1000  # nobody waits for their workspace until all are counted
# The three demo clients, each of whom takes another road (config/demo).
_DEMO_NUMBERS = {"+79161000001": "assigned", "+79161000002": "retail", "+79161000003": "wholesale"}


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    name: str
    extension: str


@dataclass(frozen=True, slots=True)
class TeamList:
    title: str
    people: Sequence[Person]


@dataclass(frozen=True, slots=True)
class DemoClient:
    number: str
    name: str
    road: str


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    directory, viewer, l10n = request.app[keys.DIRECTORY], request[keys.VIEWER], request[keys.L10N]
    me = directory.operator(viewer.id)
    return page(
        request,
        "workspace/page.html",
        without=await _without_manager(request),
        addresses=WITHOUT,
        many=_MANY,
        extensions=sorted({line.extension for line in me.lines}) if me else [],
        teams=_teams(directory, l10n),
        missed=await missed_callers(request, MissedView.OPEN, limit=_MISSED_SHOWN),
        demo_clients=_demo_clients(directory, l10n) if request.app[keys.DEMO_CALL] else [],
        **await desk_tasks(request),
    )


async def _without_manager(request: web.Request) -> dict[ListKind, int]:
    """For those who may give them to somebody; lists of which there are none are left out."""
    if not request[keys.VIEWER].is_at_least(Role.SUPERVISOR):
        return {}
    async with request.app[keys.STORE].read() as tx:
        return {kind: count for kind, count in (await without_manager(tx, _MANY)).items() if count}


@requires(Role.OPERATOR)
async def missed(request: web.Request) -> web.StreamResponse:
    shown = await missed_callers(request, MissedView.OPEN, limit=_MISSED_SHOWN)
    return page(request, "workspace/missed.html", missed=shown)


@requires(Role.OPERATOR)
async def before(request: web.Request) -> web.StreamResponse:
    """The last talks with the client of a card."""
    kind, owner = request.match_info["kind"], uuid_of(request.match_info["id"])
    async with request.app[keys.STORE].read() as tx:
        if kind == "contact":
            items = await tx.communications.timeline(contact_id=owner, limit=_BEFORE_SHOWN)
        elif kind == "company":
            items = await tx.communications.timeline(company_id=owner, limit=_BEFORE_SHOWN)
        elif kind == "lead":
            items = await tx.communications.timeline(lead_id=owner, limit=_BEFORE_SHOWN)
        else:
            raise NotFoundError
    now_on = request.query.get("but", "")
    past = [item for item in items if str(item.communication.id) != now_on]
    return page(request, "workspace/before.html", items=past)


@requires(Role.OPERATOR)
async def set_state(request: web.Request) -> web.StreamResponse:
    """What I say of myself; the answer is the frame that everybody gets."""
    app, viewer = request.app, request[keys.VIEWER]
    form = await form_of(request)
    wanted, reason = text_field(form, "state", 20), text_field(form, "reason", 40)
    if wanted not in {"available", "paused", "meeting", "offline"}:
        raise InvalidInputError("There is no such state.")
    await set_operator_state(
        app[keys.STORE],
        app[keys.FEED],
        app[keys.PBXS],
        viewer.user,
        viewer.id,
        state=OperatorState(wanted),
        now=app[keys.CLOCK](),
        reason=reason if wanted == "paused" else None,
    )
    return web.Response(status=204)


@requires(Role.OPERATOR)
async def save_note(request: web.Request) -> web.StreamResponse:
    """What came of the call, written while it is fresh."""
    app, viewer = request.app, request[keys.VIEWER]
    form = await form_of(request)
    result = text_field(form, "result", 40)
    patch = CommunicationPatch(note=text_field(form, "note", 4000), result=result)
    call_id = uuid_of(request.match_info["id"])
    kept = await edit_communication(app[keys.STORE], viewer.user, call_id, patch, now=app[keys.CLOCK]())
    ids = ("id", "call_id", "contact_id", "company_id", "lead_id")
    app[keys.FEED].publish(
        "communication", {name: getattr(kept, name) for name in ids}, Audience.of(viewer.id)
    )
    return web.Response(status=204)


@requires(Role.OPERATOR)
async def choose(request: web.Request) -> web.StreamResponse:
    """It is this one of those who share the number."""
    app, viewer = request.app, request[keys.VIEWER]
    form = await form_of(request)
    kind = next((kind for kind in (PartyKind.CONTACT, PartyKind.COMPANY) if kind.value in form), None)
    if kind is None:
        raise InvalidInputError("choose a contact")
    chosen = Chosen(kind, uuid_of(text_field(form, kind.value, 40)))
    call_id = uuid_of(request.match_info["id"])
    await choose_caller(
        app[keys.STORE],
        app[keys.FEED],
        app[keys.DIRECTORY],
        viewer.user,
        call_id,
        chosen=chosen,
        now=app[keys.CLOCK](),
    )
    return web.Response(status=204)


@requires(Role.OPERATOR)
async def place_demo_call(request: web.Request) -> web.StreamResponse:
    demo_call, l10n = request.app[keys.DEMO_CALL], request[keys.L10N]
    if demo_call is None:
        raise NotFoundError
    number = text_field(await form_of(request), "number", 20)
    if number not in _DEMO_NUMBERS:
        raise InvalidInputError("Only the demo clients can be made to call.")
    await demo_call(number)
    text = l10n.gettext("%(number)s is calling us now.", number=l10n.phone(number))
    return toast(request, 200, text, kind="good")


def _teams(directory: Directory, l10n: L10n) -> list[TeamList]:
    people = {person.id: person for person in directory.operators()}
    teams, shown = [], set()
    for team in sorted(directory.teams(), key=lambda one: one.name):
        members = [people[member] for member in team.members if member in people]
        shown |= {member.id for member in members}
        if members:
            teams.append(TeamList(team.name.capitalize(), _people(members)))
    rest = [person for person in people.values() if person.id not in shown and person.lines]
    if rest:
        teams.append(TeamList(l10n.gettext("Others"), _people(rest)))
    return teams


def _people(members: Sequence[Operator]) -> list[Person]:
    by_name = sorted(members, key=lambda member: member.name)
    return [
        Person(member.id, member.name, member.lines[0].extension if member.lines else "")
        for member in by_name
    ]


def _demo_clients(directory: Directory, l10n: L10n) -> list[DemoClient]:
    roads = {
        "assigned": l10n.gettext("to the assigned manager"),
        "retail": l10n.gettext("small turnover: to retail"),
        "wholesale": l10n.gettext("large turnover: to wholesale"),
    }
    clients = []
    for number, road in _DEMO_NUMBERS.items():
        party = directory.identify(number)
        clients.append(DemoClient(number, party.name if party else l10n.phone(number), roads[road]))
    return clients
