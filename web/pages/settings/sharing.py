# SPDX-License-Identifier: Apache-2.0
"""Dealing out clients, leads and deals: who has no manager, whom they are to go to, what it would mean, and back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.sharing import CLIENTS, OWNED_IN, BatchState, Moved, ShareBatch, Way, counted_with
from crm_core.ports.store import Tx
from crm_core.usecases.assign_owner import can_assign, load_standing
from crm_core.usecases.share_out import MOST
from web import keys, said
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.lists.asked import Asked
from web.render import page
from web.share_orders import WITHOUT, asked_of, begin_batch, order_batch, without_manager
from web.takes import kinds_of, takes_of

ADDRESS: Final = "/settings/sharing"
_SHOWN = 30
_COUNTED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Gets:
    """One person in a plan. `now`: what they have in all, before or after it was done."""

    name: str
    now: int
    gets: int
    loses: int
    keeps: int

    @property
    def becomes(self) -> int:
        """Once a plan is done."""
        return self.now + self.gets - self.loses


@requires(Role.SUPERVISOR)
async def index(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        without = await without_manager(tx, _COUNTED)
        batches = await tx.sharing.batches(_SHOWN)
        people = await tx.people.users(archived=True)
    return page(
        request,
        "settings/sharing.html",
        without=without,
        addresses=WITHOUT,
        batches=batches,
        people=sorted(people, key=lambda user: (user.name, user.id)),
    )


@requires(Role.SUPERVISOR)
async def new(request: web.Request) -> web.StreamResponse:
    asked = asked_of(request, request.query.get("list", ""), request.query.get("query", "")[:2000])
    return await _form(request, asked, {})


@requires(Role.SUPERVISOR)
async def begin(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    asked = asked_of(request, text_field(form, "list", 20), text_field(form, "query", 2000))
    try:
        way, team = _way(text_field(form, "way", 20)), text_field(form, "team", 200)
        batch = await begin_batch(request, asked, way, team, _people(form))
    except InvalidInputError as error:
        errors = {str(error.details.get("field", "")): str(error)}
        return await _form(request, asked, form, errors, 422)
    return said.go(request, f"{ADDRESS}/{batch.id}")


@requires(Role.SUPERVISOR)
async def show(request: web.Request) -> web.StreamResponse:
    """The plan with its buttons; while it is at work, how far it is."""
    return await _shown(request)


@requires(Role.SUPERVISOR)
async def give(request: web.Request) -> web.StreamResponse:
    return await _ordered(request, BatchState.PLANNED, BatchState.GIVING)


@requires(Role.SUPERVISOR)
async def take_back(request: web.Request) -> web.StreamResponse:
    return await _ordered(request, BatchState.GIVEN, BatchState.TAKING_BACK)


async def _ordered(request: web.Request, state: BatchState, into: BatchState) -> web.StreamResponse:
    batch_id = uuid_of(request.match_info["id"])
    try:
        await order_batch(request, batch_id, state, into)
    except ConflictError as error:
        return await _shown(request, str(error), 409)
    return said.go(request, f"{ADDRESS}/{batch_id}")


async def _shown(request: web.Request, refused: str = "", status: int = 200) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        batch = await tx.sharing.batch(uuid_of(request.match_info["id"]))
        if batch is None:
            raise NotFoundError
        moved = [] if batch.state.is_at_work else await _moved(tx, batch)  # not each second
        names = {user.id: user.name for user in await tx.people.users(archived=True)}
        concerned = {one for each in moved for one in (each.before_id, each.after_id) if one}
        have = await tx.sharing.counts(concerned, counted_with(batch.kinds[0]))
    part = request.headers.get("HX-Request") == "true"
    return page(
        request,
        "settings/sharing_part.html" if part else "settings/sharing_batch.html",
        status=status,
        batch=batch,
        refused=refused,
        gets=_gets(moved, names, have),
        takes=takes_of(moved, names) if batch.of else [],
        kinds=kinds_of(moved),
        whose=names.get(batch.of, "—") if batch.of else "",
        nobody=_of_nobody(moved),
        list_address=_looked_at(batch),
        new_address=f"{ADDRESS}/everything?of={batch.of}" if batch.of else _new_address(batch),
    )


async def _moved(tx: Tx, batch: ShareBatch) -> Sequence[Moved]:
    return await (tx.sharing.moved_of(batch.id, batch.kinds) if batch.of else tx.sharing.moved(batch.id))


def _looked_at(batch: ShareBatch) -> str:
    """The list; of everything there is none."""
    return "" if batch.of else f"/{batch.list}" + (f"?{batch.query}" if batch.query else "")


def _new_address(batch: ShareBatch) -> str:
    return f"{ADDRESS}/new?{urlencode({'list': batch.list.value, 'query': batch.query})}"


def _gets(moved: Sequence[Moved], names: Mapping[UUID, str], have: Mapping[UUID, int]) -> list[Gets]:
    gets, loses, keeps = Counter[UUID](), Counter[UUID](), Counter[UUID]()
    for one in moved:
        if one.after_id and one.after_id == one.before_id:
            keeps[one.after_id] += one.count
            continue
        if one.after_id:
            gets[one.after_id] += one.count
            if one.before_id:
                loses[one.before_id] += one.count
    people = sorted({*gets, *loses, *keeps}, key=lambda one: (names.get(one, ""), one))
    return [
        Gets(name=names.get(one, "—"), now=have[one], gets=gets[one], loses=loses[one], keeps=keeps[one])
        for one in people
    ]


def _of_nobody(moved: Sequence[Moved]) -> tuple[int, int]:
    """How many had no manager, and how many will have none."""
    before = sum(one.count for one in moved if one.before_id is None)
    return before, sum(one.count for one in moved if one.after_id is None)


async def _form(
    request: web.Request,
    asked: Asked,
    form: Mapping[str, object],
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> web.StreamResponse:
    now, viewer = request.app[keys.CLOCK](), request[keys.VIEWER].user
    async with request.app[keys.STORE].read() as tx:
        standing = await load_standing(tx, now)
        kind = OWNED_IN[asked.spec.kind]
        have = await tx.sharing.counts(standing.names.keys(), counted_with(kind))
        total = await asked.spec.count(tx, asked.query, viewer, MOST)
        teams = [team.name for team in await tx.people.teams() if team.members & standing.names.keys()]
        stored = await tx.routing.in_force()
    return page(
        request,
        "settings/sharing_new.html",
        status=status,
        asked=asked,
        total=total,
        people=sorted(standing.names.items(), key=lambda one: (one[1], one[0])),
        have=have,
        by_rules=kind in CLIENTS,
        teams=teams,
        team_options={"": "—"} | {name: name for name in teams},
        has_rules=bool(stored and can_assign(stored.body)),
        typed=form,
        chosen=_all(form, "person"),
        errors=errors or {},
    )


def _way(text: str) -> Way:
    try:
        return Way(text)
    except ValueError as error:
        raise InvalidInputError("choose how they are dealt out", field="way") from error


def _people(form: Mapping[str, object]) -> list[UUID]:
    try:
        return [UUID(str(one)) for one in _all(form, "person")]
    except ValueError as error:
        raise InvalidInputError("choose people who work here and are not away", field="people") from error


def _all(form: Mapping[str, object], name: str) -> list[object]:
    return list(form.getall(name, [])) if hasattr(form, "getall") else []
