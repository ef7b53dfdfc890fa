# SPDX-License-Identifier: Apache-2.0
"""Two people edit one thing in the same moment: both read before either writes, and nothing of either is lost."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest
from cryptography.fernet import Fernet

from crm_core.domain.audit import Actor
from crm_core.domain.call import Disposition
from crm_core.domain.choice import Choice, ChoiceKind
from crm_core.domain.errors import ConflictError
from crm_core.domain.ids import new_id
from crm_core.domain.lead import LeadStatus
from crm_core.domain.people import Team
from crm_core.domain.retention import Retention
from crm_core.domain.version import version_of
from crm_core.storage.bands import SqlBands
from crm_core.storage.choices import SqlChoices
from crm_core.storage.communications import SqlCommunications
from crm_core.storage.deals import SqlDeals
from crm_core.storage.leads import SqlLeads
from crm_core.storage.people import SqlPeople
from crm_core.storage.routing import SqlRouting
from crm_core.storage.secret_box import FernetBox
from crm_core.storage.settings import SqlSettings
from crm_core.storage.tasks import SqlTasks
from crm_core.storage.voicemails import SqlVoicemails
from crm_core.storage.webhooks import SqlWebhooks
from crm_core.usecases import manage_webhooks
from crm_core.usecases.assign_voicemail import assign_voicemail
from crm_core.usecases.close_voicemail import close_voicemail
from crm_core.usecases.do_task import do_task
from crm_core.usecases.edit_communication import CommunicationPatch, edit_communication
from crm_core.usecases.mark_lead import mark_lead
from crm_core.usecases.merge_lead import merge_lead
from crm_core.usecases.publish_rules import publish_text
from crm_core.usecases.put_settings import put_choice, put_retention, put_team
from crm_core.usecases.reopen_voicemail import reopen_voicemail
from crm_core.usecases.save_deal import create_deal, edit_deal
from crm_core.usecases.save_task import create_task, edit_task
from crm_core.usecases.step_bands import step_all
from crm_core.usecases.trail import Trail
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.builders import NOW, a_received_order
from tests.support.calls import OLGA, T0, a_call, a_world, add_contact, at, ended, talking
from tests.support.missed import missed_at, record
from tests.support.until import until

LATER = T0 + timedelta(hours=1)
BY = Actor("anna")
QUEUE = '[[rule]]\nid = "all"\n[[rule.step]]\nto = "queue"\nqueue = "default"\nseconds = 60\n'


@pytest.fixture
async def world(store):
    return await a_world(store)


@pytest.fixture
def together(monkeypatch):
    """Of two that read by this method both have read before either goes on, where the database lets them."""

    def wait_after(repository, name):
        usual, readers = getattr(repository, name), []

        async def both(self, *args, **more):
            found = await usual(self, *args, **more)
            readers.append(self)
            for _ in range(20):  # a second reader may be kept waiting until we are done
                if len(readers) > 1:
                    break
                await asyncio.sleep(0.01)
            return found

        monkeypatch.setattr(repository, name, both)

    return wait_after


async def told(*work):
    """What came of each; only a conflict may be an answer."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    for one in outcomes:
        if isinstance(one, BaseException) and not isinstance(one, ConflictError):
            raise one
    return outcomes


async def test_of_a_deal(world, together):
    olga = await add_contact(world.store)
    deal = await create_deal(world.store, {"title": "Doors", "contact_id": olga.id}, BY, T0)
    together(SqlDeals, "get")
    await told(
        edit_deal(world.store, deal.id, {"note": "by phone"}, BY, LATER),
        edit_deal(world.store, deal.id, {"title": "Windows"}, BY, LATER),
    )
    async with world.store.read() as tx:
        kept = await tx.deals.get(deal.id)
    assert (kept.title, kept.note) == ("Windows", "by phone")


async def test_of_a_deal_that_both_saw(world, together):
    olga = await add_contact(world.store)
    deal = await create_deal(world.store, {"title": "Doors", "contact_id": olga.id}, BY, T0)
    together(SqlDeals, "get")
    outcomes = await told(
        edit_deal(world.store, deal.id, {"title": "A"}, BY, LATER, seen=deal.updated_at),
        edit_deal(world.store, deal.id, {"title": "B"}, BY, LATER, seen=deal.updated_at),
    )
    assert sum(isinstance(one, ConflictError) for one in outcomes) == 1


async def test_of_a_task_that_is_done_meanwhile(world, together):
    fields = {"text": "Call Olga", "due_on": date(2026, 11, 25)}
    task = await create_task(world.store, world.anna, fields, BY, T0)
    together(SqlTasks, "get")
    await told(
        do_task(world.store, world.anna, task.id, BY, LATER),
        edit_task(world.store, task.id, {"text": "Call Olga back"}, BY, LATER),
    )
    async with world.store.read() as tx:
        kept = await tx.tasks.get(task.id)
    assert (kept.text, kept.done_by) == ("Call Olga back", world.anna.id)


async def test_of_a_message_that_is_closed_meanwhile(world, together):
    left = replace(missed_at(0, "1795165200.1"), disposition=Disposition.VOICEMAIL)
    await record(world, left)
    together(SqlVoicemails, "get")
    await told(
        close_voicemail(world.store, world.feed, world.sofia, left.id, now=at(500)),
        assign_voicemail(world.store, world.feed, world.sofia, left.id, world.boris.id, now=at(500)),
    )
    async with world.store.read() as tx:
        kept = await tx.voicemails.get(left.id)
    assert (kept.assigned_to, kept.closed_at) == (world.boris.id, at(500))


@pytest.mark.parametrize("turn", [close_voicemail, reopen_voicemail])
async def test_a_message_that_somebody_takes_meanwhile_is_not_turned_unseen(world, together, turn):
    left = replace(missed_at(0, "1795165200.1"), disposition=Disposition.VOICEMAIL)
    await record(world, left)
    ways = (world.store, world.feed, world.sofia, left.id)
    if turn is reopen_voicemail:
        await close_voicemail(*ways, now=at(400))
    async with world.store.read() as tx:
        seen = (await tx.voicemails.get(left.id)).updated_at
    together(SqlVoicemails, "get")
    outcomes = await told(
        turn(*ways, now=at(500), seen=seen),
        assign_voicemail(*ways, world.boris.id, now=at(500), seen=seen),
    )
    assert sum(isinstance(one, ConflictError) for one in outcomes) == 1


async def test_of_a_message_only_one_takes(world, together):
    left = replace(missed_at(0, "1795165200.1"), disposition=Disposition.VOICEMAIL)
    await record(world, left)
    async with world.store.read() as tx:
        seen = (await tx.voicemails.get(left.id)).updated_at
    together(SqlVoicemails, "get")
    outcomes = await told(
        *(
            assign_voicemail(world.store, world.feed, world.sofia, left.id, one.id, now=at(500), seen=seen)
            for one in (world.anna, world.boris)
        )
    )
    assert sum(isinstance(one, ConflictError) for one in outcomes) == 1


async def test_of_a_talk_that_ends_while_its_note_is_saved(world, together):
    await add_contact(world.store)
    call = talking(a_call())
    await record(world, ended(call, after=20.0, talk=15.0))  # kept once, so that there is something to note
    together(SqlCommunications, "get")
    note = CommunicationPatch(note="wants doors")
    await told(
        edit_communication(world.store, world.anna, call.id, note, now=at(70)),
        record(world, ended(call, after=65.0, talk=60.0)),
    )
    async with world.store.read() as tx:
        kept = await tx.communications.get(call.id)
    assert (kept.note, kept.duration_s) == ("wants doors", 60.0)


async def test_of_a_lead_that_is_merged_and_set_aside(world, together):
    olga = await add_contact(world.store, e164="+79161000099")
    await record(world, missed_at(0, "1795165200.1"))
    async with world.store.read() as tx:
        lead = await tx.leads.of_number(OLGA)
    together(SqlLeads, "get")
    await told(
        merge_lead(world.store, world.anna, lead.id, contact_id=olga.id, now=LATER),
        mark_lead(world.store, world.boris, lead.id, status=LeadStatus.SPAM, now=LATER),
    )
    async with world.store.read() as tx:
        kept = await tx.leads.get(lead.id)
        numbers = (await tx.clients.phone_numbers([olga.id]))[olga.id]
    assert (kept.status, len(numbers)) == (LeadStatus.MERGED, 2)


async def put(store, work, record, seen):
    trail = Trail(BY, NOW)
    async with store.begin() as tx:
        await work(tx, record, trail, version_of(seen))
        await trail.write(tx)


async def test_of_a_setting(store, together):
    async with store.read() as tx:
        seen = await tx.settings.retention()
    together(SqlSettings, "retention")
    outcomes = await told(*(put(store, put_retention, Retention(audit=days), seen) for days in (1000, 2000)))
    assert sum(isinstance(one, ConflictError) for one in outcomes) == 1


async def test_of_a_team(world, together):
    team = Team(id=new_id(T0), name="retail", members=frozenset())
    await put(world.store, put_team, team, None)
    together(SqlPeople, "teams")
    with_one = [replace(team, members=frozenset({one.id})) for one in (world.anna, world.boris)]
    outcomes = await told(*(put(world.store, put_team, one, team) for one in with_one))
    assert sum(isinstance(one, ConflictError) for one in outcomes) == 1


async def test_of_a_list_two_who_add_the_same_word_add_it_once(store, together):
    together(SqlChoices, "all")
    words = [
        Choice(id=new_id(NOW), kind=ChoiceKind.RESULT, code=code, text="Sold", position=9)
        for code in ("sold", "sold-too")
    ]
    outcomes = await asyncio.gather(
        *(put(store, put_choice, one, None) for one in words), return_exceptions=True
    )
    assert sum(one is None for one in outcomes) == 1


async def test_two_who_publish_have_a_version_each(store, together):
    """The later one is in force."""
    together(SqlRouting, "in_force")

    async def publish(source):
        trail = Trail(BY, NOW)
        async with store.begin() as tx:
            release = await publish_text(tx, QUEUE, source, trail)
            await trail.write(tx)
        return release

    releases = await told(publish("a"), publish("b"))
    assert sorted(one.version for one in releases) == [1, 2]
    async with store.read() as tx:
        assert (await tx.routing.in_force()).version == 2


async def test_orders_that_come_while_all_bands_are_looked_at_are_counted(store, monkeypatch):
    await upsert_orders(store, [a_received_order("A-1", "10")], BY, NOW)
    await step_all(store, NOW)
    usual, came, first = SqlBands.sums, asyncio.Event(), []

    async def slow(self, *args, **more):
        found = await usual(self, *args, **more)
        if not first:  # what was read here is written after the order came, where the database lets it
            first.append(self)
            with suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    await came.wait()
        return found

    monkeypatch.setattr(SqlBands, "sums", slow)

    async def an_order():
        await until(lambda: first)
        await upsert_orders(store, [a_received_order("A-2", "250000")], BY, NOW)
        came.set()

    await asyncio.gather(step_all(store, NOW), an_order())
    async with store.read() as tx:
        client = (await tx.clients.owners_of(["+79161000001"]))["+79161000001"][0].contact_id
        known = (await tx.bands.known([client]))[client]
    assert (known.state.band, known.state.turnover) == ("wholesale", 250_010)


async def test_of_a_webhook_whose_secret_is_changed_meanwhile(store, together):
    box = FernetBox(Fernet.generate_key())
    hook, old = await manage_webhooks.add_webhook(store, box, "https://example.org/", ["contact.*"], BY, NOW)
    together(SqlWebhooks, "get")
    (_, secret), _ = await told(
        manage_webhooks.rotate_secret(store, box, hook.id, BY, NOW),
        manage_webhooks.change_webhook(
            store, hook.id, BY, NOW, url="https://example.org/other", events=["contact.*"], enabled=True
        ),
    )
    async with store.read() as tx:
        kept = await tx.webhooks.get(hook.id)
    assert (kept.url, box.open(kept.secret).decode()) == ("https://example.org/other", secret)
    assert secret != old
