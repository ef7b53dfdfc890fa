# SPDX-License-Identifier: Apache-2.0
"""Working hours of a person: whatever happens in whatever order, their state is what the rules say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.absence import Absence
from crm_core.domain.directory.people import OperatorState, StateSource
from crm_core.domain.operator_state import StateInterval
from crm_core.domain.routing.hours import OpeningHours
from crm_core.domain.shift import Turn, shift_of, turn, without

AVAILABLE, OFFLINE, PAUSED, MEETING = (
    OperatorState.AVAILABLE,
    OperatorState.OFFLINE,
    OperatorState.PAUSED,
    OperatorState.MEETING,
)
WHO = UUID(int=1)
MINUTE = timedelta(minutes=1)
FRIDAY = datetime(2026, 11, 27, tzinfo=UTC)
OFFICE = OpeningHours(
    name="office",
    zone="Europe/Moscow",  # 06:00 to 15:00 in UTC
    days=(((540, 1080),),) * 5 + ((), ()),
    holidays=frozenset({"2026-12-01"}),
)
BROKEN = OpeningHours(name="with a break", zone="Europe/Berlin", days=(((480, 720), (780, 1020)),) * 7)
NIGHT = OpeningHours(name="night", zone="Europe/Berlin", days=(((1320, 360),),) * 7)
NEVER = OpeningHours(name="never", zone="Europe/Berlin", days=((),) * 7)


def on_friday(hour, minute=0):
    return FRIDAY + timedelta(hours=hour, minutes=minute)


def said(state, at, source=StateSource.SCREEN, until=None):
    return StateInterval(id=UUID(int=2), user_id=WHO, state=state, started_at=at, source=source, until=until)


def away(since, until):
    return Absence(id=UUID(int=3), user_id=WHO, starts_at=since, ends_at=until, created_at=FRIDAY)


def look(hours, state, at, absences=()):
    return turn(without(shift_of(hours, at), absences, hours, at), state, at)


MONDAY_MORNING = on_friday(3 * 24 + 6)


def test_at_the_end_who_is_available_goes_off_shift_until_the_hours_begin_again():
    here = said(AVAILABLE, on_friday(7))
    assert look(OFFICE, here, on_friday(14, 59)) is None
    assert look(OFFICE, here, on_friday(15)) == Turn(OFFLINE, MONDAY_MORNING)


@pytest.mark.parametrize("state", [PAUSED, MEETING, OFFLINE, OperatorState.WRAP_UP])
def test_who_is_away_by_their_own_word_is_neither_taken_out_nor_brought_back(state):
    for moment in (on_friday(15), MONDAY_MORNING):
        assert look(OFFICE, said(state, on_friday(12)), moment) is None


def test_who_was_taken_out_is_brought_back_and_who_never_said_anything_is_not():
    out = said(OFFLINE, on_friday(15), StateSource.SCHEDULE, MONDAY_MORNING)
    assert look(OFFICE, out, MONDAY_MORNING - MINUTE) is None
    assert look(OFFICE, out, MONDAY_MORNING) == Turn(AVAILABLE)
    assert look(OFFICE, None, MONDAY_MORNING) is None


def test_overtime_lasts_until_the_next_end():
    late = said(AVAILABLE, on_friday(16))
    for moment in (on_friday(16, 1), on_friday(40), MONDAY_MORNING, MONDAY_MORNING + 8 * 60 * MINUTE):
        assert look(OFFICE, late, moment) is None
    tuesday_is_a_holiday = MONDAY_MORNING + timedelta(days=2)
    assert look(OFFICE, late, MONDAY_MORNING + timedelta(hours=9)) == Turn(OFFLINE, tuesday_is_a_holiday)


def test_in_an_absence_nobody_is_brought_back_and_its_begin_is_an_end():
    holiday = away(on_friday(10), MONDAY_MORNING + timedelta(hours=2))
    here = said(AVAILABLE, on_friday(7))
    assert look(OFFICE, here, on_friday(9, 59), [holiday]) is None
    assert look(OFFICE, here, on_friday(10), [holiday]) == Turn(OFFLINE, holiday.ends_at)
    out = said(OFFLINE, on_friday(10), StateSource.SCHEDULE, holiday.ends_at)
    assert look(OFFICE, out, MONDAY_MORNING, [holiday]) is None
    assert look(OFFICE, out, holiday.ends_at, [holiday]) == Turn(AVAILABLE)
    works_all_the_same = said(AVAILABLE, on_friday(11))
    assert look(OFFICE, works_all_the_same, on_friday(12), [holiday]) is None
    assert look(OFFICE, works_all_the_same, on_friday(15), [holiday]).state is OFFLINE


def test_an_absence_that_is_to_come_ends_the_shift_that_runs():
    shift = without(
        shift_of(OFFICE, on_friday(9)), [away(on_friday(10), on_friday(11))], OFFICE, on_friday(9)
    )
    assert (shift.runs, shift.changes_at) == (True, on_friday(10))


def test_other_hours_change_until_when_and_none_leave_them_as_they_are():
    out = said(OFFLINE, on_friday(15), StateSource.SCHEDULE, MONDAY_MORNING)
    weekend = replace(OFFICE, days=(((540, 1080),),) * 7)
    assert look(weekend, out, on_friday(16)) == Turn(OFFLINE, on_friday(30))
    assert turn(None, out, on_friday(16)) == Turn(OFFLINE, None)
    assert turn(None, replace(out, until=None), MONDAY_MORNING) is None
    assert turn(None, said(AVAILABLE, on_friday(7)), on_friday(16)) is None


def test_hours_that_never_open_take_nobody_out():
    assert look(NEVER, said(AVAILABLE, FRIDAY - timedelta(days=100)), FRIDAY) is None


# --- any history: minutes pass, people say what they are, and somebody looks or does not
_words = st.sampled_from([AVAILABLE, AVAILABLE, PAUSED, OFFLINE, MEETING])
_histories = st.lists(st.tuples(st.integers(1, 900), st.none() | _words), max_size=12)
_hours = st.sampled_from([OFFICE, BROKEN, NIGHT])
_absences = st.lists(
    st.tuples(st.integers(0, 6000), st.integers(1, 3000)).map(
        lambda span: away(START + span[0] * MINUTE, START + (span[0] + span[1]) * MINUTE)
    ),
    max_size=2,
)
START = datetime(2026, 10, 23, 4, 30, tzinfo=UTC)  # clocks in Berlin go back in the night to Sunday


class Life:
    """One person, as the use cases would lead their state."""

    def __init__(self, hours, absences=()) -> None:
        self.hours, self.absences = hours, absences
        self.past = [said(AVAILABLE, START)]

    @property
    def now(self):
        return self.past[-1]

    def shift(self, at):
        return without(shift_of(self.hours, at), self.absences, self.hours, at)

    def look(self, at):
        if to := turn(self.shift(at), self.now, at):
            self.past.append(said(to.state, max(at, self.now.started_at), StateSource.SCHEDULE, to.until))

    def say(self, state, at):
        if (self.now.state, self.now.is_off_shift) != (state, False):
            self.past.append(said(state, max(at, self.now.started_at)))


@given(_hours, _absences, _histories)
def test_after_any_history_the_state_is_what_the_rules_say(hours, absences, history):
    life, at = Life(hours, absences), START
    for minutes, word in history:
        at += minutes * MINUTE
        life.look(at)
        before, shift = life.now, life.shift(at)
        assert turn(shift, before, at) is None  # nothing is done twice
        assert not (shift.runs and before.is_off_shift)
        if before.state is AVAILABLE and not shift.runs and shift.ended_at:
            assert before.started_at >= shift.ended_at  # overtime
        if before.is_off_shift:
            assert before.until == shift.changes_at
        if word:
            life.say(word, at)
            life.look(at)
            assert life.now.state is word  # nobody's own word is undone at once
    for one, after in zip(life.past, life.past[1:], strict=False):
        if after.source is StateSource.SCHEDULE:
            assert one.state is AVAILABLE or one.is_off_shift


@given(_hours, _absences, _histories)
def test_what_passed_while_nobody_looked_is_made_up_for(hours, absences, history):
    """One is looked after at every boundary, the other only when somebody says something: they end alike."""
    watched, late, at = Life(hours, absences), Life(hours, absences), START
    for minutes, word in history:
        end = at + minutes * MINUTE
        while (change := watched.shift(at).changes_at) and change <= end:
            at = change
            watched.look(at)
        at = end
        watched.look(at)
        late.look(at)
        ends = [(life.now.state, life.now.is_off_shift, life.now.until) for life in (watched, late)]
        assert ends[0] == ends[1]
        if word:
            watched.say(word, at)
            late.say(word, at)


@given(_hours, st.integers(1, 2000), st.integers(1, 300), st.lists(st.integers(0, 300), max_size=8))
def test_a_clock_that_is_set_back_bounces_nobody(hours, minutes, back, looks):
    life, at = Life(hours), START + minutes * MINUTE
    life.look(at)
    count = len(life.past)
    if life.now.started_at == at:  # they were just taken out
        for passed in sorted(looks):
            if passed <= back:
                life.look(at + (passed - back) * MINUTE)
        assert len(life.past) == count
