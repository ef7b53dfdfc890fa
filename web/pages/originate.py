# SPDX-License-Identifier: Apache-2.0
"""Click-to-call, hanging up, the pause of a recording: what comes of it is told by the live card, not here."""

import orjson
from aiohttp import hdrs, web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Role
from web import keys
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.middleware.errors import wants_json
from web.render import toast

_LONGEST_NUMBER = 60
_LONGEST_KEY = 100


@requires(Role.OPERATOR)
async def submit(request: web.Request) -> web.StreamResponse:
    """One Originate for a click, a double click or five hundred; see ClickToCall."""
    form = await form_of(request)
    number = text_field(form, "number", _LONGEST_NUMBER)
    key = request.headers.get("Idempotency-Key", "")[:_LONGEST_KEY]
    app, viewer, l10n = request.app, request[keys.VIEWER], request[keys.L10N]
    placed = await app[keys.CLICK_TO_CALL].place(viewer.actor, number, app[keys.CLOCK](), key)
    if wants_json(request):
        return web.json_response({"call_id": str(placed.call_id), "number": placed.number})
    if request.headers.get("HX-Request"):
        number = l10n.phone(placed.number)
        text = l10n.gettext("Your phone rings. Pick it up, then %(number)s is dialled.", number=number)
        answer = toast(request, 200, text, kind="good")
        told = {"rolodial:placed": {"call_id": str(placed.call_id), "number": placed.number}}
        answer.headers["HX-Trigger"] = orjson.dumps(told).decode()  # the page tells when nothing follows
        return answer
    return web.Response(status=303, headers={hdrs.LOCATION: "/"})


@requires(Role.OPERATOR)
async def hang_up(request: web.Request) -> web.StreamResponse:
    call_id = uuid_of(request.match_info["id"])
    await request.app[keys.CLICK_TO_CALL].hang_up(request[keys.VIEWER].id, call_id)
    return web.Response(status=204)


@requires(Role.OPERATOR)
async def switch_recording(request: web.Request) -> web.StreamResponse:
    """Pause for card data, and go on; the card hears of it by a frame."""
    app, call_id = request.app, uuid_of(request.match_info["id"])
    wanted = text_field(await form_of(request), "do", 10)
    if wanted not in {"pause", "resume"}:
        raise InvalidInputError
    actor, now = request[keys.VIEWER].actor, app[keys.CLOCK]()
    await app[keys.RECORDING_SWITCH].turn(actor, call_id, now, paused=wanted == "pause")
    return web.Response(status=204)
