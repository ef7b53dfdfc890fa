# SPDX-License-Identifier: Apache-2.0
"""What the health page and /readyz tell: readings, each good, doubtful or bad, with what to do about it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    PLAIN = "plain"  # a figure that is neither


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes; `total` where it is some of so much."""

    size: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Milliseconds:
    value: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """`text`: as an operating system, a PBX or a part of ours said it, in English."""

    text: str


# A figure, so that web.health_words writes it as the reader does; None is not known; a str is a name or a version.
Value = int | float | str | date | Space | Milliseconds | Trouble | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`name` and `advice` are marked by N_ where they are written and translated when shown.

    `of`: whose it is, where there are several: a PBX, a disk. A reading without a `name` is called by that.
    """

    name: str = ""
    of: str = ""
    value: Value
    level: Level = Level.PLAIN
    advice: str = ""


def counted(name: str, count: int, level: Level = Level.WARN) -> Reading:
    """A figure that ought to be zero."""
    return Reading(name=name, value=count, level=level if count else Level.GOOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`icon`: of the sprite."""

    title: str
    icon: str = "activity"
    readings: Sequence[Reading] = field(default_factory=tuple)


# What other parts add (journal, recordings, disk, offline routing): config hands them to make_app.
Probe = Callable[[], Awaitable[Section]]
