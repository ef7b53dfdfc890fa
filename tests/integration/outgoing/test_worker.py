# SPDX-License-Identifier: Apache-2.0
"""The outbox is emptied: a dead server loses nothing, a killed process delivers again, nobody starves."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta

import pytest

from crm_core.domain.outbox import OutKind, OutState
from crm_core.ports.outbox import DeliveryError
from outgoing.worker import OutboxWorker


class FakeSender:
    def __init__(self) -> None:
        self.sent, self.error, self.hangs = [], None, set()

    async def send(self, item):
        if item.target in self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        self.sent.append(item.key)


@pytest.fixture
def senders():
    return {kind: FakeSender() for kind in OutKind}


@pytest.fixture
def worker(store, senders, clock):
    return OutboxWorker(store, senders, clock, chance=lambda: 0.5)


async def put(store, clock, kind, key, target="t"):
    async with store.begin() as tx:
        await tx.outbox.add(kind, "address", {}, key=key, target=target, now=clock())


async def page(store, state):
    async with store.read() as tx:
        return await tx.outbox.page(state, None, None, 100)


async def test_a_mail_server_that_is_dead_for_a_day_loses_nothing(store, worker, senders, clock):
    mail, began, tries = senders[OutKind.MAIL], clock(), 0
    mail.error = DeliveryError("connection refused")
    keys = {f"mail {n}" for n in range(30)}
    for key in keys:
        await put(store, clock, OutKind.MAIL, key)
    while clock() < began + timedelta(days=4):
        while delivered := await worker.deliver_due():
            tries += delivered
        if clock() >= began + timedelta(days=1):
            mail.error = None
        clock.forward(minutes=30)
    assert set(mail.sent) == keys
    assert len(mail.sent) == 30
    assert tries < 30 * 15  # it was not knocked at in vain all day
    assert not await page(store, OutState.WAITING)


async def test_what_fails_for_good_is_given_up_at_once_with_its_reason(store, worker, senders, clock):
    senders[OutKind.MAIL].error = DeliveryError("550 no such user", for_good=True)
    await put(store, clock, OutKind.MAIL, "a")
    await worker.deliver_due()
    (item,) = await page(store, OutState.GIVEN_UP)
    assert (item.last_error, item.tries) == ("550 no such user", 1)


async def test_a_fault_of_ours_in_one_delivery_stops_no_other(store, worker, senders, clock):
    senders[OutKind.MAIL].error = ZeroDivisionError()
    await put(store, clock, OutKind.MAIL, "bad")
    await put(store, clock, OutKind.PUSH, "good")
    await worker.deliver_due()
    assert senders[OutKind.PUSH].sent == ["good"]
    (item,) = await page(store, OutState.WAITING)
    assert "ZeroDivisionError" in item.last_error


async def test_a_target_that_hangs_starves_neither_other_targets_nor_other_kinds(
    store, worker, senders, clock
):
    senders[OutKind.WEBHOOK].hangs = {"dead"}
    for n in range(40):
        await put(store, clock, OutKind.WEBHOOK, f"dead {n}", target="dead")
    for n in range(10):
        await put(store, clock, OutKind.WEBHOOK, f"alive {n}", target="alive")
        await put(store, clock, OutKind.MAIL, f"mail {n}", target="mail server")
    running = asyncio.create_task(worker.run(poll_s=0.01))
    async with asyncio.timeout(60):
        while len(senders[OutKind.WEBHOOK].sent) < 10 or len(senders[OutKind.MAIL].sent) < 10:
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert all(key.startswith("alive") for key in senders[OutKind.WEBHOOK].sent)


async def test_two_workers_deliver_each_thing_once(store, senders, clock):
    for n in range(20):
        await put(store, clock, OutKind.PUSH, f"{n}", target=f"{n}")
    workers = [OutboxWorker(store, senders, clock, at_once=4) for _ in range(3)]
    while any(await asyncio.gather(*(worker.deliver_due() for worker in workers))):
        pass
    assert sorted(senders[OutKind.PUSH].sent) == sorted(map(str, range(20)))


_DIES = """
import asyncio, sys
from crm_core.domain.outbox import OutKind
from crm_core.ports.clock import utc_now
from crm_core.storage.open_store import open_store
from outgoing.worker import OutboxWorker

class Sender:
    async def send(self, item):
        print("sending", flush=True)
        await asyncio.Event().wait()

async def main():
    store = await open_store(sys.argv[1])
    await OutboxWorker(store, {OutKind.MAIL: Sender()}, utc_now).run(0.01)

asyncio.run(main())
"""


async def test_killed_in_the_middle_of_a_delivery_it_is_delivered_again(database_url, store, senders, clock):
    clock.now = datetime.now(UTC)
    await put(store, clock, OutKind.MAIL, "a")
    await store.close()  # SQLite's file is one process's at a time
    child = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-c", textwrap.dedent(_DIES), database_url],
        stdout=subprocess.PIPE,
    )
    try:
        assert await asyncio.to_thread(child.stdout.readline) == b"sending\n"
    finally:
        os.kill(child.pid, signal.SIGKILL)
        await asyncio.to_thread(child.communicate)
    from crm_core.storage.open_store import open_store

    again = await open_store(database_url)
    try:
        worker = OutboxWorker(again, senders, clock)
        clock.now = datetime.now(UTC)
        assert not await worker.deliver_due()  # the dead one may still hold it
        clock.forward(minutes=3)
        assert await worker.deliver_due() == 1
    finally:
        await again.close()
    assert senders[OutKind.MAIL].sent == ["a"]
