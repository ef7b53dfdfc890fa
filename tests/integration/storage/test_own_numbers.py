# SPDX-License-Identifier: Apache-2.0
"""Numbers of our own, of whatever kind, are no client's: not when they call, nor in files, search or the ledger."""

import pytest

from crm_core.domain.client import ClientKind
from crm_core.domain.directory import Directory
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.people import OwnNumber, OwnNumberKind
from crm_core.domain.received import Outcome, ReceivedClient
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.add_phone_number import add_phone_number
from crm_core.usecases.put_settings import put_own_number, remove_own_number
from crm_core.usecases.trail import Trail
from crm_core.usecases.upsert_clients import upsert_clients
from tests.support.builders import ANNA, NOW
from tests.support.calls import OLGA, a_world, add_contact
from tests.support.missed import answered_at, listed, missed_at, record


async def say(store, work, *args):
    trail = Trail(ANNA, NOW)
    async with store.begin() as tx:
        await work(tx, *args, trail)
        await trail.write(tx)


@pytest.mark.parametrize("kind", list(OwnNumberKind))
async def test_a_client_who_has_our_number_is_not_matched_by_it(store, kind):
    olga = await add_contact(store)
    ours = OwnNumber(id=new_id(NOW), e164=OLGA, label="Ours", kind=kind)
    directory = Directory()
    source = DirectorySource(store, directory, lambda: NOW)
    await source.load()
    assert directory.identify(OLGA).id == olga.id
    await say(store, put_own_number, ours)
    await source.catch_up()
    assert (directory.identify(OLGA), directory.is_own(OLGA)) == (None, True)
    async with store.read() as tx:
        assert await tx.clients.owners_of([OLGA]) == {}
    told = ReceivedClient(name="Somebody", phones=(OLGA,))
    [verdict] = await upsert_clients(store, [told], ANNA, NOW)
    assert (verdict.outcome, "of our own" in verdict.why) == (Outcome.REFUSED, True)
    with pytest.raises(InvalidInputError, match="of our own"):
        await add_phone_number(store, ClientKind.CONTACT, olga.id, OLGA, ANNA, NOW)
    await say(store, remove_own_number, ours.id)
    await source.catch_up()
    assert directory.identify(OLGA).id == olga.id


@pytest.mark.parametrize("kind", [OwnNumberKind.MOBILE, OwnNumberKind.TEST])
async def test_calls_from_it_are_nobodys_and_wait_for_nobody(store, kind):
    world = await a_world(store)
    await add_contact(store)
    await say(store, put_own_number, OwnNumber(id=new_id(NOW), e164=OLGA, label="Ours", kind=kind))
    world.directory.clients.set_own([OLGA])
    calls = missed_at(0, "1795165200.1"), answered_at(100, "1795165300.1")
    await record(world, *calls)
    async with store.read() as tx:
        told = [await tx.communications.get(call.id) for call in calls]
        assert await tx.leads.of_number(OLGA) is None
    assert told == [None, None]
    assert await listed(world) == []
