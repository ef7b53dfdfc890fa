# SPDX-License-Identifier: Apache-2.0
"""Two things happen to one caller in the same moment: both read before either writes, and still one item is open."""

import asyncio
from dataclasses import replace

import pytest

from crm_core.domain.ids import new_id
from crm_core.domain.missed import Attempt, AttemptKind, Caller, MissedState, given_up
from crm_core.domain.missed_views import MissedView
from crm_core.storage.missed import SqlMissedCallers
from crm_core.usecases.open_missed import open_missed, save
from tests.support.calls import OLGA, a_world, add_contact, at
from tests.support.missed import OTHER, listed

TOGETHER_S = 30.0


@pytest.fixture
async def world(store):
    return await a_world(store)


def an_attempt(seconds, e164=OLGA):
    return Attempt(id=new_id(at(seconds)), kind=AttemptKind.CALL, at=at(seconds), e164=e164)


async def tell(world, attempt, caller=None):
    async with world.store.begin() as tx:
        return await open_missed(tx, attempt, caller or Caller(e164=attempt.e164), at(60))


@pytest.fixture
def both_have_read(monkeypatch, database_url):
    """Where two may write at once, nobody writes before two have read."""
    if database_url.startswith("sqlite"):  # one writer: the second cannot begin before the first is over
        return
    waiting = asyncio.Barrier(2)

    def after_the_other(plain):
        async def write(self, item):
            async with asyncio.timeout(TOGETHER_S):
                await waiting.wait()
            return await plain(self, item)

        return write

    for name in ("open", "rekey"):
        monkeypatch.setattr(SqlMissedCallers, name, after_the_other(getattr(SqlMissedCallers, name)))


@pytest.mark.usefixtures("both_have_read")
async def test_two_attempts_of_one_caller_are_one_item(world):
    await asyncio.gather(tell(world, an_attempt(0)), tell(world, an_attempt(1)))
    (item,) = await listed(world)
    assert (item.attempts, item.first_at, item.last_at) == (2, at(0), at(1))


async def test_a_number_that_becomes_a_contact_while_the_contact_calls_from_another(world, request):
    """One opens the contact's item, one moves the number's to the contact: the index lets one of them."""
    await tell(world, an_attempt(0))
    olga = await add_contact(world.store)
    request.getfixturevalue("both_have_read")
    first = Caller(e164=OLGA, contact_id=olga.id)
    second = Caller(e164=OTHER, contact_id=olga.id)
    await asyncio.gather(tell(world, an_attempt(1), first), tell(world, an_attempt(2, OTHER), second))
    (item,) = await listed(world)
    assert (item.key, item.attempts, item.first_at) == (str(olga.id), 3, at(0))


async def test_the_one_in_the_way_is_settled_before_it_is_held(world, monkeypatch, database_url):
    kept = await tell(world, an_attempt(0))
    plain = SqlMissedCallers._held
    if database_url.startswith("sqlite"):  # one writer: only before, or after
        await _close(world, kept)
    else:
        asked = []

        async def held(self, *which):
            asked.append(which)
            if len(asked) == 1:  # open() of the second attempt: its INSERT has found the first one open
                monkeypatch.setattr(SqlMissedCallers, "_held", plain)
                await _close(world, kept)
            return await plain(self, *which)

        monkeypatch.setattr(SqlMissedCallers, "_held", held)
    async with world.store.begin() as tx:
        again = await tx.missed.open(_other(kept))
    assert (again.id, again.closed_at) == (_other(kept).id, None)
    assert [item.state for item in await listed(world, MissedView.CLOSED)] == [MissedState.GAVE_UP]


async def _close(world, item):
    async with world.store.begin() as tx:
        await save(tx, given_up(item, None, "it was a mistake", at(70)), at(70))


def _other(kept):
    return replace(kept, id=_OTHER_ID)


_OTHER_ID = new_id(at(80))
