# SPDX-License-Identifier: Apache-2.0
"""The directory: one object in the process, loaded and kept fresh from the database by crm_core.storage."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_core.domain.call import Call, CallEnded, CallEvent, Direction, LegEnded, LegKind
from crm_core.domain.directory.caller_number import e164
from crm_core.domain.directory.clients import Clients
from crm_core.domain.directory.in_vain import InVain
from crm_core.domain.directory.party import Party
from crm_core.domain.directory.people import Operator, OperatorState, StateSource, Team
from crm_core.domain.directory.pops import Pops
from crm_core.domain.directory.presence import Presence
from crm_core.domain.directory.roster import Roster
from crm_core.domain.directory.sharers import Sharer
from crm_core.domain.directory.standing import Standing


class Directory:
    """Reads answer in microseconds and never wait; writes are the feeder's, except states and call events."""

    def __init__(
        self,
        *,
        region: str = "RU",
        zone: str = "Europe/Moscow",
        currency: str = "RUB",
        regions: Mapping[str, str] | None = None,
    ) -> None:
        self.loading = False  # clients are not all there yet
        self.region = region  # of numbers written without a country
        self.zone = zone  # the company's: what 'today' and 'this month' mean
        self.currency = currency
        self.window = "30d"  # of turnover, shown on cards
        self.regions = dict(regions or {})  # by PBX, where it differs
        self.roster = Roster()
        self.presence = Presence(self.roster)
        self.clients = Clients(self.roster)
        self.pops = Pops()
        self.standing = Standing()
        self.in_vain = InVain()

    def day(self, at: datetime) -> date:
        """The day of the house."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    # --- people
    def operator(self, user_id: UUID) -> Operator | None:
        return self.roster.operator(user_id)

    def operator_by_extension(self, pbx: str, extension: str) -> Operator | None:
        return self.roster.by_extension(pbx, extension)

    def operator_by_device(self, pbx: str, device: str) -> Operator | None:
        return self.roster.by_device(pbx, device)

    def operators(self) -> tuple[Operator, ...]:
        return self.roster.operators()

    def team(self, name: str) -> Team | None:
        return self.roster.team(name)

    def teams(self) -> tuple[Team, ...]:
        return self.roster.teams()

    def set_people(self, operators: Iterable[Operator], teams: Iterable[Team]) -> None:
        self.roster.set_people(operators, teams)

    def set_state(
        self,
        user_id: UUID,
        state: OperatorState,
        since: datetime,
        source: StateSource | None = None,
        until: datetime | None = None,
    ) -> None:
        """The operator says available, paused, ...; the row and the frame are record_state's."""
        self.roster.set_state(user_id, state, since, source, until)

    # --- clients
    def region_of(self, pbx: str) -> str:
        return self.regions.get(pbx, self.region)

    def normalise(self, raw: str | None, region: str | None = None) -> str | None:
        """Return E.164 with '+', or None for what is no telephone number. Hostile text is no number."""
        return e164(raw, region or self.region)

    def is_own(self, number: str) -> bool:
        return self.clients.is_own(number)

    def identify(self, number_raw: str | None, region: str | None = None) -> Party | None:
        """Whose number it is; None when unknown, withheld or our own."""
        number = e164(number_raw, region or self.region)
        return None if number is None else self.clients.party(number)

    def sharers(self, number: str | None, at: datetime) -> tuple[Sharer, ...]:
        """Who of several it may be, the likeliest first; empty when the number is one client's, or nobody's."""
        return self.clients.sharers(number, at, self.currency) if number else ()

    # --- calls
    def note_call_event(self, event: CallEvent) -> None:
        """Who rings, who talks, when they last stopped, and whom a client last spoke with. Call once per event."""
        self.presence.note(event, self.day)
        if isinstance(event, LegEnded | CallEnded):
            self._note_talks(event)

    def _note_talks(self, event: CallEvent) -> None:
        call = event.call
        number = self.normalise(call.client_number, self.region_of(call.pbx))
        if number is None:
            return
        self._note_in_vain(number, event)
        party = self.clients.party(number)
        if party is None:
            return
        for leg in call.legs:
            at = leg.ended_at or event.at
            if leg.kind is LegKind.OPERATOR and leg.talk_s > 0 and at:
                person = self.presence.who(call.pbx, leg.device, leg.party)
                if person:
                    self.clients.note_talk(party.kind, party.id, person, at)

    def _note_in_vain(self, number: str, event: CallEvent) -> None:
        call = event.call
        at = call.ended_at or event.at
        if at and any(leg.kind is LegKind.OPERATOR and leg.talk_s > 0 for leg in call.legs):
            self.in_vain.note_talk(number, at)
        elif at and isinstance(event, CallEnded) and _came_in_vain(call):
            self.in_vain.note_missed(number, at)


def _came_in_vain(call: Call) -> bool:
    return call.direction is Direction.INBOUND and call.missed
