# SPDX-License-Identifier: Apache-2.0
"""Nobody calls twice: taking a missed caller, letting them go, giving them up."""

import asyncio

import pytest

from crm_core.domain.audit import Actor
from crm_core.domain.errors import ConflictError, NotFoundError
from crm_core.domain.missed import ClaimedError, MissedState, SettledError
from crm_core.domain.missed_views import MissedView
from crm_core.domain.people import Team
from crm_core.ports.pbx import DeviceState, OriginateUnknownError
from crm_core.usecases.access_missed import access_missed
from crm_core.usecases.call_back import call_back
from crm_core.usecases.claim_missed import claim_missed, release_missed
from crm_core.usecases.give_up_missed import NoReasonError, give_up_missed, reopen_missed
from crm_core.usecases.place_call import ClickToCall, PhoneGoneError
from tests.support.calls import a_call, a_leg, a_world, add_contact, add_user, at, ended
from tests.support.fake_pbx import FakePbx
from tests.support.missed import called_back, listed, missed_at, record, the_item


@pytest.fixture
async def world(store):
    return await a_world(store)


def actor(user):
    return Actor(user.login, user.id)


async def unclaimed(world):
    """Rang at nobody's, so that everybody sees it."""
    await add_contact(world.store)
    await record(world, ended(a_call("1795165200.1", legs=())))
    return await the_item(world)


async def claim(world, user, item):
    return await claim_missed(world.store, user, item.id, actor(user), at(60))


async def test_two_operators_read_before_either_writes_and_one_gets_the_claim(world):
    item = await unclaimed(world)
    both_have_read = asyncio.Barrier(2)

    async def click(user):
        async with world.store.read() as tx:
            assert (await access_missed(tx, user, item.id)).claimed_by is None
        await both_have_read.wait()
        return await claim(world, user, item)

    told = await asyncio.gather(click(world.anna), click(world.boris), return_exceptions=True)
    won = [one for one in told if not isinstance(one, Exception)]
    (lost,) = (one for one in told if isinstance(one, Exception))
    assert len(won) == 1
    assert isinstance(lost, ClaimedError)
    names = {world.anna.id: "Anna", world.boris.id: "Boris"}
    assert names[won[0].claimed_by] in str(lost)
    assert (await the_item(world)).claimed_by == won[0].claimed_by


async def test_two_open_transactions_that_both_read_it_free(world, database_url):
    """Where two may write at once, the second waits for the first and then finds it taken."""
    item = await unclaimed(world)
    if database_url.startswith("sqlite"):  # one writer: the second transaction cannot begin to write before
        async with world.store.begin() as tx:
            assert await tx.missed.claim(item.id, world.anna.id, at(60))
            assert not await tx.missed.claim(item.id, world.boris.id, at(60))
        return
    both_have_read = asyncio.Barrier(2)

    async def take(user):
        async with world.store.begin() as tx:
            assert (await tx.missed.get(item.id)).claimed_by is None
            await both_have_read.wait()
            return await tx.missed.claim(item.id, user.id, at(60))

    won = dict(zip("ab", await asyncio.gather(take(world.anna), take(world.boris)), strict=True))
    assert sorted(won.values()) == [False, True]
    assert (await the_item(world)).claimed_by == (world.anna.id if won["a"] else world.boris.id)


async def test_a_call_that_is_kept_meanwhile_does_not_undo_a_claim(world):
    item = await unclaimed(world)
    await claim(world, world.anna, item)
    await record(world, missed_at(100, "1795165300.1"))
    now = await the_item(world)
    assert (now.state, now.claimed_by, now.attempts) == (MissedState.CLAIMED, world.anna.id, 2)


async def test_to_claim_again_what_one_has_changes_nothing(world):
    item = await unclaimed(world)
    first = await claim(world, world.anna, item)
    assert await claim_missed(world.store, world.anna, item.id, actor(world.anna), at(99)) == first


async def test_who_lets_go_leaves_it_to_others_and_nobody_takes_it_from_a_colleague(world):
    item = await unclaimed(world)
    await claim(world, world.anna, item)
    for do in (release_missed, lambda *args: give_up_missed(*args[:3], "no", *args[3:])):
        with pytest.raises(ClaimedError, match="Anna"):
            await do(world.store, world.boris, item.id, actor(world.boris), at(70))
    await release_missed(world.store, world.anna, item.id, actor(world.anna), at(70))
    await release_missed(world.store, world.anna, item.id, actor(world.anna), at(70))
    assert (await claim(world, world.boris, item)).claimed_by == world.boris.id
    released = await release_missed(world.store, world.sofia, item.id, actor(world.sofia), at(80))
    assert (released.state, released.claimed_by) == (MissedState.MISSED, None)


async def test_to_give_up_needs_a_reason_and_can_be_taken_back(world):
    item = await unclaimed(world)
    give_up = (world.store, world.anna, item.id)
    with pytest.raises(NoReasonError):
        await give_up_missed(*give_up, "  ", actor(world.anna), at(60))
    await give_up_missed(*give_up, "Wrong number", actor(world.anna), at(60))
    closed = await the_item(world)
    assert (closed.state, closed.reason, closed.closed_by) == (
        MissedState.GAVE_UP,
        "Wrong number",
        world.anna.id,
    )
    for late in (claim(world, world.boris, item), release_missed(*give_up, actor(world.anna), at(61))):
        with pytest.raises(SettledError):
            await late
    with pytest.raises(SettledError):
        await give_up_missed(*give_up, "Again", actor(world.anna), at(61))
    await reopen_missed(*give_up, actor(world.anna), at(62))
    assert (await the_item(world)).state is MissedState.MISSED
    with pytest.raises(ConflictError):
        await reopen_missed(*give_up, actor(world.anna), at(63))


async def test_what_is_opened_again_joins_what_they_have_open_since(world):
    item = await unclaimed(world)
    await claim(world, world.anna, item)
    await give_up_missed(world.store, world.anna, item.id, "No answer", actor(world.anna), at(40))
    await record(world, missed_at(100, "1795165300.1"))
    assert len(await listed(world)) == 1
    await reopen_missed(world.store, world.anna, item.id, actor(world.anna), at(120))
    now = await the_item(world)
    assert (now.attempts, now.claimed_by, now.first_at) == (2, world.anna.id, at(0))


async def test_every_claim_and_every_giving_up_stands_in_the_trail(world):
    item = await unclaimed(world)
    await claim(world, world.anna, item)
    await release_missed(world.store, world.anna, item.id, actor(world.anna), at(70))
    await give_up_missed(world.store, world.boris, item.id, "Spam", actor(world.boris), at(80))
    await reopen_missed(world.store, world.boris, item.id, actor(world.boris), at(90))
    async with world.store.read() as tx:
        entries = await tx.audit.of("missed", item.id)
    assert sorted((one.actor.name, one.action) for one in entries) == [
        ("anna", "claim"),
        ("anna", "release"),
        ("boris", "give_up"),
        ("boris", "reopen"),
    ]


async def test_a_claim_outlasts_a_try_in_vain_and_ends_with_the_talk(world):
    item = await unclaimed(world)
    await claim(world, world.anna, item)
    await record(world, called_back(100, "1795165300.1", answered=False))
    assert (await the_item(world)).state is MissedState.CLAIMED
    await record(world, called_back(200, "1795165400.1"))
    assert ((await the_item(world)).state, (await listed(world, MissedView.MINE))) == (
        MissedState.REACHED,
        [],
    )


async def test_an_operator_sees_their_own_their_teams_and_what_is_nobodys(world):
    await add_contact(world.store, manager=world.boris)
    await record(world, ended(a_call("1795165200.1", legs=(a_leg("102"),))))
    item = await the_item(world)
    assert item.owner_id == world.boris.id
    with pytest.raises(NotFoundError):
        await claim(world, world.anna, item)
    async with world.store.begin() as tx:
        carl = await add_user(tx, "carl")
        team = Team(id=item.id, name="retail", members=frozenset({world.anna.id, world.boris.id}))
        await tx.people.save_team(team)
    assert (await claim(world, world.anna, item)).claimed_by == world.anna.id
    with pytest.raises(NotFoundError):
        await claim(world, carl, item)


class UnsurePbx(FakePbx):
    async def originate(self, **_call):
        raise OriginateUnknownError


@pytest.mark.parametrize(
    ("pbx", "refusal", "keeps"), [(UnsurePbx, OriginateUnknownError, True), (FakePbx, PhoneGoneError, False)]
)
async def test_the_claim_stays_where_the_call_may_have_been_placed(world, pbx, refusal, keeps):
    item = await unclaimed(world)
    of_anna = pbx()
    if not keeps:
        of_anna.devices["PJSIP/101"] = DeviceState.UNAVAILABLE
    phone = ClickToCall(world.store, world.directory, [of_anna])
    with pytest.raises(refusal):
        await call_back(world.store, phone, world.anna, item.id, actor(world.anna), at(60))
    assert (await the_item(world)).claimed_by == (world.anna.id if keeps else None)
