# SPDX-License-Identifier: Apache-2.0
"""A closer look at the PBXs than their status: what is wrong with the links, and which queues they know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class CareFinding:
    """One line of the doctor's."""

    check: str
    level: str  # ok | warning | broken
    says: str
    advice: str = ""
    pbx: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMember:
    device: str  # 'PJSIP/101'
    name: str
    paused: bool
    fixed: bool = False  # stands in the PBX's own file: only there it is taken out


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxQueue:
    pbx: str
    name: str
    strategy: str
    waiting: int
    members: tuple[QueueMember, ...]


class PbxCare(Protocol):
    async def examine(self) -> Sequence[CareFinding]:
        """Every link of every PBX, without a test call; takes seconds."""
        ...

    async def queues(self) -> tuple[Sequence[PbxQueue], Sequence[str]]:
        """The queues that the PBXs know now, and the names of the PBXs that did not answer."""
        ...
