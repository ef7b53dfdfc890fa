# SPDX-License-Identifier: Apache-2.0
"""Working hours of people in the whole product but for a PBX: states, queues, decisions, restarts, the loop itself."""

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.working_hours import keep_hours
from crm_core.domain.audit import Actor
from crm_core.domain.directory import Directory
from crm_core.domain.directory.people import OperatorState, StateSource
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.facts import Availability
from crm_core.domain.routing.live import RouteRequest, live_facts
from crm_core.domain.schedule import Schedule
from crm_core.ports.pbx import LinkState
from crm_core.ports.store import StoreAwayError
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.heed_phone import heed_phone
from crm_core.usecases.keep_working_hours import keep_working_hours
from crm_core.usecases.note_absence import call_off_absence, note_absence
from crm_core.usecases.put_settings import put_schedule, remove_schedule
from crm_core.usecases.set_operator_state import set_operator_state, sync_states
from crm_core.usecases.trail import Trail
from tests.support.calls import OLGA, PBX, a_world, add_contact, add_user
from tests.support.fake_pbx import FakePbx
from tests.support.routing import rules_of
from tests.support.until import until
from web.i18n.catalogues import catalogues
from web.i18n.l10n import L10n
from web.words import Words

AVAILABLE, PAUSED, OFFLINE = OperatorState.AVAILABLE, OperatorState.PAUSED, OperatorState.OFFLINE
FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)
MORNING, EVENING = FRIDAY.replace(hour=6), FRIDAY.replace(hour=15)  # 9 to 18 in Moscow
MONDAY = MORNING + timedelta(days=3)
MINUTE = timedelta(minutes=1)
OFFICE = Schedule(
    id=new_id(FRIDAY), name="office", zone="Europe/Moscow", days=(((540, 1080),),) * 5 + ((), ())
)
QUEUE = {"to": "queue", "queue": "default", "seconds": 60}
NIGHT = {"to": "queue", "queue": "night", "seconds": 60, "if_manager": "offline"}
OWN = {
    "id": "own",
    "when": {"manager": "assigned"},
    "step": [{"to": "assigned_manager", "seconds": 15}, NIGHT, QUEUE],
}
RULES = rules_of(OWN, {"id": "rest", "step": [QUEUE]})


class House:
    """Anna works by these hours, Boris by none; both said this morning that they are available."""

    def __init__(self, world) -> None:
        self.world, self.store, self.pbx = world, world.store, FakePbx()
        self.anna, self.boris = world.anna, world.boris

    async def open(self, hours=OFFICE):
        async with self.store.begin() as tx:
            await tx.schedules.save(hours)
            await tx.people.save_user(replace(self.anna, schedule_id=hours.id))
        for user in (self.anna, self.boris):
            await self.say(user, AVAILABLE, MORNING + 10 * MINUTE)

    async def say(self, user, state, now, reason=None):
        feed, pbxs = self.world.feed, [self.pbx]
        return await set_operator_state(
            self.store, feed, pbxs, user, user.id, state=state, now=now, reason=reason
        )

    async def look(self, now):
        return await keep_working_hours(self.store, self.world.feed, [self.pbx], now)

    async def state(self, user=None):
        user = user or self.anna
        async with self.store.read() as tx:
            return (await tx.states.current([user.id]))[user.id]

    async def history(self):
        async with self.store.read() as tx:
            spans = await tx.states.between(self.anna.id, FRIDAY, FRIDAY + timedelta(days=30))
        return [(one.state, one.source) for one in spans]

    def trail(self, now):
        return Trail(Actor("sofia", self.world.sofia.id), now)


@pytest.fixture
async def house(store):
    made = House(await a_world(store))
    await made.open()
    return made


async def test_at_the_end_state_queues_and_screens_say_off_shift_and_in_the_morning_available(house):
    assert await house.look(EVENING - MINUTE) == EVENING
    assert (await house.state()).state is AVAILABLE
    assert await house.look(EVENING) == MONDAY
    out = await house.state()
    assert (out.state, out.source, out.until, out.started_at) == (
        OFFLINE,
        StateSource.SCHEDULE,
        MONDAY,
        EVENING,
    )
    assert (house.pbx.available["101"], house.pbx.reasons["101"]) == (False, "off shift")
    frame = house.world.feed.data("operator")[-1]
    assert (frame["state"], frame["source"], frame["until"]) == ("offline", "schedule", MONDAY.isoformat())
    assert (await house.state(house.boris)).state is AVAILABLE  # who has no hours works as before

    assert await house.look(MONDAY) == MONDAY + timedelta(hours=9)
    back = await house.state()
    assert (back.state, back.source, back.until) == (AVAILABLE, StateSource.SCHEDULE, None)
    assert (house.pbx.available["101"], house.pbx.reasons["101"]) == (True, "")
    async with house.store.read() as tx:
        last, *_ = sorted(
            await tx.audit.of("operator_state", house.anna.id), key=lambda one: -one.at.timestamp()
        )
    assert (last.actor, last.after) == (Actor("working hours"), {"state": "available", "reason": None})


async def test_looking_again_changes_nothing(house):
    for _ in range(3):
        await house.look(EVENING + MINUTE)
    assert len(await house.history()) == 2


async def test_a_whole_house_goes_home_at_once_and_each_is_told_once(house):
    users = []
    async with house.store.begin() as tx:
        for number in range(60):
            user = await add_user(tx, f"one{number}", str(200 + number))
            users.append(replace(user, schedule_id=OFFICE.id))
            await tx.people.save_user(users[-1])
    for user in users[:50]:
        await house.say(user, AVAILABLE, MORNING + 10 * MINUTE)
    frames = len(house.world.feed.sent)
    await house.look(EVENING)
    gone = {"101", *(str(200 + number) for number in range(50))}
    assert {extension for extension, reason in house.pbx.reasons.items() if reason == "off shift"} == gone
    assert len(house.world.feed.sent) == frames + len(gone)


async def test_a_pause_stays_over_the_night_and_so_does_offline_of_ones_own(house):
    await house.say(house.anna, PAUSED, EVENING - MINUTE, "lunch")
    for moment in (EVENING, MONDAY):
        await house.look(moment)
    assert ((await house.state()).state, house.pbx.reasons["101"]) == (PAUSED, "lunch")

    await house.say(house.anna, AVAILABLE, MONDAY + MINUTE)
    await house.look(MONDAY + timedelta(hours=9))
    await house.say(house.anna, OFFLINE, MONDAY + timedelta(hours=10))  # off shift, and now ill
    await house.look(MONDAY + timedelta(days=1))
    ill = await house.state()
    assert (ill.state, ill.source, ill.until) == (OFFLINE, StateSource.SCREEN, None)


async def test_overtime_by_screen_or_by_phone_lasts_until_the_next_end(house):
    await house.look(EVENING)
    heard = {"pbx": PBX, "extension": "101", "available": True, "now": EVENING + MINUTE}
    late = await heed_phone(house.store, house.world.feed, [house.pbx], **heard)
    assert (late.state, late.source) == (AVAILABLE, StateSource.PHONE)
    for moment in (EVENING + 2 * MINUTE, EVENING + timedelta(hours=8), MONDAY, MONDAY + timedelta(hours=8)):
        await house.look(moment)
        assert (await house.state()).id == late.id
    await house.look(MONDAY + timedelta(hours=9))
    assert (await house.state()).is_off_shift


async def test_a_queue_that_pauses_who_is_off_shift_changes_nothing(house):
    await house.look(EVENING)
    heard = {"pbx": PBX, "extension": "101", "available": False, "reason": "off shift"}
    assert await heed_phone(house.store, house.world.feed, [house.pbx], **heard, now=EVENING + MINUTE) is None
    assert (await house.state()).is_off_shift


async def test_what_ended_while_the_server_was_away_is_made_up_for_once(house):
    await house.look(EVENING + timedelta(hours=4))
    assert (await house.state()).until == MONDAY
    await house.look(MONDAY + timedelta(days=1, hours=12))  # a whole day of work later, in the evening
    assert ((await house.state()).state, (await house.state()).until) == (OFFLINE, MONDAY + timedelta(days=2))
    await house.look(MONDAY + timedelta(days=2, hours=3))
    assert [state for state, _ in await house.history()] == [AVAILABLE, OFFLINE, OFFLINE, AVAILABLE]


async def test_a_pbx_that_was_away_hears_it_when_it_is_back(house):
    house.pbx.state = LinkState.DISCONNECTED
    await house.look(EVENING)
    assert house.pbx.available["101"] is True
    house.pbx.state = LinkState.CONNECTED
    await sync_states(house.store, house.pbx, EVENING + MINUTE)
    assert (house.pbx.available["101"], house.pbx.reasons["101"]) == (False, "off shift")


async def test_a_clock_that_is_set_back_bounces_nobody(house):
    await house.look(EVENING + MINUTE)
    for moment in (EVENING - 5 * MINUTE, EVENING - MINUTE, EVENING, EVENING + 2 * MINUTE):
        await house.look(moment)
    assert len(await house.history()) == 2


async def test_who_says_something_while_we_look_is_not_overruled(house, monkeypatch):
    """Between the look and the change Anna pauses: her word is the newer one."""
    await house.look(EVENING - MINUTE)
    read = house.store.read

    @asynccontextmanager
    async def slow():
        async with read() as tx:
            yield tx
        monkeypatch.setattr(house.store, "read", read)
        await house.say(house.anna, PAUSED, EVENING, "lunch")

    monkeypatch.setattr(house.store, "read", slow)
    await house.look(EVENING)
    assert ((await house.state()).state, house.pbx.reasons["101"]) == (PAUSED, "lunch")


async def test_on_holiday_nobody_is_brought_back_until_they_are_back(house):
    await house.look(EVENING)
    trail = house.trail(EVENING)
    async with house.store.begin() as tx:
        holiday = await note_absence(
            tx,
            house.anna.id,
            starts_at=EVENING + timedelta(hours=6),
            ends_at=MONDAY + timedelta(days=7, hours=-6),
            deputy_id=house.boris.id,
            reason=None,
            trail=trail,
        )
        await trail.write(tx)
    for moment in (EVENING + MINUTE, MONDAY):
        await house.look(moment)
    assert (await house.state()).until == MONDAY + timedelta(days=7)
    assert house.pbx.available["101"] is False  # no queue rings a desk where nobody sits
    trail = house.trail(MONDAY + MINUTE)
    async with house.store.begin() as tx:
        await call_off_absence(tx, house.anna.id, holiday.id, trail)
        await trail.write(tx)
    await house.look(MONDAY + MINUTE)
    assert (await house.state()).state is AVAILABLE


async def test_other_hours_say_another_time_and_none_leave_who_is_out_until_they_say_so(house):
    await house.look(EVENING)
    async with house.store.begin() as tx:
        await put_schedule(tx, replace(OFFICE, days=(((540, 1080),),) * 7), house.trail(EVENING))
    await house.look(EVENING + MINUTE)
    assert (await house.state()).until == MORNING + timedelta(days=1)
    async with house.store.begin() as tx:
        await tx.people.save_user(house.anna)
    for moment in (EVENING + 2 * MINUTE, MONDAY):
        await house.look(moment)
    out = await house.state()
    assert (out.is_off_shift, out.until) == (True, None)
    async with house.store.begin() as tx:  # a mistake that is mended
        await tx.people.save_user(replace(house.anna, schedule_id=OFFICE.id))
    await house.look(MONDAY + MINUTE)
    assert (await house.state()).state is AVAILABLE


async def test_hours_by_which_somebody_works_are_not_removed_and_free_who_left(house):
    async with house.store.begin() as tx:
        with pytest.raises(InvalidInputError, match="people work by these hours"):
            await remove_schedule(tx, OFFICE.id, house.trail(EVENING))
        renamed = replace(OFFICE, name="desk")
        await put_schedule(tx, renamed, house.trail(EVENING))
        gone = replace(house.anna, schedule_id=OFFICE.id, archived_at=EVENING)
        await tx.people.save_user(gone)
        await remove_schedule(tx, OFFICE.id, house.trail(EVENING))
        assert (await tx.people.user(house.anna.id)).schedule_id is None


async def test_who_is_off_shift_is_not_rung_and_the_trace_says_why(house):
    await add_contact(house.store, manager=house.anna)
    await house.look(EVENING)
    directory = Directory()
    source = DirectorySource(house.store, directory, lambda: EVENING)
    await source.load()
    ask = RouteRequest(pbx=PBX, linkedid="1", did="+74951112233", caller=OLGA, at=EVENING + MINUTE)
    decision = evaluate(live_facts(ask, directory, lambda _device: "NOT_INUSE"), RULES)
    person = decision.facts.people[house.anna.id]
    assert (person.availability, person.detail) == (
        Availability.OFFLINE,
        f"off shift until {MONDAY.isoformat()}",
    )
    assert [step.target for step in decision.steps] == ["night", "default"]
    passed = next(one for one in decision.trace if one.code == "passed_over")
    words = Words(L10n("en", catalogues()["en"].translations, ZoneInfo("UTC"), "RU", EVENING))
    assert words.why({"code": passed.code, "params": passed.params}) == "Passed over: Anna, off shift"

    await house.look(MONDAY)
    await source.catch_up()
    there = replace(ask, at=MONDAY)
    decision = evaluate(live_facts(there, directory, lambda _device: "NOT_INUSE"), RULES)
    assert decision.steps[0].people == (house.anna.id,)


@asynccontextmanager
async def keeping(house, clock):
    loop = asyncio.create_task(keep_hours(house.store, house.world.feed, lambda: [house.pbx], clock))
    yield loop
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop


class Clock:
    """Goes on by itself from where it is set."""

    def __init__(self, at) -> None:
        self.set(at)

    def set(self, at):
        self._at, self._since = at, asyncio.get_running_loop().time()

    def __call__(self) -> datetime:
        return self._at + timedelta(seconds=asyncio.get_running_loop().time() - self._since)


async def is_out(house):
    return (await house.state()).is_off_shift


async def test_the_loop_wakes_at_the_boundary_and_when_hours_or_people_change(house):
    clock = Clock(EVENING - timedelta(seconds=0.3))
    async with keeping(house, clock):
        await until(lambda: is_out(house), 18)  # far sooner than it looks by itself
        assert (await house.state()).started_at >= EVENING
        trail = house.trail(clock())
        async with house.store.begin() as tx:
            await put_schedule(tx, replace(OFFICE, days=(((540, 1200),),) * 7), trail)
            await trail.write(tx)
        async with asyncio.timeout(18):
            while await is_out(house):
                await asyncio.sleep(0.01)


async def test_the_loop_outlives_a_database_that_is_away(house, monkeypatch):
    tries, read = [], house.store.read

    @asynccontextmanager
    async def away():
        tries.append(1)
        if len(tries) < 3:
            raise StoreAwayError("locked")
        async with read() as tx:
            yield tx

    monkeypatch.setattr(house.store, "read", away)
    monkeypatch.setattr("config.working_hours._LOOK_EVERY_S", 0.01)
    async with keeping(house, Clock(EVENING)):
        await until(lambda: len(tries) >= 3)
        monkeypatch.setattr(house.store, "read", read)
        await until(lambda: is_out(house))
