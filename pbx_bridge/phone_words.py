# SPDX-License-Identifier: Apache-2.0
"""What people say of themselves through the PBX: *77, *78 and *79 on a phone, or somebody pauses them in a queue.

Both echo what we tell the PBX ourselves, and an echo may be late. So a word counts once it stood for a second beside
another word of ours; what we say meanwhile is newer and wins. A busy PBX may take longer to come to what we say: as
long as it owes us an echo, another word is likely to be one of before.
"""

import asyncio
import re
from collections.abc import Callable
from enum import Enum

from crm_core.ports.pbx import MEETING
from pbx_bridge.ami_event import AmiEvent

OnSaid = Callable[[str, bool, str], None]  # extension, available, reason ('' if none was given)

SETTLE_S = 1.0
ECHO_S = 5.0  # what we say is echoed by then, or stood there before
_CUSTOM = re.compile(r"Custom:rolodial-([0-9A-Za-z_-]{1,20})\Z")
_HINT = re.compile(r"hint:([0-9A-Za-z_-]{1,20})@rolodial-available\Z")


class _Word(Enum):
    """Why else somebody is away is said by one of us more exactly than by a PBX."""

    AVAILABLE = 1
    AWAY = 2
    MEETING = 3


class PhoneWords:
    WANTED = frozenset({"DeviceStateChange", "QueueMemberPause"})

    def __init__(self, on_said: OnSaid) -> None:
        self._on_said = on_said
        self._told: dict[str, _Word] = {}
        self._owed: dict[str, float] = {}  # an echo, until when
        self._waiting: dict[str, asyncio.TimerHandle] = {}

    def feed(self, event: AmiEvent) -> None:
        said = _said(event)
        if said is None:
            return
        extension, available, reason = said
        self._forget(extension)
        word = _word(available=available, reason=reason)
        if self._told.get(extension, word) == word:
            self._owed.pop(extension, None)
            return
        loop = asyncio.get_running_loop()
        at = max(loop.time() + SETTLE_S, self._owed.get(extension, 0.0))
        self._waiting[extension] = loop.call_at(at, self._settled, extension, available, reason)

    def telling(self, extension: str, *, available: bool, reason: str = "") -> None:
        """We are about to say so ourselves."""
        word = _word(available=available, reason=reason)
        if self._told.get(extension) != word:
            self._owed[extension] = asyncio.get_running_loop().time() + ECHO_S
        self._told[extension] = word
        self._forget(extension)

    def start_anew(self) -> None:
        """A new connection: what the PBX says counts after it was told again, for one of us missed something."""
        self._told.clear()
        self._owed.clear()
        for extension in tuple(self._waiting):
            self._forget(extension)

    def _forget(self, extension: str) -> None:
        if waiting := self._waiting.pop(extension, None):
            waiting.cancel()

    def _settled(self, extension: str, available: bool, reason: str) -> None:  # noqa: FBT001 - of a timer
        del self._waiting[extension]
        self._owed.pop(extension, None)
        self._told[extension] = _word(available=available, reason=reason)
        self._on_said(extension, available, reason)


def _word(*, available: bool, reason: str) -> _Word:
    if available:
        return _Word.AVAILABLE
    return _Word.MEETING if reason == MEETING else _Word.AWAY


def _said(event: AmiEvent) -> tuple[str, bool, str] | None:
    if event.name == "DeviceStateChange":
        match = _CUSTOM.match(event["Device"])
        meeting = MEETING if event["State"] == "INUSE" else ""
        return (match[1], event["State"] == "NOT_INUSE", meeting) if match else None
    match = _HINT.match(event.get("StateInterface", ""))
    return (match[1], event.get("Paused", "0") == "0", event.get("PausedReason", "")) if match else None
