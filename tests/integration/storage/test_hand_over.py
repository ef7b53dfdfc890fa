# SPDX-License-Identifier: Apache-2.0
"""Who changed their band gets a manager of its team, on the day that was said, unless theirs is pinned."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from config.band_keeper import keep_once
from crm_core.domain.absence import Absence
from crm_core.domain.band_history import HandOver, Pin
from crm_core.domain.bands import Band, Bands
from crm_core.domain.client import ClientKind
from crm_core.domain.ids import new_id
from crm_core.domain.mail import MailServer
from crm_core.domain.outbox import OutKind
from crm_core.domain.people import Team
from crm_core.domain.task import TaskOrigin
from crm_core.storage.bands import SqlBands
from crm_core.usecases.assign_manager import assign_manager
from crm_core.usecases.save_contact import create_contact
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.builders import ANNA, NOW, a_received_order, a_user

DAY = timedelta(days=1)
WHOLESALE = Band(name="wholesale", enter=Decimal(200_000), leave=Decimal(150_000), team="wholesale")


@pytest.fixture
async def people(store):
    """Anna sells to everybody; Clara and Dmitri are of the wholesale team, and Clara has a client already."""
    people = {name: a_user(name) for name in ("anna", "clara", "dmitri")}
    members = frozenset({people["clara"].id, people["dmitri"].id})
    async with store.begin() as tx:
        for user in people.values():
            await tx.people.add_user(user, "hash")
        await tx.people.add_team(Team(id=new_id(NOW), name="wholesale", members=members))
    await create_contact(store, {"name": "Nina", "manager_id": people["clara"].id}, ANNA, NOW)
    return people


async def bands(store, **more):
    async with store.begin() as tx:
        await tx.bands.save_settings(Bands(bands=(WHOLESALE,), **more))
    await keep_once(store, NOW)


async def a_client(store, manager=None, amount="10"):
    await upsert_orders(store, [a_received_order("A-1", amount)], ANNA, NOW)
    async with store.read() as tx:
        client = (await tx.clients.owners_of(["+79161000001"]))["+79161000001"][0].contact_id
    if manager:
        await assign_manager(store, ClientKind.CONTACT, client, manager.id, ANNA, NOW)
    return client


async def grown(store, number="A-2", at=NOW):
    await upsert_orders(store, [a_received_order(number, "250000")], ANNA, at)


async def outcome(store, client):
    async with store.read() as tx:
        [change, *_] = await tx.bands.changes_of(client)
        return change, (await tx.clients.contact(client)).manager_id


async def test_who_becomes_wholesale_goes_to_whoever_has_the_fewest_clients(store, people):
    await bands(store)
    client = await a_client(store, people["anna"])
    await grown(store)
    await keep_once(store, NOW)
    change, manager = await outcome(store, client)
    assert manager == people["dmitri"].id
    assert (change.outcome, change.hand_over_on) == (HandOver.HANDED, None)
    assert (change.from_manager, change.to_manager) == (people["anna"].id, manager)
    async with store.read() as tx:
        entry = next(one for one in await tx.audit.of("contact", client) if one.actor.name == "system")
    assert entry.after == {"manager_id": str(manager)}
    await keep_once(store, NOW)
    assert await outcome(store, client) == (change, manager)


async def test_it_waits_for_its_day(store, people):
    await bands(store, hand_over_days=3)
    client = await a_client(store, people["anna"])
    await grown(store)
    await keep_once(store, NOW + 2 * DAY)
    change, manager = await outcome(store, client)
    assert (change.hand_over_on, manager) == (NOW.date() + 3 * DAY, people["anna"].id)
    await keep_once(store, NOW + 3 * DAY)
    assert (await outcome(store, client))[1] == people["dmitri"].id


async def test_a_pinned_manager_stays(store, people):
    await bands(store)
    client = await a_client(store, people["anna"])
    async with store.begin() as tx:
        await tx.bands.pin(Pin(kind=ClientKind.CONTACT, client_id=client, at=NOW, by="anna"))
    await grown(store)
    await keep_once(store, NOW)
    change, manager = await outcome(store, client)
    assert (change.outcome, manager) == (HandOver.PINNED, people["anna"].id)


async def test_a_manager_of_that_team_keeps_them(store, people):
    await bands(store)
    client = await a_client(store, people["clara"])
    await grown(store)
    await keep_once(store, NOW)
    change, manager = await outcome(store, client)
    assert (change.outcome, manager) == (HandOver.THEIRS, people["clara"].id)


async def test_who_is_away_gets_nobody_and_an_empty_team_changes_nothing(store, people):
    await bands(store)
    client = await a_client(store, people["anna"])
    async with store.begin() as tx:
        for name in ("clara", "dmitri"):
            absence = Absence(
                id=new_id(NOW),
                user_id=people[name].id,
                starts_at=NOW - DAY,
                ends_at=NOW + DAY,
                created_at=NOW,
            )
            await tx.absences.add(absence)
    await grown(store)
    await keep_once(store, NOW)
    change, manager = await outcome(store, client)
    assert (change.outcome, manager) == (HandOver.NOBODY, people["anna"].id)


async def test_nobody_is_handed_over_for_a_change_of_the_settings(store, people):
    client = await a_client(store, people["anna"], amount="250000")
    await bands(store)
    change, manager = await outcome(store, client)
    assert (change.outcome, change.hand_over_on, manager) == (None, None, people["anna"].id)


async def test_a_band_that_changed_again_is_not_handed_over(store, people):
    await bands(store, hand_over_days=2, days=0)
    client = await a_client(store, people["anna"])
    await grown(store)
    back = a_received_order("A-2", "250000", returned=Decimal(250_000))
    await upsert_orders(store, [back], ANNA, NOW + DAY)
    await keep_once(store, NOW + 2 * DAY)
    async with store.read() as tx:
        last, first = await tx.bands.changes_of(client)
        manager = (await tx.clients.contact(client)).manager_id
    assert (first.outcome, last.after, manager) == (HandOver.CALLED_OFF, "retail", people["anna"].id)


async def test_both_managers_get_a_letter_once(store, people):
    await bands(store)
    client = await a_client(store, people["anna"])
    async with store.begin() as tx:
        await tx.mail.save_server(MailServer(host="mail.example.com", from_address="crm@example.com"))
        for name in ("anna", "dmitri"):
            await tx.people.save_user(replace(people[name], email=f"{name}@example.com"))
    await grown(store)
    await keep_once(store, NOW)
    await keep_once(store, NOW)
    async with store.begin() as tx:
        letters = await tx.outbox.claim(OutKind.MAIL, NOW + DAY, NOW + 2 * DAY, 10)
    assert sorted(one.address for one in letters) == ["anna@example.com", "dmitri@example.com"]
    said = letters[0].payload["values"]
    assert (said["old"], said["new"], said["after"]) == ("Anna", "Dmitri", "wholesale")
    assert said["path"] == f"/contacts/{client}"


async def test_both_managers_have_something_to_do_about_it(store, people):
    await bands(store)
    client = await a_client(store, people["anna"])
    await grown(store)
    await keep_once(store, NOW)
    await keep_once(store, NOW)
    async with store.read() as tx:
        tasks = {name: await tx.tasks.open_of(people[name].id) for name in ("anna", "clara", "dmitri")}
        name = (await tx.clients.contact(client)).name
        [entry] = await tx.audit.of("task", tasks["anna"][0].task.id)
    [old], [new] = (tasks[who] for who in ("anna", "dmitri"))
    assert tasks["clara"] == []
    assert old.task.plain == f"Hand {name} on to Dmitri: turnover band wholesale"
    assert new.task.plain == f"Take over {name} from Anna: turnover band wholesale"
    for row in (old, new):
        assert (row.task.origin, row.task.contact_id) == (TaskOrigin.BAND, client)
        assert (row.task.due_on, row.task.created_by) == (NOW.date() + 2 * DAY, None)
    assert (entry.action, entry.actor.name) == ("create", "system")


async def test_who_had_no_manager_is_to_be_got_to_know(store, people):
    await bands(store)
    await a_client(store)
    await grown(store)
    await keep_once(store, NOW)
    async with store.read() as tx:
        [row] = await tx.tasks.open_of(people["dmitri"].id)
    assert row.task.plain.startswith("Get to know ")


async def test_one_that_fails_holds_up_no_other_and_is_tried_again(store, people, monkeypatch):
    await bands(store)
    clients = []
    for phone in ("+79161000001", "+79161000002"):
        for amount in ("10", "250000"):
            order = a_received_order(f"{phone}-{amount}", amount, phone)
            await upsert_orders(store, [order], ANNA, NOW)
        async with store.read() as tx:
            clients.append((await tx.clients.owners_of([phone]))[phone][0].contact_id)
    failing, usual = set(clients[:1]), SqlBands.pins

    async def odd(self, ids):
        if failing & set(ids):
            raise ValueError
        return await usual(self, ids)

    monkeypatch.setattr(SqlBands, "pins", odd)
    await keep_once(store, NOW)
    outcomes = [(await outcome(store, one))[0].outcome for one in clients]
    assert outcomes == [None, HandOver.HANDED]
    failing.clear()
    await keep_once(store, NOW)
    assert (await outcome(store, clients[0]))[0].outcome is HandOver.HANDED
