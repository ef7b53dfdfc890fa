# SPDX-License-Identifier: Apache-2.0
"""Webhooks: where events are told, which of them, and what came of each delivery."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from crm_core.domain.call_history import Cursor
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Role
from crm_core.domain.webhook import CHOICES, Webhook
from crm_core.usecases import manage_webhooks
from crm_core.usecases.manage_webhooks import WebhookNotFoundError
from web import cursors, keys
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.opening import go
from web.render import page

PAGE = 30
_INDEX = "/settings/webhooks"


@requires(Role.ADMIN)
async def index(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        webhooks = list(await tx.webhooks.every())
        waiting = {one.id: await tx.outbox.waiting_for(one.target) for one in webhooks}
        last = {one.id: await tx.webhooks.deliveries(one.id, None, 1) for one in webhooks}
    return page(request, "settings/webhooks.html", webhooks=webhooks, waiting=waiting, last=last)


@requires(Role.ADMIN)
async def new(request: web.Request) -> web.StreamResponse:
    return _form(request, None)


@requires(Role.ADMIN)
async def create(request: web.Request) -> web.StreamResponse:
    """Answered with the webhook's page itself: the secret stands on it once, and nowhere after."""
    app, sent = request.app, await form_of(request)
    url, events = _sent(sent)
    try:
        made, secret = await manage_webhooks.add_webhook(
            app[keys.STORE], app[keys.SECRET_BOX], url, events, request[keys.VIEWER].actor, app[keys.CLOCK]()
        )
    except InvalidInputError as error:
        return _form(request, None, url=url, chosen=events, refused=str(error), status=422)
    return await _one(request, made, secret=secret)


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    return await _one(request, await _access(request), saved="saved" in request.query)


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    app, sent, webhook = request.app, await form_of(request), await _access(request)
    url, events = _sent(sent)
    try:
        await manage_webhooks.change_webhook(
            app[keys.STORE],
            webhook.id,
            request[keys.VIEWER].actor,
            app[keys.CLOCK](),
            url=url,
            events=events,
            enabled=sent.get("enabled") == "1",
        )
    except InvalidInputError as error:
        return await _one(request, webhook, url=url, chosen=events, refused=str(error), status=422)
    return go(f"{_INDEX}/{webhook.id}?saved=1")


@requires(Role.ADMIN)
async def rotate(request: web.Request) -> web.StreamResponse:
    app, webhook = request.app, await _access(request)
    changed, secret = await manage_webhooks.rotate_secret(
        app[keys.STORE], app[keys.SECRET_BOX], webhook.id, request[keys.VIEWER].actor, app[keys.CLOCK]()
    )
    return await _one(request, changed, secret=secret)


@requires(Role.ADMIN)
async def remove(request: web.Request) -> web.StreamResponse:
    app, webhook_id = request.app, uuid_of(request.match_info["id"])
    actor, now = request[keys.VIEWER].actor, app[keys.CLOCK]()
    await manage_webhooks.remove_webhook(app[keys.STORE], webhook_id, actor, now)
    return go(_INDEX)


@requires(Role.ADMIN)
async def test(request: web.Request) -> web.StreamResponse:
    app, webhook_id = request.app, uuid_of(request.match_info["id"])
    await manage_webhooks.send_test_event(app[keys.STORE], webhook_id, app[keys.CLOCK]())
    return go(f"{_INDEX}/{webhook_id}#log")


@requires(Role.ADMIN)
async def replay(request: web.Request) -> web.StreamResponse:
    app, webhook_id = request.app, uuid_of(request.match_info["id"])
    delivery_id = uuid_of(request.match_info["delivery"])
    await manage_webhooks.replay(app[keys.STORE], webhook_id, delivery_id, app[keys.CLOCK]())
    return go(f"{_INDEX}/{webhook_id}#log")


async def _access(request: web.Request) -> Webhook:
    async with request.app[keys.STORE].read() as tx:
        webhook = await tx.webhooks.get(uuid_of(request.match_info["id"]))
    if webhook is None:
        raise WebhookNotFoundError
    return webhook


def _sent(sent: Mapping[str, object]) -> tuple[str, frozenset[str]]:
    return text_field(sent, "url", 1000).strip(), frozenset(
        one for one in CHOICES if sent.get(f"event {one}") == "1"
    )


async def _one(request: web.Request, webhook: Webhook, **more: Any) -> web.Response:
    async with request.app[keys.STORE].read() as tx:
        waiting = await tx.outbox.waiting_for(webhook.target)
        log = await tx.webhooks.deliveries(webhook.id, cursors.read(request.query.get("after")), PAGE + 1)
    older = cursors.write(Cursor(log[PAGE - 1].at, log[PAGE - 1].id)) if len(log) > PAGE else ""
    said = {"url": webhook.url, "chosen": webhook.events, **more}
    return _form(request, webhook, waiting=waiting, log=log[:PAGE], older=older, **said)


def _form(request: web.Request, webhook: Webhook | None, *, status: int = 200, **more: Any) -> web.Response:
    said = {"url": "", "chosen": frozenset[str](), "refused": "", "secret": "", "saved": False}
    rest = {"waiting": 0, "log": (), "older": ""}
    values = {**said, **rest, **more, "webhook": webhook, "choices": CHOICES}
    return page(request, "settings/webhook.html", status=status, **values)
