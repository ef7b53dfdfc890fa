# SPDX-License-Identifier: Apache-2.0
"""Webhooks from the change of a record to the program that was told, and everything that may go wrong between."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from crm_core.domain.audit import SYSTEM
from crm_core.domain.client import ClientKind
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.outbox import OutKind, OutState
from crm_core.domain.webhook import EVENTS, BadWebhookUrlError, check_url
from crm_core.usecases import manage_webhooks, tell_webhooks
from crm_core.usecases.archive_client import archive_client
from crm_core.usecases.save_contact import create_contact
from outgoing.web_client import WebClient
from outgoing.webhook_sender import WebhookSender
from outgoing.worker import OutboxWorker


@pytest.fixture
def clock(clock):
    clock.now = datetime.now(UTC)  # receivers refuse signatures of another time
    return clock


@pytest.fixture
async def worker(store, box, clock):
    client = WebClient(allow_private=True)
    yield OutboxWorker(store, {OutKind.WEBHOOK: WebhookSender(store, box, client, clock)}, clock)
    await client.close()


@pytest.fixture
def add(store, box, program, clock):
    async def make(*events):
        return await manage_webhooks.add_webhook(store, box, program.url, events, SYSTEM, clock())

    return make


async def fold(store, clock):
    while await tell_webhooks.tell_webhooks(store, clock()):
        pass


def told(program):
    return [json.loads(body)["type"] for _, _, body in program.got]


async def state_of(store, state):
    async with store.read() as tx:
        return await tx.outbox.page(state, None, None, 100)


async def contact(store, clock, name="Ivan"):
    return await create_contact(store, {"name": name}, SYSTEM, clock())


async def test_a_contacts_life_is_told_and_signed(store, worker, add, program, clock):
    _, secret = await add("contact.*")
    made = await contact(store, clock, "Иван «Ключ»")
    await fold(store, clock)
    await worker.deliver_due()
    clock.forward(seconds=1)
    await archive_client(store, ClientKind.CONTACT, made.id, SYSTEM, clock())
    await fold(store, clock)
    await worker.deliver_due()
    assert told(program) == ["contact.created", "contact.archived"]
    _, headers, body = program.got[0]
    said = Receiver(secret).verify(body, headers)
    assert said["data"]["name"] == "Иван «Ключ»"
    assert said["data"]["id"] == str(made.id)
    with pytest.raises(WebhookVerificationError):
        Receiver(secret).verify(body.replace(b"contact", b"contakt"), headers)


async def test_only_what_was_asked_for_is_told_and_nothing_twice(store, worker, add, program, clock):
    await add("company.*")
    await add("contact.*")
    await contact(store, clock)
    await fold(store, clock)
    async with store.begin() as tx:  # killed before its place was kept: it reads everything again
        from crm_core.storage.schema import webhook as table

        await tx.webhooks._connection.execute(table.update().values(seq=0))
    await fold(store, clock)
    await worker.deliver_due()
    assert told(program) == ["contact.created"]


async def test_nothing_is_told_of_what_was_before_or_while_it_was_off(store, worker, add, program, clock):
    await contact(store, clock, "before")
    webhook, _ = await add("contact.*")
    said = {"url": webhook.url, "events": webhook.events}
    await manage_webhooks.change_webhook(store, webhook.id, SYSTEM, clock(), enabled=False, **said)
    await contact(store, clock, "meanwhile")
    await fold(store, clock)
    await manage_webhooks.change_webhook(store, webhook.id, SYSTEM, clock(), enabled=True, **said)
    await contact(store, clock, "after")
    await fold(store, clock)
    await worker.deliver_due()
    assert [json.loads(body)["data"]["name"] for _, _, body in program.got] == ["after"]


async def test_a_program_that_fails_is_tried_again_with_the_same_id_and_logged(
    store, worker, add, program, clock
):
    webhook, _ = await add("contact.*")
    await contact(store, clock)
    await fold(store, clock)
    program.status, program.answer = 500, "oh no" * 1000
    await worker.deliver_due()
    program.status = 200
    clock.forward(minutes=1)
    await worker.deliver_due()
    ids = [{k.lower(): v for k, v in headers.items()}["webhook-id"] for _, headers, _ in program.got]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    async with store.read() as tx:
        log = await tx.webhooks.deliveries(webhook.id, None, 10)
    assert [one.status for one in log] == [200, 500]
    assert len(log[1].answer) == 2048
    assert json.loads(log[1].body)["type"] == "contact.created"


async def test_the_secrets_overlap_after_a_change(store, box, worker, add, program, clock):
    webhook, old = await add("contact.*")
    _, new = await manage_webhooks.rotate_secret(store, box, webhook.id, SYSTEM, clock())
    await manage_webhooks.send_test_event(store, webhook.id, clock())
    await worker.deliver_due()
    _, headers, body = program.got[-1]
    assert Receiver(old).verify(body, headers)["type"] == "webhook.test"
    assert Receiver(new).verify(body, headers)
    async with store.begin() as tx:
        kept = await tx.webhooks.get(webhook.id)
        await tx.webhooks.save(replace(kept, old_until=clock()))
    await manage_webhooks.send_test_event(store, webhook.id, clock())
    await worker.deliver_due()
    _, headers, body = program.got[-1]
    with pytest.raises(WebhookVerificationError):
        Receiver(old).verify(body, headers)
    async with store.read() as tx:
        assert "whsec" not in str(await tx.webhooks.every()) + str(await tx.audit.of("webhook", webhook.id))


async def test_a_delivery_is_sent_again_on_demand(store, worker, add, program, clock):
    webhook, _ = await add("contact.*")
    await contact(store, clock)
    await fold(store, clock)
    await worker.deliver_due()
    async with store.read() as tx:
        (delivery,) = await tx.webhooks.deliveries(webhook.id, None, 10)
    await manage_webhooks.replay(store, webhook.id, delivery.id, clock())
    await worker.deliver_due()
    first, second = program.got
    assert first[2] == second[2]
    assert first[1]["webhook-id"] == second[1]["webhook-id"]


async def test_gone_means_gone_and_removed_means_silent(store, worker, add, program, clock):
    webhook, _ = await add("contact.*")
    await manage_webhooks.send_test_event(store, webhook.id, clock())
    program.status = 410
    await worker.deliver_due()
    assert [item.last_error for item in await state_of(store, OutState.GIVEN_UP)] == ["answered 410"]
    await manage_webhooks.send_test_event(store, webhook.id, clock())
    await manage_webhooks.remove_webhook(store, webhook.id, SYSTEM, clock())
    assert await worker.deliver_due() == 0
    assert not await state_of(store, OutState.WAITING)


async def test_a_dead_program_leaves_the_rest_where_it_is_kept(
    store, worker, add, program, clock, monkeypatch
):
    monkeypatch.setattr(tell_webhooks, "MOST_WAITING", 3)
    monkeypatch.setattr(tell_webhooks, "_BATCH", 2)
    await add("contact.*")
    for n in range(10):
        await contact(store, clock, f"{n}")
    await fold(store, clock)
    assert len(await state_of(store, OutState.WAITING)) <= 4
    for _ in range(20):
        while await worker.deliver_due():
            pass
        await fold(store, clock)
    names = [json.loads(body)["data"]["name"] for _, _, body in program.got]
    assert sorted(names) == [f"{n}" for n in range(10)]


async def test_calls_are_told_as_they_go(history, box, program, clock):
    store = history.store
    await manage_webhooks.add_webhook(
        store, box, program.url, [name for name in EVENTS if name.startswith("call.")], SYSTEM, clock()
    )
    client = WebClient(allow_private=True)
    worker = OutboxWorker(store, {OutKind.WEBHOOK: WebhookSender(store, box, client, clock)}, clock)
    missed = next(call for call in history.calls.values() if call.missed)
    answered = next(
        call
        for call in history.calls.values()
        if call.answered_at and call.started_at > clock() - timedelta(days=5)
    )
    await tell_webhooks.tell_started(store, missed, clock())
    async with store.begin() as tx:
        tx.changes.add("call", missed.id, clock())
        tx.changes.add("call", answered.id, clock())
    await fold(store, clock)
    while await worker.deliver_due():
        pass
    await client.close()
    by_call = {}
    for _, _, body in program.got:
        said = json.loads(body)
        by_call.setdefault(said["data"]["id"], []).append(said["type"])
    assert sorted(by_call[str(missed.id)]) == ["call.ended", "call.missed", "call.started"]
    assert sorted(by_call[str(answered.id)]) == ["call.answered", "call.ended", "call.started"]


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "ftp://a.example",
            "javascript:alert(1)",
            "https://",
            "http://u:p@a.example/",
            "https://a.example:0",
        ),
        *(
            "http://a b",
            "http://a.example\\@b",
            "https://a.example/\r\nX: y",
            "http://a:99999",
            "https://ёж.рф",
        ),
        "https://a.example/" + "x" * 1000,
    ],
)
def test_addresses_that_are_none(url):
    with pytest.raises(BadWebhookUrlError):
        check_url(url)


async def test_nothing_chosen_and_too_many_are_refused(store, box, add, clock):
    with pytest.raises(InvalidInputError):
        await add("nonsense")
    for _ in range(20):
        await add("call.missed")
    with pytest.raises(InvalidInputError, match="as many"):
        await add("call.missed")
