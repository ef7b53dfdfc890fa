# SPDX-License-Identifier: Apache-2.0
"""Whose channels the rows of one call speak of: persons, Local halves, nobody's; who was rung and who called. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm_core.domain.call import LegKind
from pbx_bridge.cel.rows import CelRow
from pbx_bridge.profile import PbxProfile, Place, device_of, dialled_number, said_number

_OUTGOING = "(Outgoing Line)"  # what Asterisk puts into the application data of a channel that was dialled
_LISTENS = frozenset({"ChanSpy", "ExtenSpy"})  # a supervisor: no call, and nobody's part in one
_NOBODY = frozenset({Place.LOCAL, Place.TECHNICAL})


@dataclass(slots=True, eq=False)
class Party:
    """A person on a channel. Pickup puts another phone behind the same uniqueid: that is another party."""

    uniqueid: str
    device: str
    kind: LegKind
    number: str | None
    since: float
    until: float
    dialled: bool
    exten: str = ""
    name: str = ""
    cause: str = ""
    source: str = ""  # the channel that hung up, as Asterisk says
    app: str = ""  # the application it left last
    channels: set[str] = field(default_factory=set)  # its names

    @property
    def is_outside(self) -> bool:
        return self.kind is LegKind.EXTERNAL


class Parties:
    """All parties of one call, in order of appearance."""

    def __init__(self, rows: Sequence[CelRow], profile: PbxProfile) -> None:
        self._profile = profile
        self._rows = rows
        self.ends = {row.uniqueid: row.at for row in rows if row.event == "CHAN_END"}
        self.of: dict[str, list[Party]] = {}
        halves: dict[str, dict[str, str]] = {}
        by_channel: dict[str, list[CelRow]] = {}
        for row in rows:
            by_channel.setdefault(row.uniqueid, []).append(row)
        for uniqueid, mine in by_channel.items():
            stem, semicolon, half = mine[0].channel.rpartition(";")
            if any(row.app in _LISTENS for row in mine):
                continue
            if semicolon and stem.startswith("Local/"):
                halves.setdefault(stem, {})[half] = uniqueid
            else:
                self._add(uniqueid, mine)
        self.doors = [(one["1"], one["2"]) for one in halves.values() if len(one) > 1]

    @property
    def all(self) -> list[Party]:
        return sorted((one for some in self.of.values() for one in some), key=lambda one: one.since)

    def at(self, uniqueid: str, moment: float) -> Party | None:
        """Who stood behind the channel then."""
        found = None
        for party in self.of.get(uniqueid, ()):
            if found is None or party.since <= moment:
                found = party
        return found

    def _add(self, uniqueid: str, rows: Sequence[CelRow]) -> None:
        dialled = any(row.app_data == _OUTGOING for row in rows)
        end = self.ends.get(uniqueid, self._rows[-1].at)
        party: Party | None = None
        for row in rows:
            if not row.channel or "<" in row.channel:  # a masquerade under way
                continue
            device = device_of(row.channel)
            if party is None or device != party.device:
                if party:
                    party.until = row.at
                party = self._party(row, device, end, dialled=dialled)
                if party:
                    self.of.setdefault(uniqueid, []).append(party)
            if party:
                _learn(party, row)
        if party and self.of.get(uniqueid, [])[0].number is None:
            self._number(self.of[uniqueid][0], rows)

    def _party(self, row: CelRow, device: str, end: float, *, dialled: bool) -> Party | None:
        place, extension = self._profile.place(row.channel, row.number, row.context)
        if place in _NOBODY:
            return None
        inside = place is Place.EXTENSION
        number = extension if inside else None if dialled else said_number(row.number)
        kind = LegKind.OPERATOR if inside else LegKind.EXTERNAL
        return Party(row.uniqueid, device, kind, number, row.at, end, dialled, row.exten)

    def _number(self, party: Party, rows: Sequence[CelRow]) -> None:
        """Of an outside party: what was dialled, else the first number that was ever said of it."""
        if party.dialled:
            party.number = self._dialled(party)
        party.number = party.number or next(
            (said for row in rows if (said := said_number(row.number)) and said != "s"), None
        )

    def _dialled(self, party: Party) -> str | None:
        """'PJSIP/+7916...@trunk,120,...': what Dial was given last before the channel began."""
        found = None
        for row in self._rows:
            if row.event != "APP_START" or row.app != "Dial" or row.at > party.since:
                continue
            for target in row.app_data.partition(",")[0].split("&"):
                endpoint = target.rpartition("@")[2] if "@" in target else target.partition("/")[2]
                if endpoint.partition("/")[0] == party.device.partition("/")[2]:
                    found = dialled_number(target) or found
        return found


def _learn(party: Party, row: CelRow) -> None:
    party.channels.add(row.channel)
    party.name = party.name or (said_number(row.name) or "")
    if row.event == "APP_START":
        party.app = row.app
    elif row.event == "HANGUP":
        more: Mapping[str, str] = row.more()
        party.cause, party.source = more.get("hangupcause", ""), more.get("hangupsource", "")
