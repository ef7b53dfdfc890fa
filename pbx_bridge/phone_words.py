# SPDX-License-Identifier: Apache-2.0
"""What people say of themselves through the PBX: *78 and *79 on a phone, or somebody pauses them in a queue.

Both echo what we tell the PBX ourselves, and an echo may be late. So a word counts once it stood for a second beside
another word of ours; what we say meanwhile is newer and wins.
"""

import asyncio
import re
from collections.abc import Callable

from pbx_bridge.ami_event import AmiEvent

OnSaid = Callable[[str, bool, str], None]  # extension, available, reason ('' if none was given)

SETTLE_S = 1.0
_CUSTOM = re.compile(r"Custom:rolodial-([0-9A-Za-z_-]{1,20})\Z")
_HINT = re.compile(r"hint:([0-9A-Za-z_-]{1,20})@rolodial-available\Z")


class PhoneWords:
    WANTED = frozenset({"DeviceStateChange", "QueueMemberPause"})

    def __init__(self, on_said: OnSaid) -> None:
        self._on_said = on_said
        self._told: dict[str, bool] = {}
        self._waiting: dict[str, asyncio.TimerHandle] = {}

    def feed(self, event: AmiEvent) -> None:
        said = _said(event)
        if said is None:
            return
        extension, available, reason = said
        self._forget(extension)
        if self._told.get(extension, available) != available:
            later = asyncio.get_running_loop().call_later
            self._waiting[extension] = later(SETTLE_S, self._settled, extension, available, reason)

    def telling(self, extension: str, *, available: bool) -> None:
        """We are about to say so ourselves."""
        self._told[extension] = available
        self._forget(extension)

    def start_anew(self) -> None:
        """A new connection: what the PBX says counts after it was told again, for one of us missed something."""
        self._told.clear()
        for extension in tuple(self._waiting):
            self._forget(extension)

    def _forget(self, extension: str) -> None:
        if waiting := self._waiting.pop(extension, None):
            waiting.cancel()

    def _settled(self, extension: str, available: bool, reason: str) -> None:  # noqa: FBT001 - of a timer
        del self._waiting[extension]
        self._told[extension] = available
        self._on_said(extension, available, reason)


def _said(event: AmiEvent) -> tuple[str, bool, str] | None:
    if event.name == "DeviceStateChange":
        match = _CUSTOM.match(event["Device"])
        return (match[1], event["State"] == "NOT_INUSE", "") if match else None
    match = _HINT.match(event.get("StateInterface", ""))
    return (match[1], event.get("Paused", "0") == "0", event.get("PausedReason", "")) if match else None
