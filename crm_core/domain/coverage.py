# SPDX-License-Identifier: Apache-2.0
"""Whether files hold a talk. A file begins with the first audio, so what it owes is the end of every part it reaches.

The length of a file is not talk time: while nobody sends sound nothing is written, so a file that begins in the middle
of a part has lost nothing of it; one that ends before the part does has, and so has a part that ends before any file
begins.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from crm_core.domain.call import TalkSegment

TOLERANCE = timedelta(seconds=2)  # files are written in steps of 32 KB
Stretch = tuple[datetime, datetime]


def gaps(files: Sequence[Stretch], talks: Sequence[TalkSegment]) -> list[Stretch]:
    """The stretches of talk that no file holds, oldest first; shorter ones than the tolerance are none."""
    found = (_gap(files, talk.started_at, talk.ended_at) for talk in talks if talk.ended_at is not None)
    return sorted(gap for gap in found if gap)


def _gap(files: Sequence[Stretch], start: datetime, end: datetime) -> Stretch | None:
    """From where the last file that reaches into it ends; the whole of it when none does."""
    reaching = [until for begin, until in files if begin < end + TOLERANCE and until > start - TOLERANCE]
    held_until = max(reaching, default=start)
    return (max(start, held_until), end) if end - held_until > TOLERANCE else None
