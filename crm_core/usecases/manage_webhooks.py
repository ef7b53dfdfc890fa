# SPDX-License-Identifier: Apache-2.0
"""Webhooks are made, changed, switched, given a new secret, tried and removed; deliveries are sent again."""

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.webhook import MOST_WEBHOOKS, OVERLAP, TEST_EVENT, Event, Webhook, chosen
from crm_core.ports.secret_box import SecretBox
from crm_core.ports.store import Store, Tx
from crm_core.usecases.tell_webhooks import put_body, put_event
from crm_core.usecases.trail import Trail


@dataclass(frozen=True, slots=True)
class _Told:
    """What the audit trail says of a webhook: never a secret, sealed or not."""

    url: str
    events: frozenset[str]
    enabled: bool


class WebhookNotFoundError(NotFoundError):
    """There is no such webhook."""


class DeliveryNotFoundError(NotFoundError):
    """There is no such delivery any more."""


async def add_webhook(
    store: Store, box: SecretBox, url: str, events: Collection[str], actor: Actor, now: datetime
) -> tuple[Webhook, str]:
    """The webhook, and its secret, which is never shown again. It is told of what happens from now on."""
    secret = _new_secret()
    made = Webhook(
        id=new_id(now),
        url=url,
        events=chosen(events),
        secret=box.seal(secret.encode()),
        created_at=now,
        updated_at=now,
    )
    trail = Trail(actor, now)
    async with store.begin() as tx:
        await tx.settings.serialise()
        if len(await tx.webhooks.every()) >= MOST_WEBHOOKS:
            raise InvalidInputError("there are as many webhooks as there may be: remove one first")
        made = replace(made, seq=await tx.changes.last_seq())
        await tx.webhooks.add(made)
        trail.note_fields("webhook", made.id, None, _told(made))
        await trail.write(tx)
    return made, secret


async def change_webhook(  # noqa: PLR0913 - the order and its ports
    store: Store,
    webhook_id: UUID,
    actor: Actor,
    now: datetime,
    *,
    url: str,
    events: Collection[str],
    enabled: bool,
) -> Webhook:
    """Switched off: what waits is given up; switched on: told of what happens from then on."""
    async with store.begin() as tx:
        before = await _access(tx, webhook_id)
        after = replace(before, url=url, events=chosen(events), enabled=enabled, updated_at=now)
        if enabled and not before.enabled:
            await tx.webhooks.advance(webhook_id, await tx.changes.last_seq())
        if before.enabled and not enabled:
            await tx.outbox.give_up_target(before.target, now)
        await _save(tx, before, after, Trail(actor, now))
    return after


async def rotate_secret(
    store: Store, box: SecretBox, webhook_id: UUID, actor: Actor, now: datetime
) -> tuple[Webhook, str]:
    """A new secret; the old one signs beside it for a day, so that the receiver can change over in peace."""
    secret = _new_secret()
    async with store.begin() as tx:
        before = await _access(tx, webhook_id)
        sealed = box.seal(secret.encode())
        after = replace(
            before, secret=sealed, old_secret=before.secret, old_until=now + OVERLAP, updated_at=now
        )
        await _save(tx, before, after, Trail(actor, now), "secret")
    return after, secret


async def remove_webhook(store: Store, webhook_id: UUID, actor: Actor, now: datetime) -> None:
    trail = Trail(actor, now)
    async with store.begin() as tx:
        webhook = await _access(tx, webhook_id)
        await tx.outbox.give_up_target(webhook.target, now)
        await tx.webhooks.remove(webhook_id)
        trail.note_fields("webhook", webhook_id, _told(webhook), None)
        await trail.write(tx)


async def send_test_event(store: Store, webhook_id: UUID, now: datetime) -> None:
    async with store.begin() as tx:
        webhook = await _access(tx, webhook_id)
        said = {"text": "A test of Rolodial's webhooks"}
        event = Event(type=TEST_EVENT, about=str(new_id(now)), at=now, data=said)
        await put_event(tx, webhook, event, now)


async def replay(store: Store, webhook_id: UUID, delivery_id: UUID, now: datetime) -> None:
    """The same message under the same id: a receiver that has it already can tell."""
    async with store.begin() as tx:
        webhook = await _access(tx, webhook_id)
        delivery = await tx.webhooks.delivery(delivery_id)
        if delivery is None or delivery.webhook_id != webhook_id:
            raise DeliveryNotFoundError
        message_id = delivery.headers["webhook-id"]
        key = f"replay:{delivery_id}:{new_id(now)}"
        await put_body(tx, webhook, delivery.event, delivery.body, message_id=message_id, key=key, now=now)


async def _access(tx: Tx, webhook_id: UUID) -> Webhook:
    await tx.settings.serialise()
    webhook = await tx.webhooks.get(webhook_id)
    if webhook is None:
        raise WebhookNotFoundError
    return webhook


async def _save(tx: Tx, before: Webhook, after: Webhook, trail: Trail, action: str | None = None) -> None:
    await tx.webhooks.save(after)
    trail.note_fields("webhook", after.id, _told(before), _told(after), action)
    await trail.write(tx)


def _told(webhook: Webhook) -> _Told:
    return _Told(webhook.url, webhook.events, webhook.enabled)


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
