# SPDX-License-Identifier: Apache-2.0
"""Webhooks: who is told of what happens, wherever they are."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from crm_core.domain.people import Role
from crm_core.domain.webhook import CHOICES, Webhook, check_url
from crm_core.usecases.manage_webhooks import add_webhook, remove_webhook
from web import keys
from web.api.ask import Ask
from web.api.operation import operation
from web.api.words import Given, Told, as_fault

Event = StrEnum("Event", {choice: choice for choice in CHOICES})  # type: ignore[misc]
Url = Annotated[
    str,
    Field(max_length=1000, description="https:// or http://, without user name and password."),
    AfterValidator(as_fault(check_url)),
]


class WebhookTold(Told):
    id: UUID
    url: str
    events: list[str]
    enabled: bool
    created_at: datetime


class NewWebhookTold(WebhookTold):
    secret: Annotated[str, Field(description="Signs each message (Standard Webhooks); never told again.")]


class WebhooksTold(Told):
    items: list[WebhookTold]


class WebhookGiven(Given):
    url: Url
    events: Annotated[list[Event], Field(min_length=1, max_length=len(CHOICES))]


@operation("GET", "/webhooks", scope="webhooks:write", summary="Webhooks", role=Role.ADMIN)
async def list_webhooks(ask: Ask) -> WebhooksTold:
    async with ask.store.read() as tx:
        found = await tx.webhooks.every()
    return WebhooksTold(items=[_told(each) for each in found])


@operation("POST", "/webhooks", scope="webhooks:write", summary="Add a webhook", role=Role.ADMIN, status=201)
async def create_webhook(ask: Ask, body: WebhookGiven) -> NewWebhookTold:
    """It is told of what happens from now on. Private addresses are not called unless the house allows it."""
    box = ask.request.app[keys.SECRET_BOX]
    events = [event.value for event in body.events]
    made, secret = await add_webhook(ask.store, box, body.url, events, ask.actor, ask.now)
    return NewWebhookTold(**dict(_told(made)), secret=secret)


@operation(
    "DELETE",
    "/webhooks/{id}",
    scope="webhooks:write",
    summary="Remove a webhook",
    role=Role.ADMIN,
    status=204,
)
async def delete_webhook(ask: Ask, webhook_id: UUID) -> None:
    """With its log; what waits for it is given up."""
    await remove_webhook(ask.store, webhook_id, ask.actor, ask.now)


def _told(webhook: Webhook) -> WebhookTold:
    return WebhookTold(
        id=webhook.id,
        url=webhook.url,
        events=sorted(webhook.events),
        enabled=webhook.enabled,
        created_at=webhook.created_at,
    )
