# SPDX-License-Identifier: Apache-2.0
"""A missed call reaches the device of whom it rang for: encrypted so that only that browser reads it."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from crm_core.domain.audit import Actor
from crm_core.domain.ids import new_id
from crm_core.domain.missed import Attempt, AttemptKind, Caller
from crm_core.domain.outbox import OutKind, OutState
from crm_core.domain.push import NotifyChoice, PushSubscription
from crm_core.usecases.claim_missed import claim_missed
from crm_core.usecases.keep_missed import keep_missed
from crm_core.usecases.open_missed import open_missed
from crm_core.usecases.tell_missed import MissedTeller
from outgoing.push_sender import PushSender, VapidIdentity
from outgoing.web_client import WebClient
from outgoing.worker import OutboxWorker


class Device:
    """A browser: it has the keys, and its push service is a program of the tests."""

    def __init__(self, endpoint) -> None:
        self.key, self.auth, self.endpoint = (
            ec.generate_private_key(ec.SECP256R1()),
            b"0123456789abcdef",
            endpoint,
        )

    def subscription(self, user_id, now):
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        p256dh, auth = (base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in (point, self.auth))
        said = {"endpoint": self.endpoint, "p256dh": p256dh, "auth": auth, "device": "Test"}
        return PushSubscription(id=new_id(now), user_id=user_id, created_at=now, **said)

    def read(self, body):
        return json.loads(
            http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        )


@pytest.fixture
def clock(clock):
    clock.now = datetime.now(UTC)
    return clock


@pytest.fixture
def identity(history, box):
    return VapidIdentity(history.store, box)


@pytest.fixture
async def worker(history, identity, letters, clock):
    client = WebClient(allow_private=True)
    sender = PushSender(history.store, identity, client, letters.push, clock)
    yield OutboxWorker(history.store, {OutKind.PUSH: sender}, clock)
    await client.close()


@pytest.fixture
def missed(history, clock):
    """A call for Anna's extension that nobody answered, an hour young at most."""
    return next(call for call in history.calls.values() if call.missed and call.legs)


async def follow(teller, clock):
    while await teller.catch_up(clock()):
        pass


async def miss(history, call, clock, ago=timedelta(minutes=1)):
    """Call in vain; the item of the ledger."""
    async with history.store.begin() as tx:
        kept = await tx.calls.get(call.id)
        at = clock() - ago
        kept = replace(kept, call=replace(kept.call, started_at=at, ended_at=at))
        await tx.calls.keep(kept, None)
        (item,) = await keep_missed(tx, kept, await tx.communications.get(call.id), at)
    return item


async def subscribe(history, program, clock, *logins):
    devices = {}
    async with history.store.begin() as tx:
        for login in logins:
            device = devices[login] = Device(f"{program.url}/{login}")
            await tx.push.subscribe(device.subscription(history.users[login].id, clock()))
    return devices


async def test_a_missed_call_reaches_whom_it_rang_for(history, worker, identity, program, missed, clock):
    teller = MissedTeller(history.store)
    await follow(teller, clock)
    item = await miss(history, missed, clock)
    login = next(name for name, user in history.users.items() if user.id == item.owner_id)
    other = next(name for name in ("sofia", "admin"))
    devices = await subscribe(history, program, clock, login, other)
    program.status = 201
    await follow(teller, clock)
    await follow(MissedTeller(history.store), clock)  # as after a crash
    assert await worker.deliver_due() == 1
    ((path, headers, body),) = program.got
    said = devices[login].read(body)
    assert path.endswith(login)
    assert said["url"] == f"/missed/{item.id}"
    assert said["title"].startswith("Missed call: ")
    assert headers["TTL"] == "3600"
    assert headers["Content-Encoding"] == "aes128gcm"
    assert Vapid02.verify(headers["Authorization"])
    assert f"k={await identity.public_key()}" in headers["Authorization"]


async def test_another_attempt_takes_the_place_of_the_first_and_a_claim_says_nothing(
    history, worker, program, missed, clock
):
    teller = MissedTeller(history.store)
    await follow(teller, clock)
    item = await miss(history, missed, clock)
    login = next(name for name, user in history.users.items() if user.id == item.owner_id)
    devices = await subscribe(history, program, clock, *history.users)
    program.status = 201
    await follow(teller, clock)
    told = await worker.deliver_due()
    again = Attempt(
        id=new_id(clock()), kind=AttemptKind.CALL, at=clock(), e164=item.e164, rung=(item.owner_id,)
    )
    caller = Caller(e164=item.e164, contact_id=item.contact_id, company_id=item.company_id)
    async with history.store.begin() as tx:
        await open_missed(tx, again, caller, clock())
    await follow(teller, clock)
    assert await worker.deliver_due()
    tags = {json.dumps(devices[path.rpartition("/")[2]].read(body)["tag"]) for path, _, body in program.got}
    assert tags == {json.dumps(f"missed-{item.id}")}
    assert len(program.got) == told + sum(path.endswith(f"/{login}") for path, *_ in program.got[told:])
    sofia = history.users["sofia"]
    await claim_missed(history.store, sofia, item.id, Actor("sofia", sofia.id), clock())
    await follow(teller, clock)
    assert await worker.deliver_due() == 0


async def test_who_chose_otherwise_and_old_calls_are_left_alone(history, worker, program, missed, clock):
    teller = MissedTeller(history.store)
    await follow(teller, clock)
    await subscribe(history, program, clock, *history.users)
    await miss(history, missed, clock, ago=timedelta(hours=3))
    await follow(teller, clock)
    async with history.store.begin() as tx:
        for user in history.users.values():
            await tx.push.save_choice(NotifyChoice(user_id=user.id, missed_push=False))
    await miss(history, missed, clock)
    await follow(teller, clock)
    assert await worker.deliver_due() == 0


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_taken_off(history, worker, program, missed, clock, status):
    teller = MissedTeller(history.store)
    await follow(teller, clock)
    await subscribe(history, program, clock, *history.users)
    await miss(history, missed, clock)
    await follow(teller, clock)
    program.status = status
    tried = await worker.deliver_due()
    assert tried
    async with history.store.read() as tx:
        left = await tx.push.of_users([user.id for user in history.users.values()])
        assert len(left) == len(history.users) - tried
        assert {item.state for item in await tx.outbox.page(OutState.GIVEN_UP, None, None, 9)} == {
            OutState.GIVEN_UP
        }


async def test_the_key_is_made_once_and_kept_sealed(history, box):
    first = await VapidIdentity(history.store, box).public_key()
    assert await VapidIdentity(history.store, box).public_key() == first
    async with history.store.read() as tx:
        kept = await tx.push.key()
    assert b"PRIVATE KEY" in box.open(kept)
    assert "PRIVATE" not in kept


async def test_keys_that_are_none_are_given_up(history, worker, program, clock):
    async with history.store.begin() as tx:
        bad = replace(
            Device(program.url).subscription(history.users["anna"].id, clock()), p256dh="AAAA", auth="AA"
        )
        await tx.push.subscribe(bad)
        said = {"subscription_id": str(bad.id), "locale": None, "zone": None, "name": "", "number": None}
        said |= {"at": clock().isoformat(), "url": "/", "tag": "t"}
        await tx.outbox.add(OutKind.PUSH, bad.endpoint, said, key="bad", now=clock())
    await worker.deliver_due()
    async with history.store.read() as tx:
        (item,) = await tx.outbox.page(OutState.GIVEN_UP, None, None, 9)
    assert "keys" in item.last_error
