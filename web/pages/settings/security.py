# SPDX-License-Identifier: Apache-2.0
"""What the house demands of everybody who logs in, and who does not meet it yet."""

from collections.abc import Mapping

from aiohttp import web

from crm_core.domain.people import Role
from crm_core.domain.security import Security
from crm_core.usecases.put_settings import put_security
from web import keys
from web.access import requires
from web.pages.settings.forms import Form, Values, Work, filled, submitted
from web.render import page

TEMPLATE = "settings/security.html"


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        security = await tx.settings.security()
    form = filled(security, values_of(security))
    return page(request, TEMPLATE, form=form, saved="saved" in request.query, **await _context(request))


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    form = Form(
        template=TEMPLATE,
        done="/settings/security",
        values_of=values_of,
        typed=lambda sent: values_of(_security(sent)),
        work=work,
        context=await _context(request),
    )
    return await submitted(request, form)


def values_of(security: Security) -> Values:
    return {"two_steps": security.two_steps}


def work(sent: Mapping[str, object], seen: str) -> Work:
    security = _security(sent)
    return lambda tx, trail: put_security(tx, security, trail, seen)


def _security(sent: Mapping[str, object]) -> Security:
    return Security(two_steps=sent.get("two_steps") == "1")


async def _context(request: web.Request) -> Values:
    async with request.app[keys.STORE].read() as tx:
        protected = await tx.credentials.with_second_factor()
        people = await tx.people.users()
    without = sorted((each for each in people if each.id not in protected), key=lambda one: one.name)
    return {"without": without, "mine_is_on": request[keys.VIEWER].id in protected}
