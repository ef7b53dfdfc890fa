# SPDX-License-Identifier: Apache-2.0
"""What operators choose from: results of talks, reasons of pauses, stages of deals, in an order of the house's own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from crm_core.domain.choice import Choice, ChoiceKind
from crm_core.domain.deal import stage_code
from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import Role
from crm_core.ports.store import Tx
from crm_core.usecases.put_settings import put_choice
from crm_core.usecases.trail import Trail
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.pages.settings.forms import Values, changed, saved
from web.pages.settings.register import Register, Sent, add_register

_STEP = 10


def values_of(choice: Choice | None) -> Values:
    if choice is None:
        return {"text": "", "needs_note": False, "in_statistics": True}
    return {
        "text": choice.text or "",
        "needs_note": choice.needs_note,
        "in_statistics": choice.in_statistics,
    }


def typed(sent: Sent) -> Values:
    boxes = {name: sent.get(name) == "1" for name in ("needs_note", "in_statistics")}
    return {"text": str(sent.get("text", ""))[:200], **boxes}


def _parse(kind: ChoiceKind, sent: Sent, choice_id: UUID, before: Choice | None) -> Choice:
    text = text_field(sent, "text", 200)
    code = (stage_code(text) if kind is ChoiceKind.STAGE else None) or choice_id.hex
    new = Choice(id=choice_id, kind=kind, code=code, position=10_000)
    is_result = kind is ChoiceKind.RESULT
    return replace(
        before or new,
        text=text,
        needs_note=is_result and sent.get("needs_note") == "1",
        in_statistics=not is_result or sent.get("in_statistics") == "1",
    )


async def _every(kind: ChoiceKind, tx: Tx) -> Sequence[Choice]:
    return await tx.choices.all(kind)


async def _context(kind: ChoiceKind, name: str, _request: web.Request, _tx: Tx) -> Values:
    return {"kind": kind.value, "address": f"/settings/{name}"}


def _register(kind: ChoiceKind, name: str) -> Register:
    return Register(
        name=name,
        all=partial(_every, kind),
        values_of=values_of,
        typed=typed,
        parse=partial(_parse, kind),
        put=put_choice,
        remove=None,
        context=partial(_context, kind, name),
    )


RESULTS: Final = _register(ChoiceKind.RESULT, "results")
PAUSES: Final = _register(ChoiceKind.PAUSE, "pauses")
STAGES: Final = _register(ChoiceKind.STAGE, "stages")
_KINDS: Final = ((RESULTS, ChoiceKind.RESULT), (PAUSES, ChoiceKind.PAUSE), (STAGES, ChoiceKind.STAGE))


def add_choices(router: web.UrlDispatcher) -> None:
    for register, kind in _KINDS:
        add_register(router, register)
        router.add_post(f"{register.address}/{{id}}/archive", _act(register, kind, _archive))
        router.add_post(f"{register.address}/{{id}}/move", _act(register, kind, _move))


Act = Callable[[Tx, Trail, list[Choice], Choice, Sent], Awaitable[None]]


def _act(register: Register, kind: ChoiceKind, act: Act) -> Any:
    @requires(Role.ADMIN)
    async def handler(request: web.Request) -> web.StreamResponse:
        wanted, sent = uuid_of(request.match_info["id"]), await form_of(request)

        async def work(tx: Tx, trail: Trail) -> None:
            choices = await tx.choices.all(kind)
            found = next((one for one in choices if one.id == wanted), None)
            if found is None:
                raise NotFoundError
            await act(tx, trail, choices, found, sent)

        await changed(request, work)
        return saved(register.address)

    return handler


async def _archive(tx: Tx, trail: Trail, _all: list[Choice], choice: Choice, sent: Sent) -> None:
    """What was chosen before keeps its words; it is only not offered any more."""
    gone = trail.now if sent.get("archived") == "1" else None
    await put_choice(tx, replace(choice, archived_at=gone), trail)


async def _move(tx: Tx, trail: Trail, choices: list[Choice], choice: Choice, sent: Sent) -> None:
    """Up or down among those that are offered."""
    shown = [one for one in choices if one.archived_at is None]
    rest = [one for one in choices if one.archived_at is not None]
    if choice in shown:
        place = shown.index(choice) + (-1 if sent.get("to") == "up" else 1)
        shown.remove(choice)
        shown.insert(max(place, 0), choice)
    for position, one in enumerate([*shown, *rest], 1):
        await put_choice(tx, replace(one, position=_STEP * position), trail)
