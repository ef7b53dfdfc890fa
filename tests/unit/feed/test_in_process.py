# SPDX-License-Identifier: Apache-2.0
"""Who gets a frame, what becomes of a screen that does not read, and whether a pop was painted."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import orjson
import pytest

from crm_core.feed import InProcessFeed
from crm_core.feed.watcher import QueuedWatcher
from crm_core.ports.feed import EVERYBODY, AckState, Audience

ANNA, BORIS = UUID(int=1), UUID(int=2)


class Ticks:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def feed(ticks: Ticks) -> InProcessFeed:
    return InProcessFeed(monotonic=ticks, queue=4, backlog=100)


async def types(watcher: QueuedWatcher) -> list[str]:
    return [orjson.loads(frame)["type"] for frame in await asyncio.wait_for(watcher.take(), 1)]


def pop(feed: InProcessFeed, *users: UUID) -> UUID:
    number = uuid4()
    feed.publish("pop", {"pop": number, "call_id": str(uuid4())}, Audience.of(*users))
    return number


async def painting_tab(feed: InProcessFeed, user: UUID, ticks: Ticks, took_s: float) -> QueuedWatcher:
    tab = feed.watch(user, "operator")
    tab.set_visible(visible=True)
    feed.probe(tab)
    asked = orjson.loads((await tab.take())[-1])
    ticks.now += took_s
    feed.acknowledge(tab, UUID(asked["data"]["id"]), AckState.PAINTED)
    return tab


async def test_frames_go_to_whom_they_are_for_and_to_nobody_else(feed: InProcessFeed):
    anna, boris, admin = (
        feed.watch(user, role)
        for user, role in [(ANNA, "operator"), (BORIS, "operator"), (UUID(int=3), "admin")]
    )
    feed.publish("call", {"call_id": "c", "state": "ringing"}, Audience.of(ANNA))
    feed.publish("pbx", {"name": "main"}, Audience(roles=frozenset({"admin"})))
    feed.publish("operator", {"user_id": ANNA}, EVERYBODY)
    assert await types(anna) == ["snapshot", "call", "operator"]
    assert await types(boris) == ["snapshot", "operator"]
    assert await types(admin) == ["snapshot", "pbx", "operator"]


async def test_ids_times_and_money_become_text(feed: InProcessFeed):
    anna = feed.watch(ANNA, "operator")
    at = datetime(2026, 1, 2, tzinfo=UTC)
    feed.publish("recording", {"id": ANNA, "at": at, "sum": Decimal("1.50")}, Audience.of(ANNA))
    data = orjson.loads((await anna.take())[-1])["data"]
    assert data == {"id": str(ANNA), "at": "2026-01-02T00:00:00+00:00", "sum": "1.50"}


@pytest.mark.parametrize(
    ("kind", "to"), [("pop", EVERYBODY), ("call", EVERYBODY), ("operator", Audience.of(ANNA))]
)
async def test_a_frame_addressed_the_wrong_way_is_refused_at_once(
    feed: InProcessFeed, kind: str, to: Audience
):
    with pytest.raises(ValueError, match="address"):
        feed.publish(kind, {}, to)
    assert feed.stats().seq == 0


async def test_a_screen_that_does_not_read_is_closed_and_others_are_not_disturbed(feed: InProcessFeed):
    slow, quick = feed.watch(ANNA, "operator"), feed.watch(BORIS, "operator")
    for _ in range(10):
        feed.publish("operator", {"user_id": ANNA}, EVERYBODY)
        await quick.take()
    assert slow.close_code == 1013
    assert await slow.take() == []
    assert quick.close_code is None
    feed.unwatch(slow)
    feed.unwatch(slow)
    assert (feed.stats().cut_off, feed.stats().watchers) == (1, 1)


async def test_a_closed_screen_wakes_its_writer(feed: InProcessFeed):
    tab = feed.watch(ANNA, "operator")
    await tab.take()
    waiting = asyncio.create_task(tab.take())
    await asyncio.sleep(0)
    feed.close_user(ANNA, 4401)
    assert await waiting == []
    assert tab.close_code == 4401
    tab.say(b"too late")
    assert await tab.take() == []


async def test_too_much_missed_or_another_epoch_means_a_snapshot(feed: InProcessFeed):
    for _ in range(300):
        feed.publish("operator", {"user_id": ANNA}, EVERYBODY)
    assert await types(feed.watch(ANNA, "operator", after=298, epoch=feed.epoch)) == [
        "resumed",
        "operator",
        "operator",
    ]
    for after, epoch in [(0, feed.epoch), (150, feed.epoch), (298, "older"), (301, feed.epoch), (None, "")]:
        assert await types(feed.watch(ANNA, "operator", after=after, epoch=epoch)) == ["snapshot"]
    many = InProcessFeed()
    for _ in range(300):
        many.publish("operator", {"user_id": ANNA}, EVERYBODY)
    assert await types(many.watch(ANNA, "operator", after=0, epoch=many.epoch)) == ["snapshot"]
    assert (feed.stats().snapshots, feed.stats().resumed) == (5, 1)


async def test_a_pong_says_how_far_the_screen_has_everything(feed: InProcessFeed):
    tab = feed.watch(ANNA, "operator")
    feed.publish("communication", {"id": "x"}, Audience.of(BORIS))
    feed.pong(tab)
    assert orjson.loads((await tab.take())[-1]) == {"type": "pong", "seq": 1}


async def test_only_a_visible_tab_that_paints_in_time_is_waited_for(feed: InProcessFeed, ticks: Ticks):
    assert not feed.has_visible_tab([ANNA])
    tab = feed.watch(ANNA, "operator")
    tab.set_visible(visible=True)
    assert not feed.has_visible_tab([ANNA]), "nobody has measured it yet"
    await painting_tab(feed, BORIS, ticks, 0.2)
    assert not feed.has_visible_tab([BORIS]), "too slow"
    quick = await painting_tab(feed, ANNA, ticks, 0.02)
    assert feed.has_visible_tab([BORIS, ANNA])
    quick.set_visible(visible=False)
    assert not feed.has_visible_tab([ANNA])


async def test_the_first_paint_ends_the_wait(feed: InProcessFeed, ticks: Ticks):
    anna, boris = feed.watch(ANNA, "operator"), feed.watch(BORIS, "operator")
    number = pop(feed, ANNA, BORIS)
    waiting = asyncio.create_task(feed.painted(number, 5))
    await asyncio.sleep(0)
    ticks.now += 0.03
    feed.acknowledge(anna, number, AckState.PAINTED)
    feed.acknowledge(boris, number, AckState.PAINTED)
    assert await waiting
    assert await feed.painted(number, 5), "asked again, it is known"
    stats = feed.stats()
    assert (stats.pops, stats.painted) == (1, 1)
    assert stats.painted_p50_ms == pytest.approx(30)
    assert stats.painted_p95_ms == pytest.approx(30)
    assert anna.usual_ms == pytest.approx(30)


async def test_the_wait_is_bounded_and_unknown_pops_are_not_waited_for(feed: InProcessFeed):
    feed.watch(ANNA, "operator")
    assert not await feed.painted(pop(feed, ANNA), 0.01)
    assert not await feed.painted(uuid4(), 5)


async def test_a_late_paint_after_the_wait_is_still_counted(feed: InProcessFeed):
    anna = feed.watch(ANNA, "operator")
    number = pop(feed, ANNA)
    assert not await feed.painted(number, 0.001)
    feed.acknowledge(anna, number, AckState.PAINTED)
    assert feed.stats().painted == 1


async def test_nobody_acknowledges_what_was_not_for_them(feed: InProcessFeed):
    anna, boris = feed.watch(ANNA, "operator"), feed.watch(BORIS, "operator")
    number = pop(feed, ANNA)
    feed.acknowledge(boris, number, AckState.PAINTED)
    feed.acknowledge(anna, uuid4(), AckState.PAINTED)
    assert not await feed.painted(number, 0.001)
    assert feed.stats().painted == 0


async def test_pops_without_an_acknowledgement_are_counted_after_two_seconds(
    feed: InProcessFeed, ticks: Ticks
):
    anna = feed.watch(ANNA, "operator")
    received, silent, nobody = pop(feed, ANNA), pop(feed, ANNA), pop(feed, BORIS)
    feed.acknowledge(anna, received, AckState.RECEIVED)
    ticks.now += 1.9
    assert feed.stats().unacknowledged == 0
    ticks.now += 0.2
    stats = feed.stats()
    assert (stats.unacknowledged, stats.unwatched, stats.received) == (1, 1, 1)
    feed.acknowledge(anna, silent, AckState.PAINTED)
    assert feed.stats().unacknowledged == 1, "late is late"
    ticks.now += 100
    feed.stats()
    assert not await feed.painted(nobody, 0.001), "forgotten after a minute"


async def test_a_hidden_tab_does_not_answer_for_its_speed(feed: InProcessFeed):
    tab = feed.watch(ANNA, "operator")
    feed.probe(tab)
    asked = orjson.loads((await tab.take())[-1])
    feed.acknowledge(tab, UUID(asked["data"]["id"]), AckState.RECEIVED)
    assert tab.usual_ms is None


async def test_a_screen_of_another_feed_is_not_accepted(feed: InProcessFeed):
    with pytest.raises(TypeError):
        feed.unwatch(object())  # type: ignore[arg-type]
