# SPDX-License-Identifier: Apache-2.0
"""Events to the programs that asked, signed by Standard Webhooks, each try written to the log."""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook as Signer

from crm_core.domain.ids import new_id
from crm_core.domain.outbox import Outgoing
from crm_core.domain.webhook import Delivery, Webhook
from crm_core.ports.clock import Clock
from crm_core.ports.outbox import DeliveryError
from crm_core.ports.secret_box import SealBrokenError, SecretBox
from crm_core.ports.store import Store
from outgoing.web_client import Answer, WebClient

_GONE = 410


class WebhookSender:
    def __init__(self, store: Store, box: SecretBox, client: WebClient, clock: Clock) -> None:
        self._store = store
        self._box = box
        self._client = client
        self._clock = clock

    async def send(self, item: Outgoing) -> None:
        async with self._store.read() as tx:
            webhook = await tx.webhooks.get(UUID(item.payload["webhook_id"]))
        if webhook is None or not webhook.enabled:
            raise DeliveryError("the webhook was switched off", for_good=True)
        headers = self._headers(webhook, item)
        answer, error, started = None, "", time.monotonic()
        try:
            answer = await self._client.post(webhook.url, item.payload["body"].encode(), headers)
        except DeliveryError as failure:
            error = str(failure)
        ms = round((time.monotonic() - started) * 1000)
        await self._log(webhook, item, headers, answer, error, ms)
        if answer is None:
            raise DeliveryError(error)
        if not answer.is_good:
            raise DeliveryError(f"answered {answer.status}", for_good=answer.status == _GONE)

    def _headers(self, webhook: Webhook, item: Outgoing) -> Mapping[str, str]:
        now, body, message = self._clock(), item.payload["body"], item.payload["message_id"]
        try:
            signatures = [signer.sign(message, now, body) for signer in self._signers(webhook, now)]
        except SealBrokenError as error:
            raise DeliveryError("the secret cannot be read any more: make a new one") from error
        return {
            "Content-Type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def _signers(self, webhook: Webhook, now: datetime) -> Iterator[Signer]:
        yield Signer(self._box.open(webhook.secret).decode())
        if webhook.old_secret and webhook.old_until and now < webhook.old_until:
            yield Signer(self._box.open(webhook.old_secret).decode())

    async def _log(
        self,
        webhook: Webhook,
        item: Outgoing,
        headers: Mapping[str, str],
        answer: Answer | None,
        error: str,
        ms: int,
    ) -> None:
        now = self._clock()
        delivery = Delivery(
            id=new_id(now),
            webhook_id=webhook.id,
            item_id=item.id,
            event=item.payload["event"],
            at=now,
            headers=headers,
            body=item.payload["body"],
            status=answer.status if answer else None,
            answer=answer.body if answer else "",
            ms=ms,
            error=error,
        )
        async with self._store.begin() as tx:
            if await tx.webhooks.get(webhook.id):  # removed while it was on its way
                await tx.webhooks.log(delivery)
