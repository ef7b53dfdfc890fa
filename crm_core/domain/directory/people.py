# SPDX-License-Identifier: Apache-2.0
"""Our own people as the directory knows them: operators, their lines, their teams."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

OFF_SHIFT: Final = "off shift"  # whom working hours took out: as decisions keep it and queues are told


class OperatorState(StrEnum):
    """What an operator says of themselves; whether they talk just now is the phone's to say."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    PAUSED = "paused"
    MEETING = "meeting"
    WRAP_UP = "wrap_up"


class StateSource(StrEnum):
    """Who said so."""

    SCREEN = "screen"  # in a browser
    PHONE = "phone"  # by its keys, or somebody in a queue of the PBX
    SCHEDULE = "schedule"  # their working hours began, or are over


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A way to ring somebody: their extension and one of their devices on one PBX."""

    pbx: str
    extension: str
    device: str  # 'PJSIP/101'


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A user as routing and screens see them; `lines` are today's, history reads the dated tables."""

    id: UUID
    name: str
    login: str = ""
    role: str = "operator"
    lines: tuple[Line, ...] = ()
    state: OperatorState = OperatorState.OFFLINE
    state_since: datetime | None = None
    state_source: StateSource | None = None
    state_until: datetime | None = None

    @property
    def off_shift(self) -> str:
        """Their working hours took them out, and bring them back: as decisions say it, with until when; else ''."""
        if self.state is not OperatorState.OFFLINE or self.state_source is not StateSource.SCHEDULE:
            return ""
        return f"{OFF_SHIFT} until {self.state_until.isoformat()}" if self.state_until else OFF_SHIFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    id: UUID
    name: str  # 'retail'
    members: tuple[UUID, ...] = ()
