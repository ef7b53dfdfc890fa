# SPDX-License-Identifier: Apache-2.0
"""Our own people as the directory knows them: operators, their lines, their teams."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class OperatorState(StrEnum):
    """What an operator says of themselves; whether they talk just now is the phone's to say."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    PAUSED = "paused"
    MEETING = "meeting"
    WRAP_UP = "wrap_up"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    id: UUID
    name: str  # 'retail'
    members: tuple[UUID, ...] = ()
