# SPDX-License-Identifier: Apache-2.0
"""What call events tell about our people: who is in a call, who talked last, who let it ring, who is spoken for."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from crm_core.domain.call import Call, CallEnded, CallEvent, CallMerged, LegEnded, LegKind
from crm_core.domain.directory.roster import Roster

RESERVED_FOR = timedelta(seconds=3)
UNANSWERED = "no_answer"  # a leg's end_reason


@dataclass(slots=True)
class Person:
    calls: set[UUID] = field(default_factory=set)  # they ring or talk in
    last_talk_at: datetime | None = None
    no_answer_at: datetime | None = None
    reserved_at: datetime | None = None
    reserved_for: UUID | None = None
    turn: int = 0  # when they were last chosen by round robin
    talks: set[UUID] = field(default_factory=set)  # calls they talked in on `talks_day`
    talks_day: date | None = None

    def note_talk(self, call_id: UUID, day: date) -> None:
        """The same call again changes nothing, nor does one of an earlier day."""
        if self.talks_day is None or day > self.talks_day:
            self.talks_day, self.talks = day, set()
        if day == self.talks_day:
            self.talks.add(call_id)

    def talks_on(self, day: date) -> int:
        return len(self.talks) if day == self.talks_day else 0

    def is_reserved(self, now: datetime) -> bool:
        """A clock that was set back an hour does not make it an hour longer."""
        return self.reserved_at is not None and abs(now - self.reserved_at) < RESERVED_FOR


_UNHEARD_OF = Person()  # only read


class Presence:
    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._people: dict[UUID, Person] = {}
        self._in_call: dict[UUID, set[UUID]] = {}
        self._turns = 0

    def note(self, event: CallEvent, day_of: Callable[[datetime], date]) -> None:
        call = event.call
        active = set() if isinstance(event, CallEnded) else set(self._active(call))
        self._replace(call.id, active)
        if isinstance(event, CallMerged):
            self._replace(event.merged, set())
        for user_id, at in self._talks(call, event.at):
            person = self._person(user_id)
            person.last_talk_at = max(at, person.last_talk_at or at)
            person.no_answer_at = None
            person.note_talk(call.id, day_of(at))
        if isinstance(event, LegEnded):
            self._note_end(event)

    def person(self, user_id: UUID) -> Person:
        """What is known of them, to be read now and not kept."""
        return self._people.get(user_id, _UNHEARD_OF)

    def set_last_talk(self, user_id: UUID, at: datetime) -> None:
        """At start: from the database."""
        person = self._person(user_id)
        person.last_talk_at = max(at, person.last_talk_at or at)

    def set_talk(self, user_id: UUID, call_id: UUID, day: date) -> None:
        """At start: from the database."""
        self._person(user_id).note_talk(call_id, day)

    def reserve(self, users: Iterable[UUID], call_id: UUID, now: datetime) -> None:
        """Spoken for until their phone's DialEnd or three seconds: two calls at once do not choose the same person."""
        for user_id in users:
            person = self._person(user_id)
            person.reserved_at, person.reserved_for = now, call_id

    def take_turn(self, user_id: UUID) -> None:
        """They were chosen by round robin just now."""
        self._turns += 1
        self._person(user_id).turn = self._turns

    def _person(self, user_id: UUID) -> Person:
        return self._people.setdefault(user_id, Person())

    def who(self, pbx: str, device: str | None, party: str | None) -> UUID | None:
        found = self._roster.by_device(pbx, device) if device else None
        if found is None and party:
            found = self._roster.by_extension(pbx, party)
        return found.id if found else None

    def _active(self, call: Call) -> Iterator[UUID]:
        for leg in call.legs:
            if leg.kind is LegKind.OPERATOR and leg.ended_at is None and leg.end_reason is None:
                user_id = self.who(call.pbx, leg.device, leg.party)
                if user_id:
                    yield user_id

    def _talks(self, call: Call, at: datetime | None) -> Iterator[tuple[UUID, datetime]]:
        for leg in call.legs:
            ended = leg.ended_at or at
            if leg.kind is LegKind.OPERATOR and leg.talk_s > 0 and leg.answered_at and ended:
                user_id = self.who(call.pbx, leg.device, leg.party)
                if user_id:
                    yield user_id, ended

    def _note_end(self, event: LegEnded) -> None:
        user_id = self.who(event.call.pbx, event.leg.device, event.leg.party)
        if user_id is None:
            return
        person = self._person(user_id)
        if person.reserved_for == event.call.id:
            person.reserved_at = person.reserved_for = None
        if event.leg.end_reason == UNANSWERED:
            person.no_answer_at = event.at

    def _replace(self, call_id: UUID, active: set[UUID]) -> None:
        before = self._in_call.pop(call_id, set())
        for user_id in before - active:
            self._person(user_id).calls.discard(call_id)
        for user_id in active:
            self._person(user_id).calls.add(call_id)
        if active:
            self._in_call[call_id] = active
