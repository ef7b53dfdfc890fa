# SPDX-License-Identifier: Apache-2.0
"""Messages to browsers through their push services, encrypted for the browser and signed with our key (VAPID)."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException

from crm_core.domain.outbox import Outgoing
from crm_core.domain.push import PushSubscription
from crm_core.ports.clock import Clock
from crm_core.ports.outbox import DeliveryError
from crm_core.ports.secret_box import SealBrokenError, SecretBox
from crm_core.ports.store import Store
from outgoing.web_client import WebClient

_KEEP_S = 3600  # a push service keeps it so long for a device that is off
_SIGNED_FOR = timedelta(hours=12)
_NEWS = timedelta(hours=6)  # an older one is not delivered any more
_GONE = frozenset({404, 410})
_TOO_MANY = 429
_REFUSED = range(400, 500)


class VapidIdentity:
    """Our key: made once, kept sealed. Lost, every browser would have to subscribe again."""

    def __init__(self, store: Store, box: SecretBox) -> None:
        self._store = store
        self._box = box
        self._key: Vapid02 | None = None

    async def public_key(self) -> str:
        key = await self.key()
        point = key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    async def key(self) -> Vapid02:
        if self._key is None:
            async with self._store.read() as tx:
                sealed = await tx.push.key()
            self._key = self._opened(sealed) if sealed else await self._make()
        return self._key

    async def _make(self) -> Vapid02:
        async with self._store.begin() as tx:
            sealed = await tx.push.key()  # made in the same moment
            if not sealed:
                made = Vapid02()
                made.generate_keys()
                sealed = self._box.seal(made.private_pem())
                await tx.push.save_key(sealed)
        return self._opened(sealed)

    def _opened(self, sealed: str) -> Vapid02:
        key: Vapid02 = Vapid02.from_pem(self._box.open(sealed))
        return key


class PushSender:
    def __init__(
        self,
        store: Store,
        identity: VapidIdentity,
        client: WebClient,
        write: Callable[[Mapping[str, Any]], Mapping[str, str]],
        clock: Clock,
        *,
        contact: str = "mailto:webpush@rolodial.invalid",
    ) -> None:
        self._store = store
        self._identity = identity
        self._client = client
        self._write = write
        self._clock = clock
        self._contact = contact

    async def send(self, item: Outgoing) -> None:
        if self._clock() - item.created_at > _NEWS:
            raise DeliveryError("too late: it is no news any more", for_good=True)
        async with self._store.read() as tx:
            subscription = await tx.push.get(UUID(item.payload["subscription_id"]))
        if subscription is None:
            raise DeliveryError("the device was taken off", for_good=True)
        body = orjson.dumps(self._write(item.payload))
        encrypted = await asyncio.to_thread(_encrypted, subscription, body)
        answer = await self._client.post(subscription.endpoint, encrypted, await self._headers(subscription))
        if answer.status in _GONE:
            async with self._store.begin() as tx:
                await tx.push.unsubscribe(subscription.id)
            raise DeliveryError("the browser has unsubscribed: the device is taken off", for_good=True)
        if not answer.is_good:
            refused = answer.status in _REFUSED and answer.status != _TOO_MANY
            raise DeliveryError(f"answered {answer.status}: {answer.body[:200]}", for_good=refused)

    async def _headers(self, subscription: PushSubscription) -> dict[str, str]:
        until = self._clock() + _SIGNED_FOR
        claims = {"aud": subscription.origin, "sub": self._contact, "exp": int(until.timestamp())}
        try:
            key = await self._identity.key()
        except SealBrokenError as error:
            raise DeliveryError("our push key cannot be read any more") from error
        signed: dict[str, str] = await asyncio.to_thread(key.sign, claims)
        return {
            **signed,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(_KEEP_S),
            "Urgency": "high",
        }


def _encrypted(subscription: PushSubscription, body: bytes) -> bytes:
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    try:
        pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
        encrypted: bytes = pusher.encode(body, "aes128gcm")["body"]
    except (WebPushException, ValueError) as error:
        raise DeliveryError("the browser's keys are not valid", for_good=True) from error
    return encrypted
