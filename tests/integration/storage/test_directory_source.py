# SPDX-License-Identifier: Apache-2.0
"""The directory in memory says what the database says: at the start, after every change, and on a new day."""

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from crm_core.domain.audit import Actor
from crm_core.domain.bands import Bands
from crm_core.domain.call import Call, Direction, Disposition, Leg, LegKind
from crm_core.domain.callback import CallbackRequest, CallbackSource
from crm_core.domain.client import ClientKind
from crm_core.domain.directory import Directory, OperatorState
from crm_core.domain.ids import new_id
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.operator_state import StateInterval
from crm_core.domain.people import Device, DeviceKind, Extension, OwnNumber, Team
from crm_core.domain.turnover import Window
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.add_phone_number import add_phone_number
from crm_core.usecases.archive_client import archive_client, restore_client
from crm_core.usecases.claim_missed import claim_missed
from crm_core.usecases.close_voicemail import close_voicemail
from crm_core.usecases.keep_call import keep_call
from crm_core.usecases.put_bands import put_bands
from crm_core.usecases.remove_phone_number import remove_phone_number
from crm_core.usecases.request_callback import request_callback
from crm_core.usecases.save_company import create_company
from crm_core.usecases.save_contact import create_contact, edit_contact
from crm_core.usecases.step_bands import step_all
from crm_core.usecases.trail import Trail
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.builders import ANNA, NOW, a_number, a_received_order, a_user
from tests.support.calls import T0, a_world, add_contact, at
from tests.support.missed import missed_at, record, the_item
from tests.support.until import until

OLGA, DESK = "+79161000001", "+74951112233"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def house(store):
    """Anna with a phone in retail; Olga is her client."""
    anna = a_user("anna")
    async with store.begin() as tx:
        await tx.people.add_user(anna, "hash")
        await tx.people.add_extension(
            Extension(id=new_id(NOW), user_id=anna.id, pbx="main", extension="101", valid_from=NOW)
        )
        device = {"user_id": anna.id, "pbx": "main", "device": "PJSIP/101", "kind": DeviceKind.DESK}
        await tx.people.add_device(Device(id=new_id(NOW), valid_from=NOW, **device))
        await tx.people.add_team(Team(id=new_id(NOW), name="retail", members=frozenset({anna.id})))
        await tx.people.add_own_number(OwnNumber(id=new_id(NOW), e164=DESK, label="office"))
    olga = await create_contact(store, {"name": "Olga Petrova", "manager_id": anna.id}, ANNA, NOW)
    await add_phone_number(store, ClientKind.CONTACT, olga.id, OLGA, ANNA, NOW)
    return anna, olga


async def loaded(store, clock=None):
    directory = Directory()
    source = DirectorySource(store, directory, clock or Clock())
    await source.load()
    return directory, source


async def both(store, source, directory, number):
    """After a change: what the follower says, checked against a fresh load."""
    await source.catch_up()
    fresh, _ = await loaded(store, source._clock)
    assert directory.identify(number) == fresh.identify(number)
    return directory.identify(number)


async def test_all_of_it_is_there_after_the_load(store, house):
    anna, olga = house
    directory, source = await loaded(store)
    party = directory.identify("8 916 100-00-01")
    assert (party.id, party.name, party.manager_id, party.number) == (olga.id, "Olga Petrova", anna.id, OLGA)
    operator = directory.operator_by_extension("main", "101")
    assert operator == directory.operator_by_device("main", "PJSIP/101") == directory.operator(anna.id)
    assert directory.team("retail").members == (anna.id,)
    assert operator.state is OperatorState.OFFLINE
    assert directory.is_own(DESK)
    assert source.ready


async def test_a_contact_gets_another_manager_name_and_company(store, house):
    _, olga = house
    directory, source = await loaded(store)
    company = await create_company(store, {"name": "Northern Lights LLC"}, ANNA, NOW)
    fields = {"name": "Olga Ivanova", "manager_id": None, "company_id": company.id}
    await edit_contact(store, olga.id, fields, ANNA, NOW)
    party = await both(store, source, directory, OLGA)
    assert (party.name, party.manager_id, party.company_name) == ("Olga Ivanova", None, "Northern Lights LLC")


async def test_a_number_is_added_and_removed(store, house):
    _, olga = house
    directory, source = await loaded(store)
    number = await add_phone_number(store, ClientKind.CONTACT, olga.id, "+79161000077", ANNA, NOW)
    assert (await both(store, source, directory, "+79161000077")).id == olga.id
    await remove_phone_number(store, number.id, ANNA, NOW)
    assert await both(store, source, directory, "+79161000077") is None
    assert (await both(store, source, directory, OLGA)).id == olga.id


async def test_an_archived_contact_is_nobody_until_restored(store, house):
    _, olga = house
    directory, source = await loaded(store)
    await archive_client(store, ClientKind.CONTACT, olga.id, ANNA, NOW)
    assert await both(store, source, directory, OLGA) is None
    await restore_client(store, ClientKind.CONTACT, olga.id, ANNA, NOW)
    assert (await both(store, source, directory, OLGA)).id == olga.id


async def test_a_number_of_two_is_nobodys_until_one_of_them_is_gone(store, house):
    _, olga = house
    directory, source = await loaded(store)
    husband = await create_contact(store, {"name": "Pavel Petrov"}, ANNA, NOW + timedelta(seconds=1))
    await add_phone_number(store, ClientKind.CONTACT, husband.id, OLGA, ANNA, NOW + timedelta(seconds=2))
    assert await both(store, source, directory, OLGA) is None
    both_of_them = directory.sharers(OLGA, NOW)
    assert [one.party.name for one in both_of_them] == ["Olga Petrova", "Pavel Petrov"]
    fresh, _ = await loaded(store)
    assert fresh.sharers(OLGA, NOW) == both_of_them
    await edit_contact(store, husband.id, {"name": "Pyotr Petrov"}, ANNA, NOW)
    await source.catch_up()
    assert [one.party.name for one in directory.sharers(OLGA, NOW)] == ["Olga Petrova", "Pyotr Petrov"]
    await archive_client(store, ClientKind.CONTACT, olga.id, ANNA, NOW)
    assert (await both(store, source, directory, OLGA)).id == husband.id
    assert directory.sharers(OLGA, NOW) == ()


async def test_a_number_of_a_contact_and_their_own_company_is_the_contacts(store, house):
    _, olga = house
    company = await create_company(store, {"name": "Northern Lights LLC"}, ANNA, NOW)
    await edit_contact(store, olga.id, {"company_id": company.id}, ANNA, NOW)
    await add_phone_number(store, ClientKind.COMPANY, company.id, OLGA, ANNA, NOW)
    directory, source = await loaded(store)
    assert directory.identify(OLGA).id == olga.id
    assert directory.sharers(OLGA, NOW) == ()
    colleague = await create_contact(store, {"name": "Pavel", "company_id": company.id}, ANNA, NOW)
    await add_phone_number(store, ClientKind.CONTACT, colleague.id, OLGA, ANNA, NOW)
    party = await both(store, source, directory, OLGA)
    assert (party.kind, party.id) == ("company", company.id)
    assert {one.party.id for one in directory.sharers(OLGA, NOW)} == {olga.id, colleague.id, company.id}


async def test_an_own_number_is_nobodys(store, house):
    _, olga = house
    async with store.begin() as tx:
        await tx.clients.add_phone_numbers([a_number(DESK, contact_id=olga.id)])
    directory, _ = await loaded(store)
    assert directory.identify(DESK) is None


async def test_a_lead_is_known_by_its_number_until_it_is_a_contact(store, house):
    directory, source = await loaded(store)
    lead = Lead(id=new_id(NOW), e164="+79165550000", status=LeadStatus.OPEN, created_at=NOW, updated_at=NOW)
    async with store.begin() as tx:
        await tx.leads.add(lead)
        await tx.leads.save(replace(lead, status=LeadStatus.SPAM))
        tx.changes.add("lead", lead.id, NOW)
    party = await both(store, source, directory, "+79165550000")
    assert (party.kind, party.lead_status) == ("lead", "spam")


async def test_an_open_lead_has_a_manager_who_changes_at_once(store, house):
    anna, _ = house
    directory, source = await loaded(store)
    lead = Lead(id=new_id(NOW), e164="+79165550000", status=LeadStatus.OPEN, created_at=NOW, updated_at=NOW)
    async with store.begin() as tx:
        await tx.leads.add(lead)
    for status, owner, manager in (("open", anna.id, anna.id), ("spam", anna.id, None), ("open", None, None)):
        async with store.begin() as tx:
            await tx.leads.save(replace(lead, status=LeadStatus(status), manager_id=owner))
            tx.changes.add("lead", lead.id, NOW)
        assert (await both(store, source, directory, "+79165550000")).manager_id == manager


async def test_turnover_of_the_contact_and_of_the_company(store, house):
    _, olga = house
    clock = Clock()
    directory, source = await loaded(store, clock)
    await upsert_orders(store, [a_received_order("A-1", "48300")], ANNA, NOW)
    party = await both(store, source, directory, OLGA)
    assert party.turnover["30d"] == 48_300_00
    company = await create_company(store, {"name": "Northern Lights LLC"}, ANNA, NOW)
    await edit_contact(store, olga.id, {"company_id": company.id}, ANNA, NOW)
    colleague = await create_contact(store, {"name": "Maria", "company_id": company.id}, ANNA, NOW)
    await add_phone_number(store, ClientKind.CONTACT, colleague.id, "+79161000003", ANNA, NOW)
    party = await both(store, source, directory, "+79161000003")
    assert party.turnover["30d"] == 48_300_00
    await upsert_orders(store, [a_received_order("A-2", "1000", phone="+79161000003")], ANNA, NOW)
    assert (await both(store, source, directory, OLGA)).turnover["30d"] == 49_300_00
    async with store.read() as tx:
        said = await tx.orders.turnover(ClientKind.COMPANY, company.id, _window("30d"), NOW.date(), "RUB")
    assert said == Decimal(49_300)


def _window(name):
    return Window(name)


async def test_a_new_day_of_the_house_sums_up_again(store, house):
    clock = Clock()
    directory, source = await loaded(store, clock)
    await upsert_orders(store, [a_received_order("A-1", "300000")], ANNA, NOW)
    await source.catch_up()
    assert directory.identify(OLGA).turnover["30d"] == 300_000_00
    assert directory.clients.turnover_day == NOW.date()
    clock.now = NOW + timedelta(days=28)
    await source.catch_up()
    assert directory.identify(OLGA).turnover["30d"] == 300_000_00
    clock.now = NOW + timedelta(days=29)
    party = await both(store, source, directory, OLGA)
    assert (party.turnover["30d"], party.turnover["12m"], party.turnover["all"]) == (
        0,
        300_000_00,
        300_000_00,
    )


async def test_the_first_day_of_a_month_in_the_zone_of_the_house(store, house):
    clock = Clock()
    directory, source = await loaded(store, clock)
    await upsert_orders(store, [a_received_order("A-1", "5000")], ANNA, NOW)
    clock.now = NOW.replace(day=30, hour=20, minute=59)
    assert (await both(store, source, directory, OLGA)).turnover["this_month"] == 5_000_00
    clock.now = NOW.replace(day=30, hour=21)  # midnight in Moscow
    party = await both(store, source, directory, OLGA)
    amounts = [party.turnover[name] for name in ("this_month", "last_month", "larger_month", "30d")]
    assert amounts == [0, 5_000_00, 5_000_00, 5_000_00]


async def test_an_operator_says_available(store, house):
    anna, _ = house
    directory, source = await loaded(store)
    interval = StateInterval(id=new_id(NOW), user_id=anna.id, state=OperatorState.AVAILABLE, started_at=NOW)
    async with store.begin() as tx:
        await tx.states.start(interval)
        tx.changes.add("operator_state", anna.id, NOW)
    await source.catch_up()
    assert directory.operator(anna.id).state is OperatorState.AVAILABLE


async def test_new_people_and_own_numbers_arrive(store, house):
    directory, source = await loaded(store)
    boris = a_user("boris")
    async with store.begin() as tx:
        await tx.people.add_user(boris, "hash")
        tx.changes.add("user", boris.id, NOW)
        await tx.people.add_own_number(OwnNumber(id=new_id(NOW), e164=OLGA, label="a mobile of ours"))
    await source.catch_up()
    assert directory.operator(boris.id).name == "Boris"
    assert directory.identify(OLGA) is None


async def test_whom_they_spoke_with_last_is_known_after_a_restart(store, house):
    anna, _ = house
    directory, _ = await loaded(store)
    await _a_talk(store, directory)
    party = (await loaded(store))[0].identify(OLGA)
    assert (party.last_operator_id, party.last_talk_at) == (anna.id, NOW - timedelta(minutes=1))
    again = Directory()
    source = DirectorySource(store, again, Clock())
    await source.load_one(OLGA)
    assert again.identify(OLGA) == party
    assert again.presence.person(anna.id).last_talk_at == NOW - timedelta(minutes=1)


async def _a_talk(store, directory):
    began = NOW - timedelta(minutes=5)
    leg = Leg(
        uniqueid="1.2",
        device="PJSIP/101",
        party="101",
        kind=LegKind.OPERATOR,
        rang_at=began,
        answered_at=began,
        ended_at=NOW - timedelta(minutes=1),
        talk_s=240.0,
    )
    call = Call(
        id=new_id(NOW),
        pbx="main",
        boot="",
        linkedids=("1.1",),
        direction=Direction.INBOUND,
        caller=OLGA,
        caller_name=None,
        dialled=DESK,
        disposition=Disposition.ANSWERED,
        started_at=began,
        answered_at=began,
        ended_at=NOW - timedelta(minutes=1),
        talk_s=240.0,
        legs=(leg,),
    )
    async with store.begin() as tx:
        await tx.people.add_device(
            Device(
                id=new_id(NOW),
                user_id=directory.operator_by_extension("main", "101").id,
                pbx="main",
                device="PJSIP/101",
                kind=DeviceKind.DESK,
                valid_from=NOW - timedelta(days=1),
            )
        )
        await keep_call(tx, call, directory)


@asynccontextmanager
async def following(source, **more):
    task = asyncio.create_task(source.run(**more))
    await asyncio.sleep(0.05)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_change_of_ours_arrives_at_once(store, house):
    _, olga = house
    directory, source = await loaded(store)
    async with following(source, poll_s=30.0):
        await edit_contact(store, olga.id, {"name": "Olga Ivanova"}, ANNA, NOW)
        await until(lambda: directory.identify(OLGA).name == "Olga Ivanova", within_s=20)


async def test_who_asked_is_told_which_numbers_changed(store, house):
    _, olga = house
    told = []
    source = DirectorySource(store, Directory(), Clock(), on_change=told.append)
    await source.load()
    await edit_contact(store, olga.id, {"manager_id": None}, ANNA, NOW)
    await source.catch_up()
    assert told == [{OLGA}]


async def test_a_band_that_is_called_otherwise_is_so_in_memory(store, house):
    directory, source = await loaded(store)
    await step_all(store, NOW)
    await upsert_orders(store, [a_received_order("A-1", "300000")], ANNA, NOW)
    assert (await both(store, source, directory, OLGA)).band == "wholesale"
    for was, name in (("wholesale", "big"), ("big", "wholesale")):
        trail = Trail(ANNA, NOW)
        async with store.begin() as tx:
            bands = await tx.bands.settings()
            other = replace(bands, bands=(replace(bands.bands[0], name=name),))
            await put_bands(tx, other, trail, called={was: name})
            await trail.write(tx)
        assert (await both(store, source, directory, OLGA)).band == name


async def test_bands_follow_orders_and_settings(store, house):
    directory, source = await loaded(store)
    await step_all(store, NOW)
    await upsert_orders(store, [a_received_order("A-1", "300000")], ANNA, NOW)
    party = await both(store, source, directory, OLGA)
    assert (party.band, party.band_since, party.band_as_of) == ("wholesale", NOW.date(), NOW.date())
    async with store.begin() as tx:
        await tx.bands.save_settings(Bands(base="small", window=Window.THIS_MONTH))
    await step_all(store, NOW)
    party = await both(store, source, directory, OLGA)
    assert (party.band, party.band_since) == ("small", None)
    alone = Directory()
    await DirectorySource(store, alone, lambda: NOW).load_one(OLGA)
    assert alone.identify(OLGA).band == "small"


async def test_a_call_in_vain_and_what_becomes_of_it_make_nobodys_route_anew(store):
    """Else each of them would have the routes of all clients computed again, for every PBX."""
    world, told = await a_world(store), []
    await add_contact(store)
    source = DirectorySource(store, Directory(), lambda: T0, on_change=told.append)
    await source.load()
    left = replace(missed_at(0, "1795165200.1"), disposition=Disposition.VOICEMAIL)
    await record(world, left)
    item, by = await the_item(world), Actor("anna", world.anna.id)
    await claim_missed(store, world.anna, item.id, by, at(60))
    await close_voicemail(store, world.feed, world.anna, left.id, now=at(70))
    wanted = CallbackRequest(
        id=new_id(T0), e164=OLGA, source=CallbackSource.QUEUE, arrived_at=at(80), made_at=at(90)
    )
    await request_callback(store, world.directory, wanted, by, at(90))
    await source.catch_up()
    assert told == []
