# SPDX-License-Identifier: Apache-2.0
"""Parts of the product, on or off for each role: menus, pages and buttons follow at once."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from crm_core.domain.modules import Module, Modules
from crm_core.domain.people import Role
from crm_core.usecases.put_settings import put_modules
from web import keys
from web.access import requires
from web.modules import NAMES
from web.pages.settings.forms import Form, Values, Work, filled, submitted
from web.render import page

TEMPLATE = "settings/modules.html"


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        modules = await tx.settings.modules()
    form = filled(modules, values_of(modules))
    return page(request, TEMPLATE, form=form, saved="saved" in request.query, **_context(request))


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    form = Form(
        template=TEMPLATE,
        done="/settings/modules",
        values_of=values_of,
        typed=lambda sent: values_of(_modules(sent)),
        work=work,
        context=_context(request),
    )
    return await submitted(request, form)


def values_of(modules: Modules) -> Values:
    return {f"{module}.{role}": modules.has(role, module) for module in Module for role in Role}


def work(sent: Mapping[str, object], seen: str) -> Work:
    modules = _modules(sent)
    return lambda tx, trail: put_modules(tx, modules, trail, seen)


def _modules(sent: Mapping[str, object]) -> Modules:
    """All roles have it: nothing is kept of it."""
    chosen = {
        module: frozenset(role for role in Role if sent.get(f"{module}.{role}") == "1") for module in Module
    }
    return Modules(roles={module: roles for module, roles in chosen.items() if roles != frozenset(Role)})


def _context(request: web.Request) -> dict[str, Any]:
    l10n = request[keys.L10N]
    return {"modules": {module.value: l10n.gettext(name) for module, name in NAMES.items()}}
