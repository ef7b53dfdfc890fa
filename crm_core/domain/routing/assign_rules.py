# SPDX-License-Identifier: Apache-2.0
"""Rules of whose client somebody becomes: tables [[assign]] beside the rules of calls, in the same language."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crm_core.domain.routing.conditions import Condition


class Source(StrEnum):
    """Where a client or a lead comes from."""

    CALL = "call"
    HAND = "hand"
    IMPORT = "import"
    API = "api"


class Share(StrEnum):
    """How clients are dealt out among a team."""

    FEWEST_CLIENTS = "fewest_clients"
    ROUND_ROBIN = "round_robin"  # who was given one longest ago, first


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPerson:
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToFirstTalk:
    """Who talks with them first; until then, nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmongTeam:
    team: str
    how: Share = Share.FEWEST_CLIENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ToNobody:
    pass


Heir = ToPerson | ToFirstTalk | AmongTeam | ToNobody
HEIRS: Final[dict[type, str]] = {  # its word in the rule file
    ToPerson: "person",
    ToFirstTalk: "first_talk",
    AmongTeam: "team",
    ToNobody: "nobody",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignRule:
    id: str
    when: tuple[Condition, ...]
    to: Heir

    @property
    def is_final(self) -> bool:
        """Whether no rule after it is asked; a person or a whole team may be away, and then the next one is."""
        return isinstance(self.to, ToFirstTalk | ToNobody)
