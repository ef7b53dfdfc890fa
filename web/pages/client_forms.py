# SPDX-License-Identifier: Apache-2.0
"""Contacts and companies made, changed, archived and brought back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aiohttp import web

from crm_core.domain.client import ClientKind, Company, Contact
from crm_core.domain.client_field import ClientField
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.people import Role
from crm_core.ports.store import Tx
from crm_core.usecases.archive_client import archive_client, restore_client
from crm_core.usecases.save_client_card import Edited, save_company_card, save_contact_card
from web import client_form, keys, said
from web.access import requires
from web.client_form import ClientForm
from web.forms import form_of, uuid_of
from web.render import page

_KINDS = {"contacts": ClientKind.CONTACT, "companies": ClientKind.COMPANY}


@requires(Role.OPERATOR)
async def new(request: web.Request) -> web.StreamResponse:
    kind = _kind(request)
    form = client_form.opened(kind, _fields(request, kind), None, request.query)
    return await _shown(request, kind, None, form)


@requires(Role.OPERATOR)
async def edit(request: web.Request) -> web.StreamResponse:
    kind = _kind(request)
    saved = await _saved(request, kind)
    form = client_form.opened(kind, _fields(request, kind), saved, {})
    return await _shown(request, kind, saved, form)


@requires(Role.OPERATOR)
async def create(request: web.Request) -> web.StreamResponse:
    kind = _kind(request)
    form = client_form.read(kind, _fields(request, kind), await form_of(request))
    try:
        made = await _save(request, kind, form, None)
    except InvalidInputError as error:
        return await _shown(request, kind, None, form, status=422, wrong=_wrong(error))
    return said.go(request, f"/{client_form.LIST_OF[kind]}/{made}", "saved")


@requires(Role.OPERATOR)
async def save(request: web.Request) -> web.StreamResponse:
    kind, client_id = _kind(request), uuid_of(request.match_info["id"])
    form = client_form.read(kind, _fields(request, kind), await form_of(request))
    try:
        await _save(request, kind, form, client_id)
    except InvalidInputError as error:
        saved = await _saved(request, kind)
        return await _shown(request, kind, saved, form, status=422, wrong=_wrong(error))
    except ConflictError as error:
        saved = await _saved(request, kind)
        if saved.updated_at == form.seen:  # nobody was before us: it is something else that stands against it
            return await _shown(request, kind, saved, form, status=409, wrong={"": str(error)})
        return await _in_conflict(request, kind, saved, form)
    return said.go(request, f"/{client_form.LIST_OF[kind]}/{client_id}", "saved")


@requires(Role.OPERATOR)
async def archive(request: web.Request) -> web.StreamResponse:
    kind, client_id, app = _kind(request), uuid_of(request.match_info["id"]), request.app
    await archive_client(app[keys.STORE], kind, client_id, request[keys.VIEWER].actor, app[keys.CLOCK]())
    return said.go(request, f"/{client_form.LIST_OF[kind]}/{client_id}", f"{kind}-archived", client_id)


@requires(Role.OPERATOR)
async def restore(request: web.Request) -> web.StreamResponse:
    kind, client_id, app = _kind(request), uuid_of(request.match_info["id"]), request.app
    await restore_client(app[keys.STORE], kind, client_id, request[keys.VIEWER].actor, app[keys.CLOCK]())
    return said.go(request, f"/{client_form.LIST_OF[kind]}/{client_id}", "restored")


def _kind(request: web.Request) -> ClientKind:
    return _KINDS[request.path.split("/")[1]]


def _fields(request: web.Request, kind: ClientKind) -> list[ClientField]:
    return request.app[keys.IN_FORCE].fields_of(kind)


async def _save(request: web.Request, kind: ClientKind, form: ClientForm, client_id: UUID | None) -> UUID:
    app, actor = request.app, request[keys.VIEWER].actor
    store, now, numbers = app[keys.STORE], app[keys.CLOCK](), form.numbers()
    edited = Edited(client_id, form.seen or now) if client_id else None
    fields: Any = form.fields()
    saving: Any = save_contact_card if kind is ClientKind.CONTACT else save_company_card
    saved: Contact | Company = await saving(store, fields, numbers, edited, actor, now)
    return saved.id


def _wrong(error: InvalidInputError) -> dict[str, str]:
    """The field it is about, and what to say there; '' stands over the form."""
    field = str(error.details.get("field", ""))
    if field == "parent_id":
        return {field: str(error)}
    if field.startswith("fields/"):
        return {field.replace("/", "."): str(error)}
    if field in client_form.WRONG:
        return {field: client_form.WRONG[field]}
    return {"": str(error)}


async def _saved(request: web.Request, kind: ClientKind) -> Contact | Company:
    client_id = uuid_of(request.match_info["id"])
    async with request.app[keys.STORE].read() as tx:
        found = await _client(tx, kind, client_id)
    if found is None:
        raise NotFoundError
    return found


async def _client(tx: Tx, kind: ClientKind, client_id: UUID) -> Contact | Company | None:
    return await (
        tx.clients.contact(client_id) if kind is ClientKind.CONTACT else tx.clients.company(client_id)
    )


async def _in_conflict(
    request: web.Request, kind: ClientKind, saved: Contact | Company, form: ClientForm
) -> web.StreamResponse:
    """What the other one changed, beside what is typed here; the next saving knows both."""
    values, conflicts = form.against(saved)
    async with request.app[keys.STORE].read() as tx:
        entries = await tx.audit.of(kind.value, saved.id, 1)
    shown = ClientForm(
        values, client_form.told(saved, values), saved.updated_at, form.new_numbers, form.removed
    )
    last = entries[0] if entries else None
    return await _shown(request, kind, saved, shown, status=409, conflicts=conflicts, changed_by=last)


async def _shown(
    request: web.Request,
    kind: ClientKind,
    saved: Contact | Company | None,
    form: ClientForm,
    *,
    status: int = 200,
    wrong: Mapping[str, str] | None = None,
    **more: Any,
) -> web.Response:
    async with request.app[keys.STORE].read() as tx:
        numbers = (await tx.clients.phone_numbers([saved.id])).get(saved.id, []) if saved else []
        users = await tx.people.users(archived=True)
        names = {str(user.id): user.name for user in users}
        names |= await _company_name(tx, form)
    values: dict[str, Any] = {"conflicts": [], "changed_by": None, **more}
    own = _fields(request, kind)
    return page(
        request,
        "client_form.html",
        status=status,
        kind=kind.value,
        address=f"/{client_form.LIST_OF[kind]}",
        saved=saved,
        form=form,
        titles=client_form.TITLES | {f"{client_form.START}{one.key}": one.label for one in own},
        own=own,
        wrong=wrong or {},
        numbers=numbers,
        users=[user for user in users if not user.archived_at or str(user.id) == form.values["manager_id"]],
        names=names,
        **values,
    )


async def _company_name(tx: Tx, form: ClientForm) -> dict[str, str]:
    """Of the companies this form speaks of: chosen, and before."""
    found = {}
    said = {side.get(name) for side in (form.values, form.was) for name in ("company_id", "parent_id")}
    for text in said - {None, ""}:
        try:
            company = await tx.clients.company(UUID(text or ""))
        except ValueError:
            continue
        if company:
            found[str(company.id)] = company.name
    return found
