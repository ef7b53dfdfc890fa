# SPDX-License-Identifier: Apache-2.0
"""Numbers that called and that nobody has talked with since: for 'they called earlier today already'."""

from datetime import datetime, timedelta

_KEPT = timedelta(hours=48)  # longer than any house's today
_LOOK_EVERY = 1000


class InVain:
    def __init__(self) -> None:
        self._at: dict[str, datetime] = {}
        self._noted = 0

    def __len__(self) -> int:
        return len(self._at)

    def note_missed(self, e164: str, at: datetime) -> None:
        self._at[e164] = max(at, self._at.get(e164, at))
        self._noted += 1
        if self._noted % _LOOK_EVERY == 0:
            self._at = {number: then for number, then in self._at.items() if at - then < _KEPT}

    def note_talk(self, e164: str, at: datetime) -> None:
        """In either direction."""
        missed = self._at.get(e164)
        if missed is not None and missed <= at:
            del self._at[e164]

    def since(self, e164: str) -> datetime | None:
        return self._at.get(e164)
