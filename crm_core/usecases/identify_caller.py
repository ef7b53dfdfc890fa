# SPDX-License-Identifier: Apache-2.0
"""Who is calling, for a dialplan of one's own: from memory, nothing is decided, reserved or kept."""

from dataclasses import dataclass
from uuid import UUID

from crm_core.domain.directory import Directory
from crm_core.domain.routing.live import RouteRequest, live_facts
from crm_core.ports.pbx import DeviceState
from crm_core.usecases.decide_route import RouteDesk, call_of, display_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    call: UUID
    kind: str  # contact | company | lead | unknown | withheld | own
    known: bool  # a contact or a company
    number: str | None = None  # E.164
    party: UUID | None = None
    company: UUID | None = None
    name: str | None = None
    language: str | None = None
    band: str | None = None
    manager: str | None = (
        None  # extension on the PBX of the call, not the person's id: that is what a plan dials
    )
    manager_name: str | None = None
    manager_state: str | None = None  # of Availability
    deputy: str | None = None  # extension


def identify_caller(ask: RouteRequest, desk: RouteDesk) -> Identified:
    """By the same facts as a rule would ask; never waits."""
    pbx, directory = desk.pbxs.get(ask.pbx), desk.directory
    facts = live_facts(ask, directory, pbx.device_state if pbx else _unknown)
    manager = facts.people[facts.manager] if facts.manager else None
    return Identified(
        call=call_of(ask, desk),
        kind=facts.caller_kind,
        known=facts.known,
        number=facts.number,
        party=facts.party_id,
        company=facts.company_id,
        name=display_name(facts),
        language=facts.language,
        band=facts.band,
        manager=_extension(directory, facts.manager, ask.pbx),
        manager_name=manager.name if manager else None,
        manager_state=manager.availability.value if manager else None,
        deputy=_extension(directory, facts.deputy, ask.pbx),
    )


def _extension(directory: Directory, user_id: UUID | None, pbx: str) -> str | None:
    operator = directory.operator(user_id) if user_id else None
    return next((line.extension for line in operator.lines if line.pbx == pbx), None) if operator else None


def _unknown(_device: str) -> DeviceState:
    return DeviceState.UNKNOWN
