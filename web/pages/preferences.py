# SPDX-License-Identifier: Apache-2.0
"""What a person chooses for themselves: language and theme."""

from dataclasses import replace

from aiohttp import hdrs, web

from crm_core.domain.people import Role
from web import keys
from web.access import requires
from web.forms import form_of, text_field
from web.i18n.catalogues import NAMES

THEMES = ("auto", "light", "dark")


@requires(Role.OPERATOR)
async def save(request: web.Request) -> web.StreamResponse:
    """Only what was sent and is known changes; then the page is shown again."""
    form = await form_of(request)
    theme, locale = text_field(form, "theme", 10), text_field(form, "locale", 10)
    async with request.app[keys.STORE].begin() as tx:
        # As they are now: who was dismissed a moment ago does not come back by choosing a theme.
        user = await tx.people.user(request[keys.VIEWER].id)
        if user is None:
            raise web.HTTPNotFound
        changed = replace(
            user,
            theme=theme if theme in THEMES else user.theme,
            locale=locale if locale in NAMES else user.locale,
        )
        if changed != user:
            await tx.people.save_user(changed)
            tx.changes.add("user", user.id, request.app[keys.CLOCK]())
    if request.headers.get("HX-Request"):
        return web.Response(status=204)
    back = request.headers.get(hdrs.REFERER, "/")
    return web.Response(status=303, headers={hdrs.LOCATION: back if back.startswith(_own(request)) else "/"})


def _own(request: web.Request) -> str:
    ours = request.app[keys.SETTINGS].public_url or f"{request.scheme}://{request.host}"
    return ours.rstrip("/") + "/"
