# SPDX-License-Identifier: Apache-2.0
"""What the health page and /readyz tell: readings, each good, doubtful or bad, with what to do about it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    PLAIN = "plain"  # a figure that is neither


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`name` and `advice` are English; the page translates what the catalogue knows."""

    name: str
    value: str
    level: Level = Level.PLAIN
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`icon`: of the sprite."""

    title: str
    icon: str = "activity"
    readings: Sequence[Reading] = field(default_factory=tuple)


# What other parts add (journal, recordings, disk, offline routing): config hands them to make_app.
Probe = Callable[[], Awaitable[Section]]
