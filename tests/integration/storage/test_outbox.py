# SPDX-License-Identifier: Apache-2.0
"""The outbox's rows: put in once, held by one worker at a time, tried again, given up."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from crm_core.domain.mail import NotAnAddressError
from crm_core.domain.outbox import TRIED_FOR, OutKind, OutState, next_try
from crm_core.usecases.put_mail import invitation, put_mail

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HELD = timedelta(minutes=1)


async def add(store, key, *, kind=OutKind.WEBHOOK, target="https://a.example", now=NOW):
    async with store.begin() as tx:
        return await tx.outbox.add(kind, target, {"n": key}, key=key, now=now)


async def claim(store, now=NOW, kind=OutKind.WEBHOOK, limit=10, busy=()):
    async with store.begin() as tx:
        return await tx.outbox.claim(kind, now, now + HELD, limit, busy)


async def only(store):
    async with store.read() as tx:
        found = [item for state in OutState for item in await tx.outbox.page(state, None, None, 10)]
    (item,) = found
    return item


async def test_the_same_thing_is_put_in_once(store):
    assert await add(store, "a")
    assert not await add(store, "a")
    assert len(await claim(store)) == 1


async def test_what_was_rolled_back_never_goes_out(store):
    with pytest.raises(RuntimeError):
        async with store.begin() as tx:
            await tx.outbox.add(OutKind.PUSH, "x", {}, key="x", now=NOW)
            raise RuntimeError
    async with store.read() as tx:
        assert not await tx.outbox.is_due(NOW)


async def test_a_claimed_row_is_nobody_elses_until_its_worker_must_be_dead(store):
    await add(store, "a")
    assert len(await claim(store)) == 1
    assert not await claim(store, NOW + HELD - timedelta(seconds=1))
    assert len(await claim(store, NOW + HELD)) == 1


async def test_two_workers_at_once_share_and_never_take_the_same(store):
    for n in range(20):
        await add(store, f"{n}", target=f"https://{n}.example")
    taken = await asyncio.gather(*(claim(store, limit=5) for _ in range(6)))
    ids = [item.id for batch in taken for item in batch]
    assert len(ids) == len(set(ids)) == 20


async def test_one_target_takes_two_places_at_most_and_none_while_it_is_busy(store):
    for n in range(10):
        await add(store, f"slow {n}", target="slow")
    await add(store, "quick", target="quick", now=NOW + timedelta(seconds=1))
    later = NOW + timedelta(seconds=2)
    assert [item.target for item in await claim(store, later, limit=5)] == ["slow", "slow", "quick"]
    assert not await claim(store, later, busy=["slow"])


async def test_failures_wait_longer_and_longer_and_end_after_three_days(store):
    await add(store, "a")
    now, waits = NOW, []
    while (item := await only(store)).state is OutState.WAITING:
        due = next_try(item, now, 0.5)
        async with store.begin() as tx:
            await tx.outbox.failed(item.id, "connection refused", due, now)
        waits.append(due and (due - now).total_seconds())
        now = due or now
    assert waits[:7] == [10, 60, 300, 1800, 7200, 21600, 21600]
    assert waits[-1] is None
    assert TRIED_FOR <= now - NOW < TRIED_FOR + timedelta(hours=6)
    assert (item.tries, item.last_error) == (len(waits), "connection refused")


async def test_retry_of_what_was_given_up_has_three_new_days(store):
    await add(store, "a")
    item, late = await only(store), NOW + timedelta(days=9)
    async with store.begin() as tx:
        assert await tx.outbox.give_up(item.id, NOW)
        assert await tx.outbox.retry(item.id, late)
    again = await only(store)
    assert (again.state, again.due_at) == (OutState.WAITING, late)
    assert next_try(again, late, 0.5)


async def test_the_waits_are_spread_by_chance(store):
    await add(store, "a")
    item = await only(store)
    assert next_try(item, NOW, 0.0) == NOW + timedelta(seconds=7.5)
    assert next_try(item, NOW, 1.0) == NOW + timedelta(seconds=12.5)


async def test_a_sent_mail_forgets_its_link(store):
    mail = invitation(to="anna@example.com", name="Anna", link="https://crm/invitation/secret", login="anna")
    async with store.begin() as tx:
        assert await put_mail(tx, mail, key="invitation:1", now=NOW)
        assert not await put_mail(tx, mail, key="invitation:1", now=NOW)
    (item,) = await claim(store, kind=OutKind.MAIL)
    assert item.payload["values"]["link"].endswith("secret")
    async with store.begin() as tx:
        await tx.outbox.sent(item.id, NOW)
    kept = await only(store)
    assert (kept.state, kept.payload, kept.address) == (OutState.SENT, {}, "anna@example.com")


async def test_counts_pages_and_old_rows(store):
    for n in range(3):
        await add(store, f"{n}", now=NOW + timedelta(seconds=n))
    item = (await claim(store, NOW + timedelta(seconds=9), limit=1))[0]
    async with store.begin() as tx:
        await tx.outbox.sent(item.id, NOW)
    async with store.read() as tx:
        counts = {one.state: one.count for one in await tx.outbox.counts()}
        waiting = await tx.outbox.page(OutState.WAITING, OutKind.WEBHOOK, None, 10)
        assert await tx.outbox.waiting_for("https://a.example") == 2
    assert counts == {OutState.WAITING: 2, OutState.SENT: 1}
    assert [one.key for one in waiting] == ["2", "1"]
    async with store.begin() as tx:
        assert await tx.outbox.forget(NOW + timedelta(days=1)) == 1


async def test_a_dead_target_is_given_up_as_one(store):
    await add(store, "a")
    async with store.begin() as tx:
        assert await tx.outbox.give_up_target("https://a.example", NOW) == 1
    assert (await only(store)).state is OutState.GIVEN_UP


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@b\r\nBcc: c@d", "a@b c", "a b@c", "<a@b>", "a@b,c@d", "a@b\0", "a\n@b", "a@b\u2028x"],
)
def test_no_address_brings_a_header_with_it(address):
    with pytest.raises(NotAnAddressError):
        invitation(to=address, name="A", link="x", login="a")
