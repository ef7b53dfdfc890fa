# SPDX-License-Identifier: Apache-2.0
"""From CEL rows to calls: which rows belong to one conversation, and when it is over. Pure; shares nothing with AMI's.

Rows may come out of order, twice, or from a file that begins in mid-call. What says that rows belong together is
whatever they name in common: a channel, a linkedid (which changes when calls join), a bridge, a transfer's others.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from crm_core.domain.witness import WitnessedCall
from pbx_bridge.cel.rows import CelRow
from pbx_bridge.cel.story import story
from pbx_bridge.cel.together import HOLDING
from pbx_bridge.profile import PbxProfile

LONGEST_S = 24 * 3600.0  # silence after which a call is given up
_SETTLES_S = 1.0  # rows of one moment may change places
_GRACE_S = 5.0  # all channels are gone, but Asterisk did not say that the linkedid is
_BORN = re.compile(r"(?:.*-)?(\d{9,11})\.(\d+)")
_KEPT_CLOSED = 50_000  # names of ended calls, whose late rows begin nothing
_KEPT_COUNTERS = 10_000  # of a run
_CHANGE_PLACES = 50  # channels that are made at the same time by many threads
_OTHERS = ("transferee_channel_uniqueid", "channel2_uniqueid", "transfer_target_channel_uniqueid", "bridge_id",
           "bridge1_id", "bridge2_id", "pickup_channel_uniqueid", "local_two_uniqueid")  # fmt: skip


@dataclass(slots=True, eq=False)
class _Open:
    """A conversation that goes on: its rows in the order they came, each once."""

    mark: int
    rows: dict[CelRow, None] = field(default_factory=dict)
    living: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    linkedids: set[str] = field(default_factory=set)
    retired: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)  # all that leads here
    last: float = 0.0

    def take(self, row: CelRow) -> None:
        self.rows[row] = None
        self.last = max(self.last, row.at)
        self.linkedids.add(row.linkedid)
        if row.event == "LINKEDID_END":
            self.retired.add(row.linkedid)
        elif row.event == "CHAN_END":
            self.living.discard(row.uniqueid)
            self.gone.add(row.uniqueid)
        elif row.uniqueid not in self.gone:
            self.living.add(row.uniqueid)

    def absorb(self, other: "_Open") -> None:
        self.rows = dict(sorted((self.rows | other.rows).items(), key=lambda one: one[0].at))
        self.gone |= other.gone
        self.living = (self.living | other.living) - self.gone
        self.linkedids |= other.linkedids
        self.retired |= other.retired
        self.names |= other.names
        self.last = max(self.last, other.last)
        self.mark = min(self.mark, other.mark)

    def is_over(self, now: float) -> bool:
        if self.living:
            return now > self.last + LONGEST_S
        return now > self.last + (_SETTLES_S if self.linkedids <= self.retired else _GRACE_S)


@dataclass(frozen=True, slots=True)
class Told:
    """A call that is over. `mark` is where in the file its first row stands."""

    call: WitnessedCall
    mark: int


class CelFold:
    """One per PBX. `feed` rows as they come; `settle`, by the PBX's clock, gives the calls that are over."""

    def __init__(self, profile: PbxProfile, pbx: str) -> None:
        self._profile = profile
        self._pbx = pbx
        self._by_name: dict[str, _Open] = {}
        self._open: dict[int, _Open] = {}
        self._closed: OrderedDict[str, None] = OrderedDict()
        self._told: list[Told] = []
        self._newest = (0, -1)  # second and counter of the youngest channel
        self._counted: OrderedDict[int, str] = OrderedDict()  # counters of this run, and whose each is
        self.passed_over = 0  # conversations of nobody: technical channels

    @property
    def open_count(self) -> int:
        return len(self._open)

    def first_mark(self) -> int | None:
        """Where reading must begin again, were all of this forgotten."""
        return min((one.mark for one in self._open.values()), default=None)

    def feed(self, row: CelRow, mark: int = 0) -> list[Told]:
        """Calls that the row ends: those of a PBX that was started anew."""
        if row.uniqueid in self._closed or (row.linkedid in self._closed and row.event != "CHAN_START"):
            return []
        self._after_restart(row)
        names = {row.uniqueid, row.linkedid, *_named(row)}
        self._group(names, mark).take(row)
        return self._tell()

    def settle(self, now: float) -> list[Told]:
        self._close([one for one in self._open.values() if one.is_over(now)])
        return self._tell()

    def _tell(self) -> list[Told]:
        told, self._told = self._told, []
        return told

    def _group(self, names: set[str], mark: int) -> _Open:
        found = {id(one): one for name in names if (one := self._by_name.get(name))}
        groups = sorted(found.values(), key=lambda one: one.mark)
        if not groups:
            groups = [_Open(mark)]
            self._open[id(groups[0])] = groups[0]
        group = groups[0]
        for other in groups[1:]:
            group.absorb(other)
            del self._open[id(other)]
            for name in other.names:
                self._by_name[name] = group
        for name in names:
            self._by_name[name] = group
        group.names |= names
        return group

    def _after_restart(self, row: CelRow) -> None:
        """What a run of Asterisk that is no more left open: nothing ever said that it ended (RELIABILITY F8)."""
        mine = _BORN.fullmatch(row.uniqueid) if row.event == "CHAN_START" else None
        if mine is None or not self._begins_anew(int(mine[1]), int(mine[2]), row.uniqueid):
            return
        self._close([one for one in self._open.values() if one.last < row.at])

    def _begins_anew(self, second: int, counter: int, uniqueid: str) -> bool:
        """Asterisk counts its channels from 0: one had before, much lower, or lower and later is another run's."""
        newest, highest = self._newest
        anew = self._counted.get(counter, uniqueid) != uniqueid
        anew |= counter < highest - (0 if second > newest + 1 else _CHANGE_PLACES)
        if anew:
            self._counted.clear()
        self._counted[counter] = uniqueid
        if len(self._counted) > _KEPT_COUNTERS:
            self._counted.popitem(last=False)
        if anew or second >= newest:
            self._newest = (second, counter)
        return anew

    def _close(self, groups: Iterable[_Open]) -> None:
        """Should one of them be beyond us, it alone is lost: it is open no more, and the others are told later."""
        for group in groups:
            del self._open[id(group)]
            for name in group.names:
                self._by_name.pop(name, None)
                self._closed[name] = None
            call = story(list(group.rows), self._profile, self._pbx, cut=bool(group.living))
            if call:
                self._told.append(Told(call, group.mark))
            else:
                self.passed_over += 1
        while len(self._closed) > _KEPT_CLOSED:
            self._closed.popitem(last=False)


def _named(row: CelRow) -> list[str]:
    """Whom else a row tells of. A parking lot is one bridge for everybody who waits in it: that joins nobody."""
    if not row.extra or row.event.startswith("ROLODIAL"):
        return []
    more = row.more()
    if more.get("bridge_technology") == HOLDING:
        return []
    return [more[key] for key in _OTHERS if more.get(key)]
