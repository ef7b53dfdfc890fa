# SPDX-License-Identifier: Apache-2.0
"""An operator dials by hand: may they, and what is shown; from memory, and never in the way of an emergency call."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.outbound import OutboundSettings, Permission, Reason, permission
from crm_core.domain.people import Role
from crm_core.domain.phone_zone import is_emergency, zones
from crm_core.domain.routing.live import RouteRequest
from crm_core.usecases.decide_route import RouteDesk, call_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRequest:
    pbx: str
    linkedid: str
    number: str  # as it was dialled
    extension: str
    device: str  # 'PJSIP/101': rather than the extension, which a phone says of itself
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundAnswer:
    call: UUID
    permission: Permission
    client: UUID | None = None  # whom they call, if we know
    number: str | None = None  # in E.164, of whom a colleague may have taken to call back
    person: UUID | None = None  # who dials
    claimed: bool = False

    def taken(self, settings: OutboundSettings) -> "OutboundAnswer":
        """A colleague is calling them back: it is told, or refused."""
        granted = self.permission
        if granted.allowed and settings.claimed_refuses:
            granted = replace(granted, allowed=False, reason=Reason.CLAIMED)
        return replace(self, permission=granted, claimed=True)


def allow_outbound(ask: OutboundRequest, desk: RouteDesk, settings: OutboundSettings) -> OutboundAnswer:
    directory = desk.directory
    region = directory.region_of(ask.pbx)
    call = call_of(
        RouteRequest(pbx=ask.pbx, linkedid=ask.linkedid, did="", caller=ask.extension, at=ask.at), desk
    )
    if is_emergency(ask.number, region):
        return OutboundAnswer(call=call, permission=Permission(allowed=True, reason=Reason.EMERGENCY))
    number = directory.normalise(ask.number, region)
    if number is None:
        return OutboundAnswer(call=call, permission=Permission(allowed=False, reason=Reason.NO_NUMBER))
    person = directory.operator_by_device(ask.pbx, ask.device) or directory.operator_by_extension(
        ask.pbx, ask.extension
    )
    role = person.role if person else Role.OPERATOR.value
    party = directory.clients.party(number)
    return OutboundAnswer(
        call=call,
        permission=permission(number, role, ask.at, settings, zones(number), directory.zone),
        client=party.id if party else None,
        number=number,
        person=person.id if person else None,
    )
