# SPDX-License-Identifier: Apache-2.0
"""/outbound: an operator dials a number by hand."""

import re
from collections.abc import Callable, Iterator

from crm_core.domain.outbound import OutboundSettings
from crm_core.ports.clock import Clock
from crm_core.usecases.allow_outbound import OutboundAnswer, OutboundRequest, allow_outbound
from crm_core.usecases.decide_route import RouteDesk
from pbx_bridge.agi_lines import AgiRequest, Answer
from pbx_bridge.agi_verb import Verb, device_of_channel

OUTBOUND = Verb(
    name="outbound",
    arguments=("pbx", "linkedid", "number", "extension"),
    sets=(
        "ROLODIAL_CALL", "ROLODIAL_ALLOWED", "ROLODIAL_REASON", "ROLODIAL_SHOW", "ROLODIAL_QUIET", "ROLODIAL_ZONE",
        "ROLODIAL_CLIENT_ID", "ROLODIAL_ANSWER",
    ),
)  # fmt: skip
_SHOWN = re.compile(r"\+?[0-9]{1,20}\Z", re.ASCII)


class OutboundAgi:
    """Without an answer the dialplan's own class of service counts: until people are loaded there is none."""

    def __init__(
        self,
        desk: RouteDesk,
        settings: OutboundSettings,
        clock: Clock,
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._clock = clock
        self._ready = ready

    def __call__(self, request: AgiRequest) -> Answer | None:
        if not self._ready() or request.malformed:
            return None
        said = OUTBOUND.said(request)
        ask = OutboundRequest(
            pbx=said["pbx"],
            linkedid=said["linkedid"] or request.env.get("agi_uniqueid", ""),
            number=said["number"],
            extension=said["extension"] or request.env.get("agi_callerid", ""),
            device=device_of_channel(request.env.get("agi_channel", "")),
            at=self._clock(),
        )
        return Answer(dict(_variables(allow_outbound(ask, self._desk, self._settings))))


def _variables(found: OutboundAnswer) -> Iterator[tuple[str, str]]:
    granted = found.permission
    yield "ROLODIAL_CALL", str(found.call)
    yield "ROLODIAL_ALLOWED", "yes" if granted.allowed else "no"
    yield "ROLODIAL_REASON", granted.reason.value
    yield "ROLODIAL_SHOW", granted.show if granted.show and _SHOWN.match(granted.show) else ""
    yield "ROLODIAL_QUIET", granted.quiet.value
    yield "ROLODIAL_ZONE", granted.zone or ""
    yield "ROLODIAL_CLIENT_ID", str(found.client or "")
    yield "ROLODIAL_ANSWER", "outbound"
