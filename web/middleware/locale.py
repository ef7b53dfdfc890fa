# SPDX-License-Identifier: Apache-2.0
"""The reader's language: what their browser asks for, until we know who they are and what they chose."""

from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from crm_core.domain.people import User
from web.access import Handler
from web.i18n.catalogues import catalogues
from web.i18n.l10n import L10n, best_locale
from web.keys import CLOCK, IN_FORCE, L10N, SETTINGS


@web.middleware
async def locale(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[L10N] = localised(request, None)
    return await handler(request)


def localised(request: web.Request, user: User | None) -> L10n:
    known = catalogues()
    wanted = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
    code = best_locale(wanted, known, request.app[SETTINGS].default_locale)
    if user and user.locale in known:
        code = user.locale
    in_force = request.app[IN_FORCE]
    house = in_force.house
    zone = ZoneInfo(user.zone) if user and user.zone else house.tzinfo
    now = request.app[CLOCK]()
    return L10n(code, known[code].translations, zone, house.region, now, in_force.fields)
