# SPDX-License-Identifier: Apache-2.0
"""What a verb of our FastAGI takes and gives: said once, read by its handler and held against docs/dialplan.md."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm_core.domain.routing.live import RouteRequest
from crm_core.ports.clock import Clock
from pbx_bridge.agi_lines import AgiRequest

CONTRACT = 3  # version of docs/dialplan.md: raised with whatever authors of dialplans could notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """`AGI(${ROLODIAL_AGI}/<name>,<arguments>)`; `sets` are the channel's variables afterwards, the last one last."""

    name: str
    arguments: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()

    def said(self, request: AgiRequest) -> dict[str, str]:
        """Its arguments by name; one that an older dialplan does not give is empty."""
        given = (*request.args, *[""] * len(self.arguments))
        return dict(zip(self.arguments, given, strict=False))

    def allows(self, variables: Iterable[str]) -> bool:
        """Whether the contract names all of these; ROLODIAL_S<n> stands for its numbers."""
        known = {*self.sets}
        return all(name in known or f"{name.rstrip('0123456789')}<n>" in known for name in variables)


def route_request(request: AgiRequest, said: Mapping[str, str], clock: Clock) -> RouteRequest:
    """What Asterisk says of every channel, and what the dialplan says of this call."""
    env = request.env
    return RouteRequest(
        pbx=said.get("pbx", ""),
        linkedid=said.get("linkedid") or env.get("agi_uniqueid", ""),
        did=said.get("did", ""),
        caller=env.get("agi_callerid", ""),
        caller_name=env.get("agi_calleridname", ""),
        presentation=env.get("agi_callingpres", "0"),
        trunk=device_of_channel(env.get("agi_channel", "")),
        language=said.get("language", ""),
        menu=said.get("menu", ""),
        order_number=said.get("order_number", ""),
        client_number=said.get("client_number", ""),
        at=clock(),
    )


def device_of_channel(channel: str) -> str:
    """'PJSIP/trunk-0000002a' -> 'PJSIP/trunk'."""
    return channel.rpartition("-")[0]
