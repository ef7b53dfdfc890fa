# SPDX-License-Identifier: Apache-2.0
"""Reads a PBX's journal again: the segments of a period, and their events in the order and at the times of then."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import structlog

from crm_core.domain.call import CallEvent
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.ami_stream import AmiStream
from pbx_bridge.amij import Head, JournalFormatError, Kind, Read, at_of
from pbx_bridge.call_tracker import WANTED, CallTracker
from pbx_bridge.journal_files import begun, segments
from pbx_bridge.sealed import Keys
from pbx_bridge.segment import Segment, SegmentLockedError, Trouble

log = structlog.get_logger()


class Fold:
    """Feeds a tracker with what was read, oldest first, as it was fed live."""

    def __init__(self, tracker: CallTracker, on_told: Callable[[list[CallEvent]], None]) -> None:
        self._tracker = tracker
        self._on_told = on_told
        self._stream = AmiStream(WANTED, self._event)
        self.last: datetime | None = None
        self.events = 0

    @property
    def frames(self) -> int:
        return self._stream.frames

    def begin(self, head: Head) -> None:
        """A segment that goes on in mid-connection says of which boot its calls are."""
        date, _, time = head.boot.partition("T")
        if date and time and not self._tracker.boot:
            self._event(AmiEvent("Response", {"CoreStartupDate": date, "CoreStartupTime": time}, self.last))

    def feed(self, read: Read) -> None:
        if read.kind is Kind.LOST:
            self.lost()
            return
        self.last = at_of(read.wall_ns)
        if read.kind is Kind.OPENED:
            self._stream.opened()
        else:
            self._stream.feed(read.data, self.last)

    def lost(self) -> None:
        """Reads are missing here."""
        self._stream.opened()
        self._tracker.doubt()

    def finish(self) -> None:
        """No more will come."""
        self._on_told(self._tracker.finish())

    def _event(self, event: AmiEvent) -> None:
        self.events += 1
        try:
            told = self._tracker.feed(event)
        except Exception:  # noqa: BLE001 - it was logged when it was live
            log.debug("event passed over", ami_event=event.name)
            return
        self._on_told(told)


class Period:
    """The segments of a journal that may tell of a time. `troubles` says, for people, what could not be read."""

    def __init__(
        self, directory: Path, keys: Keys | None, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        self._directory = directory
        self._keys = keys
        self._since = since
        self._until = until
        self.troubles: list[str] = []
        self.damaged: list[Path] = []

    def into(self, fold: Fold) -> Iterator[Read]:
        """Feed it with all that can be read; each read is given too, so that whoever asks may breathe, or stop."""
        known = 0
        for segment in self.segments():
            fold.begin(segment.head)
            if len(self.troubles) > known:
                known = len(self.troubles)
                fold.lost()
            for read in segment:
                fold.feed(read)
                yield read
            self._note(segment)

    def segments(self) -> Iterator[Segment]:
        for path in segments(self._directory, self._since.timestamp() if self._since else 0.0):
            began = begun(path)
            if self._until and began and began > self._until:
                return
            segment = self._open(path)
            if segment:
                yield segment

    def _note(self, segment: Segment) -> None:
        if segment.trouble is Trouble.DAMAGED:
            self.damaged.append(segment.path)
            self.troubles.append(f"{segment.path}: damaged; read up to there")

    def _open(self, path: Path) -> Segment | None:
        try:
            return Segment(path, self._keys)
        except FileNotFoundError:  # packed meanwhile
            return self._open(path.with_name(path.name + ".gz")) if path.suffix == ".amij" else None
        except SegmentLockedError as error:
            self.troubles.append(str(error))
        except JournalFormatError as error:
            self.damaged.append(path)
            self.troubles.append(str(error))
        except OSError as error:
            self.troubles.append(f"{path}: {error.strerror or error}")
        return None
