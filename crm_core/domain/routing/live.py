# SPDX-License-Identifier: Apache-2.0
"""The facts of this moment, from the directory: people are looked at when a rule first asks for them, and kept."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from crm_core.domain.directory import Directory, Line, Operator, OperatorState, Party
from crm_core.domain.directory.caller_number import is_withheld
from crm_core.domain.directory.presence import Person
from crm_core.domain.directory.sharers import Sharer
from crm_core.domain.frozen import frozen
from crm_core.domain.open_items import dues
from crm_core.domain.routing.conditions import DID, HOUSE
from crm_core.domain.routing.facts import SHARED, AskedHours, AskedLogins, Availability, Candidate, Facts
from crm_core.domain.routing.keyed import chosen_in_menu, number_keyed
from crm_core.domain.routing.live_fields import LiveFields
from crm_core.domain.routing.number_facts import NumberFacts

DeviceStates = Callable[[str], str]  # 'PJSIP/101' -> Asterisk's word for it
_UNREACHABLE = frozenset({"UNAVAILABLE", "INVALID"})
ENGAGED = frozenset({"INUSE", "BUSY", "RINGING", "RINGINUSE", "ONHOLD"})
_PAIR = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_@/.+-]{1,80}\Z")  # may stand in a channel variable (FACTS A8)
_TRUNK = re.compile(r"[A-Za-z0-9_@/.+-]{1,80}\Z", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z", re.ASCII)
_DID = re.compile(r"[^0-9+*#]")
_NAME_LENGTH = 80
_NAMES_SHOWN = 3  # of those who share a number
# Bits of a caller's presentation (Q.931): 0x20 restricted, 0x40 not available.
_PRESENTATION, _ALLOWED = 0x60, 0x00


@frozen
class RouteRequest:
    """A call asks where to go. All of it is the caller's or the trunk's text."""

    pbx: str
    linkedid: str
    did: str
    caller: str
    caller_name: str = ""
    presentation: str = "0"  # agi_callingpres
    trunk: str = ""  # the device it came in by
    language: str = ""  # chosen by the caller
    menu: str = ""  # the same
    order_number: str = ""  # keyed in
    client_number: str = ""  # keyed in
    behind: bool = False  # the PBX has not told of this call: what it said of phones is old
    at: datetime


@lru_cache(maxsize=4096)
def _is_safe(line: Line) -> bool:
    return _PAIR.match(f"{line.extension}:{line.device}") is not None


class LivePeople(dict[UUID, Candidate]):
    """Candidates as they are now; what was asked for stays, and is what is stored."""

    def __init__(
        self, directory: Directory, pbx: str, states: DeviceStates, now: datetime, no_answer_s: int
    ) -> None:
        self._directory = directory
        self._pbx = pbx
        self._states = states
        self._now = now
        self._today: date | None = None  # of the house; looked up once somebody has talked today
        self._no_answer = timedelta(seconds=no_answer_s)

    def __missing__(self, user_id: UUID) -> Candidate:
        found = self[user_id] = self._look(user_id)
        return found

    def _look(self, user_id: UUID) -> Candidate:
        operator = self._directory.operator(user_id)
        if operator is None:
            detail = "not an operator any more"
            return Candidate(id=user_id, name="", availability=Availability.OFFLINE, detail=detail)
        person = self._directory.presence.person(user_id)
        lines = [line for line in operator.lines if line.pbx == self._pbx and _is_safe(line)]
        states = [(line.device, self._states(line.device)) for line in lines]
        availability, detail = self._availability(operator, person, states)
        away = self._directory.standing.absence(user_id, self._now)
        if away is not None:
            availability, detail = Availability.AWAY, f"away until {away.ends_at.isoformat()}"
        return Candidate(
            id=user_id,
            name=operator.name,
            availability=availability,
            detail=detail,
            since=operator.state_since,
            pairs=tuple(
                [
                    (line.extension, line.device)
                    for line, (_, state) in zip(lines, states, strict=True)
                    if state not in _UNREACHABLE
                ]
            ),
            last_talk_at=person.last_talk_at,
            turn=person.turn,
            talks_today=self._talks_today(person),
        )

    def _talks_today(self, person: Person) -> int:
        if not person.talks:
            return 0
        if self._today is None:
            self._today = self._directory.day(self._now)
        return person.talks_on(self._today)

    def _availability(
        self, operator: Operator, person: Person, states: list[tuple[str, str]]
    ) -> tuple[Availability, str]:
        if operator.state is OperatorState.OFFLINE:
            return Availability.OFFLINE, operator.off_shift or "state offline"
        if operator.state is not OperatorState.AVAILABLE:
            return Availability.PAUSED, f"state {operator.state.value}"
        if not states:
            return Availability.OFFLINE, "no device"
        if all(state in _UNREACHABLE for _, state in states):
            return Availability.OFFLINE, " ".join(states[0])
        return self._engaged(person, states)

    def _engaged(self, person: Person, states: list[tuple[str, str]]) -> tuple[Availability, str]:
        for device in states:
            if device[1] in ENGAGED:
                return Availability.ON_CALL, " ".join(device)
        # Where the PBX has not told the state of their phones, our own calls do.
        if person.calls and any(state == "UNKNOWN" for _, state in states):
            return Availability.ON_CALL, "in a call"
        if person.is_reserved(self._now):
            return Availability.ON_CALL, "reserved"
        silent_at = person.no_answer_at
        if silent_at is not None and abs(self._now - silent_at) < self._no_answer:  # a clock may be set back
            return Availability.NO_ANSWER, f"let a call ring out at {silent_at.isoformat()}"
        return Availability.FREE, ""


class LiveTeams(dict[str, tuple[UUID, ...]]):
    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def __missing__(self, name: str) -> tuple[UUID, ...]:
        team = self._directory.team(name)
        members = self[name] = team.members if team else ()
        return members


class LiveHours(AskedHours):
    """Those kept in the settings, at the time of the call."""

    def __init__(self, directory: Directory, did: str | None, at: datetime) -> None:
        self._standing = directory.standing
        self._did = did
        self._at = at

    def __missing__(self, key: str) -> bool | None:
        found = self[key] = self._look(key)
        return found

    def _look(self, key: str) -> bool | None:
        if key == DID:
            of_line = self._standing.hours_of(self._did)
            return of_line is None or of_line.open_at(self._at)
        hours = self._standing.hours(key.removeprefix(HOUSE))
        return None if hours is None else hours.open_at(self._at)


class LiveLogins(AskedLogins):
    def __init__(self, directory: Directory) -> None:
        self._roster = directory.roster

    def __missing__(self, login: str) -> UUID | None:
        found = self._roster.by_login(login)
        user_id = self[login] = found.id if found else None
        return user_id


def live_facts(ask: RouteRequest, directory: Directory, states: DeviceStates, no_answer_s: int = 0) -> Facts:
    """Never raises for anything a caller can send."""
    region = directory.region_of(ask.pbx)
    withheld = is_withheld(ask.caller) or _restricted(ask.presentation)
    number = caller_number(ask.caller, ask.presentation, directory, region)
    client_number = number_keyed(ask.client_number)
    party, told_by = directory.clients.who(number, client_number)
    sharers = directory.sharers(number, ask.at) if number and party is None else ()
    likely = sharers[0].party if sharers else party
    dialled = _DID.sub("", ask.did)[:20]
    did = directory.normalise(dialled, region) or dialled or None
    return Facts(
        at=ask.at,
        pbx=ask.pbx,
        did=did,
        number=number,
        caller_kind=SHARED if sharers else _kind(directory, number, party, withheld=withheld),
        caller_name=printable(ask.caller_name) or None,
        currency=directory.currency,
        trunk=ask.trunk if ask.trunk and _TRUNK.match(ask.trunk) else None,
        language=_chosen(ask.language) or directory.standing.language(did),
        menu=chosen_in_menu(ask.menu),
        order_number=number_keyed(ask.order_number),
        client_number=client_number,
        told_by=told_by,
        missed_at=_missed_at(directory, number, likely, ask.at) if number else None,
        deputy=_deputy(directory, likely, ask.at),
        about_number=NumberFacts(number),
        hours=LiveHours(directory, did, ask.at),
        logins=LiveLogins(directory),
        people=LivePeople(directory, ask.pbx, states, ask.at, no_answer_s),
        teams=LiveTeams(directory),
        fields=LiveFields(directory.clients.fields, likely),
        tasks=dues(likely.tasks, ask.at, directory.day(ask.at)) if likely and likely.tasks else (),
        **(_of_sharers(sharers, directory) if sharers else _of_party(party, directory)),
    )


def _of_sharers(sharers: Sequence[Sharer], directory: Directory) -> dict[str, Any]:
    """It is nobody's, but the call must go somewhere: to whom the likeliest would be led."""
    names = " / ".join(one.party.name for one in sharers[:_NAMES_SHOWN])
    nobody = {"party_id": None, "party_name": names, "company_id": None, "company_name": None}
    return _of_party(sharers[0].party, directory) | nobody


def _of_party(party: Party | None, directory: Directory) -> dict[str, Any]:
    if party is None:
        return {"tags": (), "debt": 0, "deals": ()}
    return {
        "tags": party.tags,
        "debt": party.debt,
        "deals": party.deals,
        "party_id": party.id,
        "party_name": party.name,
        "company_id": party.company_id,
        "company_name": party.company_name,
        "group_id": party.group_id,
        "group_name": party.group_name,
        "lead_status": party.lead_status,
        "manager": party.manager_id,
        "last_operator": party.last_operator_id,
        "last_talk_at": party.last_talk_at,
        "turnover": party.turnover,
        "turnover_at": directory.clients.turnover_at,
        "band": party.band,
        "band_since": party.band_since.isoformat() if party.band_since else None,
        "band_as_of": party.band_as_of.isoformat() if party.band_as_of else None,
    }


def _missed_at(directory: Directory, number: str, party: Party | None, at: datetime) -> datetime | None:
    """When they called in vain on this day of the house; a talk by any number of theirs ends it."""
    missed = directory.in_vain.since(number)
    if missed is None or missed > at or directory.day(missed) != directory.day(at):
        return None
    talked = party.last_talk_at if party else None
    return missed if talked is None or talked < missed else None


def _deputy(directory: Directory, party: Party | None, at: datetime) -> UUID | None:
    manager = party.manager_id if party else None
    return directory.standing.deputy(manager, at) if manager else None


def _chosen(language: str) -> str | None:
    return language if language and _LANGUAGE.match(language) else None


def caller_number(caller: str, presentation: str, directory: Directory, region: str | None) -> str | None:
    """In E.164, unless it is withheld."""
    if is_withheld(caller) or _restricted(presentation):
        return None
    return directory.normalise(caller, region)


def _kind(directory: Directory, number: str | None, party: Party | None, *, withheld: bool) -> str:
    if party is not None:
        return party.kind.value
    if withheld:
        return "withheld"
    return "own" if number and directory.is_own(number) else "unknown"


def _restricted(presentation: str) -> bool:
    return (
        presentation.isascii()
        and presentation.isdigit()
        and len(presentation) < 4  # noqa: PLR2004 - one octet
        and int(presentation) & _PRESENTATION != _ALLOWED
    )


def printable(text: str) -> str:
    """Drop control characters and what no encoding can carry; cut to what a display shows."""
    shown = text if text.isprintable() else "".join(c for c in text if c.isprintable())
    return shown[:_NAME_LENGTH].strip()
