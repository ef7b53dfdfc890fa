# SPDX-License-Identifier: Apache-2.0
"""Which run of the PBX a moment belongs to: calls of two runs may bear the same names, and are other calls."""

from collections import deque
from datetime import UTC, datetime, timedelta

from pbx_bridge.ami_event import AmiEvent, boot_of

_KEPT = 20
_ROUNDED = timedelta(seconds=1)  # uptimes are whole seconds


class Boots:
    """`feed` what the PBX says when one logs in: how long it is up (FullyBooted), then its boot (CoreStatus).

    Its boot is local time of a zone that nobody tells, so it says by itself which run it is, not when that began.
    """

    WANTED = frozenset({"FullyBooted", "Response", "Banner"})

    def __init__(self) -> None:
        self._runs: deque[tuple[datetime | None, str]] = deque(maxlen=_KEPT)  # since when, eldest first
        self._up_since: datetime | None = None

    def known(self, boot: str) -> None:
        """What the journal tells of, before anybody logged in."""
        if boot and not self._runs:
            self._runs.append((None, boot))

    def feed(self, event: AmiEvent) -> None:
        if event.name == "Banner":
            self._up_since = None
        elif event.name == "FullyBooted":
            self._up_since = _since(event)
        elif (boot := boot_of(event)) and (not self._runs or boot != self._runs[-1][1]):
            self._runs.append((self._up_since or _by_our_zone(boot), boot))

    def at(self, moment: datetime) -> str:
        """Of the eldest run that is known are all calls of before; '' where none is."""
        for began, boot in reversed(self._runs):
            if began is not None and moment >= began - _ROUNDED:
                return boot
        return self._runs[0][1] if self._runs else ""


def _since(event: AmiEvent) -> datetime | None:
    uptime = event.get("Uptime")
    return event.at - timedelta(seconds=int(uptime)) if event.at and uptime.isdecimal() else None


def _by_our_zone(boot: str) -> datetime | None:
    """Where it does not say how long it is up: most stand in the zone that we do."""
    try:
        return datetime.fromisoformat(boot).astimezone(UTC)
    except ValueError:
        return None
