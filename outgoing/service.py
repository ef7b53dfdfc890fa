# SPDX-License-Identifier: Apache-2.0
"""The loops of what goes out: events made of changes, what is due delivered, letters of the day."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from crm_core.domain.call import Call
from crm_core.domain.outbox import OutKind
from crm_core.ports.clock import Clock
from crm_core.ports.outbox import Sender
from crm_core.ports.secret_box import SecretBox
from crm_core.ports.store import Store
from crm_core.usecases.send_digests import DigestSender
from crm_core.usecases.tell_missed import MissedTeller
from crm_core.usecases.tell_webhooks import tell_started, tell_webhooks
from outgoing.mail_sender import MailSender
from outgoing.push_sender import PushSender, VapidIdentity
from outgoing.settings import OutgoingSettings
from outgoing.texts import Texts
from outgoing.web_client import WebClient
from outgoing.webhook_sender import WebhookSender
from outgoing.worker import OutboxWorker

log = structlog.get_logger()
_DIGEST_S = 30.0
_GATHER_S = 0.1  # after a commit: the next ones of a busy minute are read with it
_MOST_STARTED = 1000


class Outgoing:
    """Make it within the loop; `run` beside the server; `close` at the end."""

    def __init__(
        self, settings: OutgoingSettings, store: Store, box: SecretBox, texts: Texts, clock: Clock
    ) -> None:
        self._store = store
        self._clock = clock
        self._client = WebClient(allow_private=settings.allow_private)
        self.identity = VapidIdentity(store, box)
        self.mailer = MailSender(store, box, texts.write, clock, host_name=settings.host_name)
        senders = dict[OutKind, Sender](
            {
                OutKind.MAIL: self.mailer,
                OutKind.WEBHOOK: WebhookSender(store, box, self._client, clock),
                OutKind.PUSH: PushSender(store, self.identity, self._client, texts.push, clock),
            }
        )
        self._worker = OutboxWorker(store, senders, clock)
        self._missed = MissedTeller(store)
        self._digests = DigestSender(store)
        self._started: asyncio.Queue[Call] = asyncio.Queue(_MOST_STARTED)
        self._nudge = asyncio.Event()

    def call_started(self, call: Call) -> None:
        """Never waits. A storm's overflow is told when those calls are written."""
        if not self._started.full():
            self._started.put_nowait(call)

    async def run(self) -> None:
        stop = self._store.on_commit(lambda _changes: self._nudge.set())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._worker.run())
                tasks.create_task(self._tell_started())
                tasks.create_task(self._follow())
                tasks.create_task(_every(_DIGEST_S, self._send_digests))
        finally:
            stop()

    async def close(self) -> None:
        await self._client.close()

    async def _follow(self, poll_s: float = 1.0) -> None:
        """Events of what was committed: at once after a commit of ours, soon after one of another process."""
        while True:
            if not await _safely(self._follow_once):
                try:
                    async with asyncio.timeout(poll_s):
                        await self._nudge.wait()
                except TimeoutError:
                    continue
                await asyncio.sleep(_GATHER_S)
                self._nudge.clear()

    async def _follow_once(self) -> bool:
        now = self._clock()
        return any([await tell_webhooks(self._store, now) > 0, await self._missed.catch_up(now)])

    async def _tell_started(self) -> None:
        while True:
            call = await self._started.get()
            await _safely(partial(tell_started, self._store, call, self._clock()))

    async def _send_digests(self) -> None:
        await self._digests.send_due(self._clock())


async def _every(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        await _safely(work)
        await asyncio.sleep(seconds)


async def _safely(work: Callable[[], Awaitable[object]]) -> object:
    """A database that is away comes back; none of these loops may end."""
    try:
        return await work()
    except Exception:
        log.exception("what goes out could not be worked on")
        await asyncio.sleep(1.0)
        return None
