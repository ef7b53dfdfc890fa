# SPDX-License-Identifier: Apache-2.0
"""Fields of contacts and companies: which there are, in which order, and which are not offered any more."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from crm_core.domain.client import ClientKind
from crm_core.domain.client_field import LAST, ClientField, FieldKind
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.people import Role
from crm_core.ports.store import Tx
from crm_core.usecases.put_field import put_field
from crm_core.usecases.trail import Trail
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.pages.settings.forms import Values, changed, saved
from web.pages.settings.register import Register, Sent, add_register, show_list
from web.words import FIELD_KINDS

_STEP: Final = 10
_LONGEST: Final = 10_000  # of all choices


def values_of(field: ClientField | None) -> Values:
    if field is None:
        return {"of": "contact", "label": "", "key": "", "kind": "text", "choices": ""}
    return {
        "of": field.of.value,
        "label": field.label,
        "key": field.key,
        "kind": field.kind.value,
        "choices": "\n".join(field.choices),
    }


def typed(sent: Sent) -> Values:
    longest = {"of": 20, "label": 200, "key": 60, "kind": 20, "choices": _LONGEST}
    return {name: str(sent.get(name, ""))[:most] for name, most in longest.items()}


def _parse(sent: Sent, field_id: UUID, before: ClientField | None) -> ClientField:
    said = typed(sent)
    text_field(sent, "choices", _LONGEST)
    try:
        of, kind = before.of if before else ClientKind(said["of"]), FieldKind(said["kind"])
    except ValueError as error:
        raise InvalidInputError("this is none of its choices", field="kind") from error
    new = ClientField(id=field_id, of=of, key=said["key"], label="", kind=kind, position=LAST)
    return replace(before or new, label=said["label"], kind=kind, choices=tuple(said["choices"].splitlines()))


async def _every(tx: Tx) -> Sequence[ClientField]:
    return await tx.client_fields.all()


async def _context(_request: web.Request, _tx: Tx) -> Values:
    return {"kinds": FIELD_KINDS}


FIELDS: Final = Register(
    name="client-fields",
    all=_every,
    values_of=values_of,
    typed=typed,
    parse=_parse,
    put=put_field,
    remove=None,
    context=_context,
)
Act = Callable[[Tx, Trail, ClientField, Sent], Awaitable[None]]


def add_client_fields(router: web.UrlDispatcher) -> None:
    add_register(router, FIELDS)
    router.add_post(f"{FIELDS.address}/{{id}}/archive", _act(_archive))
    router.add_post(f"{FIELDS.address}/{{id}}/move", _act(_move))


def _act(act: Act) -> Any:
    @requires(Role.ADMIN)
    async def handler(request: web.Request) -> web.StreamResponse:
        wanted, sent = uuid_of(request.match_info["id"]), await form_of(request)

        async def work(tx: Tx, trail: Trail) -> None:
            found = next((one for one in await tx.client_fields.all() if one.id == wanted), None)
            if found is None:
                raise NotFoundError
            await act(tx, trail, found, sent)

        try:
            await changed(request, work)
        except InvalidInputError as error:
            return await show_list(request, FIELDS, status=422, refused=str(error))
        return saved(FIELDS.address)

    return handler


async def _archive(tx: Tx, trail: Trail, field: ClientField, sent: Sent) -> None:
    """What clients have in it stays, and is there again when it is offered again."""
    gone = trail.now if sent.get("archived") == "1" else None
    await put_field(tx, replace(field, archived_at=gone), trail)


async def _move(tx: Tx, trail: Trail, field: ClientField, sent: Sent) -> None:
    """Up or down among those of its kind of client that are offered."""
    theirs = [one for one in await tx.client_fields.all() if one.of is field.of]
    shown = [one for one in theirs if one.archived_at is None]
    rest = [one for one in theirs if one.archived_at is not None]
    if field in shown:
        place = shown.index(field) + (-1 if sent.get("to") == "up" else 1)
        shown.remove(field)
        shown.insert(max(place, 0), field)
    for position, one in enumerate([*shown, *rest], 1):
        await put_field(tx, replace(one, position=_STEP * position), trail)
