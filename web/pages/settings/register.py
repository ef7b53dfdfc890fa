# SPDX-License-Identifier: Apache-2.0
"""A list of the settings and the form of one entry: the pages that every such list has, made from what differs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Role
from crm_core.ports.store import Tx
from crm_core.usecases.trail import Trail
from web import keys
from web.access import requires
from web.forms import uuid_of
from web.pages.settings.forms import Form, Values, Work, changed, filled, saved, submitted
from web.render import page

Sent = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What one list of the settings is made of."""

    name: str  # of its address and templates
    all: Callable[[Tx], Awaitable[Sequence[Any]]]
    values_of: Callable[[Any], Values]  # None: the fields of a new entry
    typed: Callable[[Sent], Values]  # never refuses
    parse: Callable[[Sent, UUID, Any], Any]  # with the entry as it was, None for a new one
    put: Callable[[Tx, Any, Trail, str | None], Awaitable[None]]
    remove: Callable[[Tx, UUID, Trail], Awaitable[None]] | None
    context: Callable[[web.Request, Tx], Awaitable[Values]]  # what list and form need beside the entries

    @property
    def address(self) -> str:
        return f"/settings/{self.name}"


def add_register(router: web.UrlDispatcher, register: Register) -> None:
    address = register.address
    router.add_get(address, _index(register))
    router.add_post(address, _save(register))
    router.add_get(f"{address}/new", _edit(register))
    router.add_get(f"{address}/{{id}}", _edit(register))
    router.add_post(f"{address}/{{id}}", _save(register))
    if register.remove:
        router.add_post(f"{address}/{{id}}/remove", _remove(register, register.remove))


def _index(register: Register) -> Any:
    @requires(Role.ADMIN)
    async def index(request: web.Request) -> web.StreamResponse:
        return await show_list(request, register)

    return index


async def show_list(
    request: web.Request, register: Register, *, status: int = 200, refused: str = ""
) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        entries = await register.all(tx)
        context = await register.context(request, tx)
    return page(
        request,
        f"settings/{register.name}.html",
        status=status,
        entries=entries,
        saved="saved" in request.query,
        refused=refused,
        **context,
    )


def _edit(register: Register) -> Any:
    @requires(Role.ADMIN)
    async def edit(request: web.Request) -> web.StreamResponse:
        async with request.app[keys.STORE].read() as tx:
            entry = await _entry(tx, register, request)
            context = await register.context(request, tx)
        form = filled(entry, register.values_of(entry))
        return page(
            request,
            _template(register),
            form=form,
            entry=entry,
            action=request.path.removesuffix("/new"),
            **context,
        )

    return edit


def _save(register: Register) -> Any:
    @requires(Role.ADMIN)
    async def save(request: web.Request) -> web.StreamResponse:
        async with request.app[keys.STORE].read() as tx:
            entry = await _entry(tx, register, request)
            context = await register.context(request, tx)
        entry_id = entry.id if entry else new_id(request.app[keys.CLOCK]())

        def work(sent: Sent, seen: str) -> Work:
            record = register.parse(sent, entry_id, entry)
            return lambda tx, trail: register.put(tx, record, trail, seen)

        form = Form(
            template=_template(register),
            done=register.address,
            values_of=register.values_of,
            typed=register.typed,
            work=work,
            context={"entry": entry, "action": request.path, **context},
        )
        return await submitted(request, form)

    return save


def _remove(register: Register, remove: Callable[[Tx, UUID, Trail], Awaitable[None]]) -> Any:
    @requires(Role.ADMIN)
    async def removed(request: web.Request) -> web.StreamResponse:
        entry_id = uuid_of(request.match_info["id"])
        try:
            await changed(request, lambda tx, trail: remove(tx, entry_id, trail))
        except InvalidInputError as error:
            return await show_list(request, register, status=422, refused=str(error))
        return saved(register.address)

    return removed


async def _entry(tx: Tx, register: Register, request: web.Request) -> Any:
    """None for a new one."""
    if "id" not in request.match_info:
        return None
    wanted = uuid_of(request.match_info["id"])
    for entry in await register.all(tx):
        if entry.id == wanted:
            return entry
    raise NotFoundError


def _template(register: Register) -> str:
    return f"settings/{register.name}_form.html"
