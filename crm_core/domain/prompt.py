# SPDX-License-Identifier: Apache-2.0
"""Sounds of the house: announcements, greetings, notices; each has a name, and the versions before the present one."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from crm_core.domain.errors import InvalidInputError

OURS: Final = "rolodial/"  # how a rule and a dialplan name one: rolodial/closed
FOLDER: Final = "prompts"  # of the spool: where a PBX finds them
TAKE: Final = "prompt-"  # how a file begins that somebody speaks on the phone just now
RATE: Final = 8000  # Hz, mono, 16 bit: what every PBX plays without a codec
SHORTEST_S: Final = 0.3
LONGEST_S: Final = 180.0
LARGEST_UPLOAD: Final = 20 * 1024 * 1024  # bytes: three minutes of the best WAV are 17 MB a channel
MOST: Final = 200
KEPT: Final = 10  # versions of one
QUEUE_SOUNDS: Final = (
    "queue-youarenext", "queue-thereare", "queue-callswaiting", "queue-holdtime", "queue-minute", "queue-minutes",
    "queue-thankyou", "queue-periodic-announce",
)  # fmt: skip # as Asterisk calls what its queues say; queues that take them say ours
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)


class PromptSource(StrEnum):
    UPLOAD = "upload"
    PHONE = "phone"


class NotASoundError(InvalidInputError):
    """This file is no sound that can be read. WAV, MP3, Ogg and FLAC can."""


class SoundTooLargeError(InvalidInputError):
    """This file is too large: 20 MB at most."""


class SoundTooLongError(InvalidInputError):
    """This sound is too long: three minutes at most."""


class SoundTooShortError(InvalidInputError):
    """There is next to nothing in this file: a third of a second at least."""


class SilentSoundError(InvalidInputError):
    """This sound is silent: nobody would hear anything."""


class SoundNotReadNowError(InvalidInputError):
    """The sound could not be worked on just now. Nothing was changed; try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What was made of a file for the PBX."""

    seconds: float
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    id: UUID
    name: str  # never changes: rules know it by this
    about: str = ""
    version_id: UUID | None = None  # the one that is played; none was made yet
    created_at: datetime

    @property
    def target(self) -> str:
        return f"{OURS}{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVersion:
    """`id` is the name of its file too."""

    id: UUID
    prompt_id: UUID
    made_at: datetime
    made_by: str
    source: PromptSource
    file_name: str  # as it was called where it came from
    seconds: float
    bytes: int
    sha256: str


def before(prompt: Prompt, versions: Iterable[PromptVersion]) -> PromptVersion | None:
    """The version that the present one took the place of, if it is kept."""
    older = [one for one in versions if prompt.version_id and one.id < prompt.version_id]
    return max(older, key=lambda one: one.id, default=None)


def too_many(prompt: Prompt, versions: Sequence[PromptVersion]) -> list[PromptVersion]:
    """The oldest beyond those that are kept; the one that is played is not among them."""
    spare = sorted((one for one in versions if one.id != prompt.version_id), key=lambda one: one.id)
    return spare[: max(0, len(versions) - KEPT)]
