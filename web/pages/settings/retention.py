# SPDX-License-Identifier: Apache-2.0
"""For how long what piles up is kept, from recordings to the trail, and what the last nights removed."""

from collections.abc import Mapping

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Role
from crm_core.domain.retention import Retention
from crm_core.usecases.put_settings import put_retention
from crm_core.usecases.set_house import SETTINGS
from web import keys
from web.access import requires
from web.forms import text_field
from web.pages.settings.forms import Form, Values, Work, filled, submitted
from web.render import page
from web.words import N_

TEMPLATE = "settings/retention.html"
_FIELDS = ("recordings", "journal", "witness", "audit", "outgoing")
_NIGHTS = 10


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        retention = await tx.settings.retention()
    form = filled(retention, values_of(retention))
    return page(request, TEMPLATE, form=form, saved="saved" in request.query, **await _context(request))


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    form = Form(
        template=TEMPLATE,
        done="/settings/retention",
        values_of=values_of,
        typed=typed,
        work=work,
        context=await _context(request),
    )
    return await submitted(request, form)


def values_of(retention: Retention) -> Values:
    return {name: str(getattr(retention, name)) for name in _FIELDS}


def typed(sent: Mapping[str, object]) -> Values:
    return {name: str(sent.get(name, ""))[:20] for name in _FIELDS}


def work(sent: Mapping[str, object], seen: str) -> Work:
    retention = Retention(**{name: _days(sent, name) for name in _FIELDS})
    return lambda tx, trail: put_retention(tx, retention, trail, seen)


def _days(sent: Mapping[str, object], name: str) -> int:
    text = text_field(sent, name, 20).strip()
    if not (text.isascii() and text.isdigit()):
        raise InvalidInputError(N_("a whole number of days is wanted, 0 for ever"), field=name)
    return int(text)


async def _context(request: web.Request) -> Values:
    async with request.app[keys.STORE].read() as tx:
        entries = await tx.audit.of("retention", SETTINGS, 50)
    return {"nights": [entry for entry in entries if entry.action == "retention"][:_NIGHTS]}
