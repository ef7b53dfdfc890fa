# SPDX-License-Identifier: Apache-2.0
"""While the database is away, call events wait; when there are too many, a call's older ones go first."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from crm_core.domain.call import Call, CallEnded, CallStarted, Direction
from pbx_bridge.inbox import Inbox

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_call(number):
    return Call(
        id=UUID(int=number),
        pbx="main",
        boot="",
        linkedids=(f"{number}.1",),
        direction=Direction.INBOUND,
        caller=None,
        caller_name=None,
        dialled=None,
    )


def started(number):
    return CallStarted(call=a_call(number), at=NOON)


def ended(number):
    return CallEnded(call=a_call(number), at=NOON)


async def drain(inbox):
    return [await inbox.get() for _ in range(len(inbox))]


async def test_events_leave_in_the_order_they_came():
    inbox = Inbox()
    events = [started(1), started(2), ended(1)]
    for event in events:
        inbox.put(event)
    assert await drain(inbox) == events


async def test_waiting_ends_when_an_event_comes():
    inbox = Inbox()
    getter = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put(started(1))
    assert await getter == started(1)


async def test_an_overflow_keeps_the_last_word_on_each_call_and_every_end():
    inbox = Inbox(most=10)
    for _ in range(4):
        for number in (1, 2):
            inbox.put(started(number))
    inbox.put(ended(3))
    inbox.put(started(4))
    inbox.put(started(4))
    assert len(inbox) == 5
    assert inbox.dropped == 6
    assert [event.call.id.int for event in await drain(inbox)] == [1, 2, 3, 4, 4]


async def test_it_never_grows_beyond_its_bound():
    inbox = Inbox(most=10)
    for number in range(100):
        inbox.put(ended(number))
        assert len(inbox) <= 10
    assert (await drain(inbox))[-1] == ended(99)
    assert inbox.dropped + 10 >= 90
