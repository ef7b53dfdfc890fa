# SPDX-License-Identifier: Apache-2.0
"""All settings as one file, out and in; what a file would change is shown before it is done."""

from aiohttp import hdrs, web

from crm_core.domain.errors import CrmError, NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.settings_file import LONGEST, SettingsSaid, parse_settings, read_text, write_text
from crm_core.usecases.transfer_settings import (
    import_settings,
    preview_settings,
    settings_now,
    unknown_logins,
)
from web import keys
from web.access import requires
from web.forms import form_of, text_field
from web.pages.settings.forms import changed, saved
from web.render import page

TEMPLATE = "settings/transfer.html"


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    return page(request, TEMPLATE, saved="saved" in request.query, problem="", text="", found=None)


@requires(Role.ADMIN)
async def give_out(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        text = write_text(await settings_now(tx))
    name = f"rolodial-settings-{request[keys.L10N].local(request[keys.L10N].now):%Y-%m-%d}.json"
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'}
    return web.Response(text=text, content_type="application/json", headers=headers)


@requires(Role.ADMIN)
async def take_in(request: web.Request) -> web.StreamResponse:
    """First what would change; with the version of that, the change itself."""
    form = await form_of(request)
    text, seen = text_field(form, "text", LONGEST), text_field(form, "version", 64)
    try:
        said = parse_settings(read_text(text))
        if seen:
            await changed(request, lambda tx, trail: import_settings(tx, said, trail, seen))
            return saved("/settings/transfer")
        return await _preview(request, text, said)
    except NotFoundError:
        raise
    except CrmError as error:
        return page(request, TEMPLATE, status=422, saved=False, problem=str(error), text=text, found=None)


async def _preview(request: web.Request, text: str, said: SettingsSaid) -> web.StreamResponse:
    app = request.app
    found, version = await preview_settings(
        app[keys.STORE], said, request[keys.VIEWER].actor, app[keys.CLOCK]()
    )
    async with app[keys.STORE].read() as tx:
        unknown = await unknown_logins(tx, said)
    return page(
        request,
        TEMPLATE,
        saved=False,
        problem="",
        text=text,
        found=found,
        version=version,
        unknown=unknown,
    )
