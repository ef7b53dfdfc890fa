# SPDX-License-Identifier: Apache-2.0
"""What I want to be told of, and on which of my devices."""

from dataclasses import replace

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.mail import check_address
from crm_core.domain.people import Role
from crm_core.domain.push import MOST_DEVICES, NotifyChoice, PushSubscription, check_endpoint
from web import keys
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.opening import go
from web.render import page

_HERE = "/me/notifications"


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, saved="saved" in request.query)


@requires(Role.OPERATOR)
async def save(request: web.Request) -> web.StreamResponse:
    sent, viewer = await form_of(request), request[keys.VIEWER]
    address = text_field(sent, "digest_address", 320).strip()
    choice = NotifyChoice(
        user_id=viewer.id,
        missed_push=sent.get("missed_push") == "1",
        missed_digest=sent.get("missed_digest") == "1",
        digest_address=address,
    )
    try:
        if address or choice.missed_digest:
            check_address(address)
    except InvalidInputError as error:
        return await _page(request, choice=choice, refused=str(error), status=422)
    async with request.app[keys.STORE].begin() as tx:
        await tx.push.save_choice(choice)
    return go(f"{_HERE}?saved=1")


@requires(Role.OPERATOR)
async def subscribe(request: web.Request) -> web.StreamResponse:
    """What the browser's push service gave it; one device too many pushes the oldest out."""
    sent, viewer, now = await form_of(request), request[keys.VIEWER], request.app[keys.CLOCK]()
    made = PushSubscription(
        id=new_id(now),
        user_id=viewer.id,
        endpoint=check_endpoint(text_field(sent, "endpoint", 2000)),
        p256dh=text_field(sent, "p256dh", 200),
        auth=text_field(sent, "auth", 100),
        device=text_field(sent, "device", 100) or "?",
        created_at=now,
    )
    async with request.app[keys.STORE].begin() as tx:
        await tx.push.subscribe(made)
        mine = await tx.push.of_users([viewer.id])
        for old in mine[:-MOST_DEVICES]:
            await tx.push.unsubscribe(old.id)
    return web.Response(status=204)


@requires(Role.OPERATOR)
async def take_off(request: web.Request) -> web.StreamResponse:
    wanted, viewer = uuid_of(request.match_info["id"]), request[keys.VIEWER]
    async with request.app[keys.STORE].begin() as tx:
        for one in await tx.push.of_users([viewer.id]):
            if one.id == wanted:
                await tx.push.unsubscribe(wanted)
    return go(_HERE)


async def _page(
    request: web.Request,
    *,
    choice: NotifyChoice | None = None,
    refused: str = "",
    saved: bool = False,
    status: int = 200,
) -> web.Response:
    viewer, push = request[keys.VIEWER], request.app[keys.PUSH]
    async with request.app[keys.STORE].read() as tx:
        kept = choice or await tx.push.choice(viewer.id)
        devices = await tx.push.of_users([viewer.id])
        has_mail = bool((await tx.mail.server()).host)
        at = (await tx.mail.server()).digest_at
    if not kept.digest_address and viewer.user.email:
        kept = replace(kept, digest_address=viewer.user.email)
    return page(
        request,
        "me/notifications.html",
        status=status,
        choice=kept,
        devices=devices,
        has_mail=has_mail,
        digest_at=at,
        key=await push.public_key() if push else "",
        refused=refused,
        saved=saved,
    )
