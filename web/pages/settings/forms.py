# SPDX-License-Identifier: Apache-2.0
"""What every form of the settings does: keep the input, put errors beside their fields, show who was first."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import hdrs, web

from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.version import ChangedMeanwhileError, version_of
from crm_core.ports.store import Tx
from crm_core.usecases.trail import Trail
from web import keys
from web.forms import form_of, text_field
from web.render import page

Values = Mapping[str, Any]
Work = Callable[[Tx, Trail], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as it is shown. `theirs`: what others saved meanwhile, where it differs from the input."""

    values: Values
    version: str
    errors: Mapping[str, str] = field(default_factory=dict)
    theirs: Mapping[str, Any] = field(default_factory=dict)

    def error(self, name: str) -> str:
        return self.errors.get(name, "")


def filled(record: object, values: Values) -> Filled:
    return Filled(values=values, version=version_of(record))


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form: how its record becomes fields, and what is done with what was sent."""

    template: str
    done: str  # the page shown after it was saved
    values_of: Callable[[Any], Values]
    typed: Callable[[Mapping[str, object]], Values]  # never refuses: input is kept as it came
    work: Callable[
        [Mapping[str, object], str], Work
    ]  # raises InvalidInputError; takes the version that was seen
    context: Mapping[str, Any] = field(default_factory=dict)


async def submitted(request: web.Request, form: Form) -> web.StreamResponse:
    """Save and go on, or the same page again with what was typed and what is wrong."""
    sent = await form_of(request)
    try:
        await changed(request, form.work(sent, text_field(sent, "version", 64)))
    except ChangedMeanwhileError as error:
        current = error.details.get("current")
        now, typed = form.values_of(current) if current else {}, form.typed(sent)
        theirs = {name: value for name, value in now.items() if typed.get(name, value) != value}
        shown = Filled(values=typed, version=version_of(current), errors={"": str(error)}, theirs=theirs)
        return _again(request, form, shown, 409)
    except (InvalidInputError, ConflictError) as error:
        version = sent.get("version", "")
        errors = {str(error.details.get("field", "")): str(error)}
        shown = Filled(values=form.typed(sent), version=str(version)[:64], errors=errors)
        return _again(request, form, shown, 409 if isinstance(error, ConflictError) else 422)
    return saved(form.done)


async def changed(request: web.Request, work: Work) -> None:
    """One transaction with its trail; afterwards every page of this process knows it."""
    app = request.app
    trail = Trail(request[keys.VIEWER].actor, app[keys.CLOCK]())
    async with app[keys.STORE].begin() as tx:
        await work(tx, trail)
        await trail.write(tx)
    await app[keys.IN_FORCE].read(app[keys.STORE])


def saved(address: str) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: f"{address}?saved"})


def _again(request: web.Request, form: Form, shown: Filled, status: int) -> web.Response:
    return page(request, form.template, status=status, form=shown, saved=False, **form.context)
