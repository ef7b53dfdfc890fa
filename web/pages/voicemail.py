# SPDX-License-Identifier: Apache-2.0
"""What is done with a message from the inbox: given to somebody, closed, opened again."""

from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Role
from crm_core.usecases.assign_voicemail import assign_voicemail
from crm_core.usecases.close_voicemail import close_voicemail
from crm_core.usecases.reopen_voicemail import reopen_voicemail
from web import keys, said
from web.access import requires
from web.forms import form_of, seen_at, text_field, uuid_of

_INBOX = "/voicemail"


@requires(Role.OPERATOR)
async def assign(request: web.Request) -> web.StreamResponse:
    """To a colleague, or with an empty field to nobody in particular."""
    app, user = request.app, request[keys.VIEWER].user
    form = await form_of(request)
    to, seen = text_field(form, "to", 40), text_field(form, "seen", 40)
    message = uuid_of(request.match_info["id"])
    try:
        colleague = UUID(to) if to else None
    except ValueError as error:
        raise InvalidInputError("there is no such colleague", field="to") from error
    await assign_voicemail(
        app[keys.STORE],
        app[keys.FEED],
        user,
        message,
        colleague,
        now=app[keys.CLOCK](),
        seen=seen_at(seen),
    )
    return said.go(request, said.back(request, _INBOX), "voicemail-given")


@requires(Role.OPERATOR)
async def close(request: web.Request) -> web.StreamResponse:
    app, message = request.app, uuid_of(request.match_info["id"])
    await close_voicemail(
        app[keys.STORE], app[keys.FEED], request[keys.VIEWER].user, message, now=app[keys.CLOCK]()
    )
    return said.go(request, said.back(request, _INBOX), "voicemail-closed", message)


@requires(Role.OPERATOR)
async def reopen(request: web.Request) -> web.StreamResponse:
    app, message = request.app, uuid_of(request.match_info["id"])
    await reopen_voicemail(
        app[keys.STORE], app[keys.FEED], request[keys.VIEWER].user, message, now=app[keys.CLOCK]()
    )
    return said.go(request, said.back(request, _INBOX), "voicemail-reopened")
