# SPDX-License-Identifier: Apache-2.0
"""From bytes to the events somebody wants: the name is looked at in the bytes, the rest is parsed only then."""

from collections.abc import Callable, Iterable
from datetime import datetime

from pbx_bridge.ami_event import AmiEvent, event_name, parse
from pbx_bridge.ami_framing import AmiFraming
from pbx_bridge.late_events import LateEvents

ALWAYS = frozenset({"Banner", "Response"})
_EVENT = b"Event: "
# VarSet is two thirds of what an unfiltered PBX says; one in a thousand tells where a recording is written.
_VARSET = b"Event: VarSet"
_RECORDING = b"MIXMONITOR_FILENAME"


class AmiStream:
    """Live, resumed or replayed: the same bytes with the same times give the same events."""

    __slots__ = (
        "_came",
        "_framing",
        "_late",
        "_lines",
        "_may_be_late",
        "_on_event",
        "_skipped_before",
        "_timeless",
        "_wanted",
        "frames",
        "nameless",
    )

    def __init__(self, wanted: Iterable[str], on_event: Callable[[AmiEvent], None]) -> None:
        self._wanted = {name.encode(): name for name in {*wanted, *ALWAYS}}
        self._lines = {_EVENT + name: word for name, word in self._wanted.items()}
        self._on_event = on_event
        self._framing = AmiFraming()
        self._late = LateEvents()
        self._may_be_late = False
        self._came: datetime | None = None  # when the last event of this read did that bears a time
        self._timeless: list[AmiEvent] = []
        self._skipped_before = 0
        self.frames = 0
        self.nameless = 0  # frames without an Event or Response header

    @property
    def skipped(self) -> int:
        """Frames that could not be read: too long, or nameless."""
        return self._skipped_before + self._framing.skipped + self.nameless

    def opened(self) -> None:
        """A new connection: what was half read before it is forgotten."""
        self._skipped_before += self._framing.skipped
        self._framing = AmiFraming()
        self._late = LateEvents()

    def feed(self, data: bytes, at: datetime | None) -> int:
        """Hand on the wanted events among the frames that these bytes complete; how many frames there were."""
        lines, on_event = self._lines, self._on_event
        if at is not None:
            self._late.read(at, len(data))
        self._may_be_late, self._came = at is not None, None
        blocks = self._framing.feed(data)
        for block in blocks:  # for every event of the PBX: as little as can be
            line = block.partition(b"\r\n")[0]
            if line in lines:
                event = parse(block, at, lines[line])
                if self._may_be_late:
                    self._in_time(event)
                else:
                    on_event(event)
            elif line == _VARSET:
                if _RECORDING in block:
                    self._in_time(parse(block, at, "VarSet"))
            elif not line.startswith(_EVENT):
                self._unusual(block, at)
        self._hand_on_timeless()
        self.frames += len(blocks)
        return len(blocks)

    def _in_time(self, event: AmiEvent) -> None:
        """Hand it on with the time at which it came. Of a late read, until one is not: those behind it are younger.

        What bears no time of its own, such as an answer, came no later than what stands behind it.
        """
        timestamp, at = event.get("Timestamp"), event.at
        if self._may_be_late and at is not None:
            if not timestamp:
                self._timeless.append(event)
                return
            event.at = self._came = self._late.came(at, timestamp)
            self._may_be_late = event.at is not at
            self._hand_on_timeless()
        self._on_event(event)

    def _hand_on_timeless(self) -> None:
        """In the order they came, at the time of the event behind them, or of the last one before them."""
        if self._timeless:
            timeless, self._timeless = self._timeless, []
            for event in timeless:
                event.at = self._came or event.at
                self._on_event(event)

    def _unusual(self, block: bytes, at: datetime | None) -> None:
        """A response, the banner, a frame that does not begin with its name, or none at all."""
        name = event_name(block)
        if name in self._wanted:
            self._in_time(parse(block, at, self._wanted[name]))
        elif not name:
            self.nameless += 1
