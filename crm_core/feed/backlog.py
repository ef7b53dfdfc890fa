# SPDX-License-Identifier: Apache-2.0
"""The last frames, so that a screen that was away for a moment gets only what it missed."""

from collections import deque
from itertools import islice
from uuid import UUID

from crm_core.ports.feed import Audience


class Backlog:
    """Frames follow one another without a gap: the newest `size` of them."""

    def __init__(self, size: int) -> None:
        self._frames: deque[tuple[Audience, bytes]] = deque(maxlen=size)
        self._last = 0

    def add(self, seq: int, to: Audience, frame: bytes) -> None:
        self._frames.append((to, frame))
        self._last = seq

    def missed(self, after: int, user: UUID, role: str, most: int) -> list[bytes] | None:
        """Return what this person may see after seq `after`; None when that is not held, or more than `most`."""
        count = self._last - after
        if not 0 <= count <= len(self._frames):
            return None
        later = islice(self._frames, len(self._frames) - count, None)
        found = [frame for to, frame in later if user in to.users or role in to.roles]
        return found if len(found) <= most else None
