# SPDX-License-Identifier: Apache-2.0
"""/outbound: an operator dials a number by hand."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from uuid import UUID

import structlog

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
        "ROLODIAL_CLIENT_ID", "ROLODIAL_CLAIMED", "ROLODIAL_ANSWER",
    ),
)  # fmt: skip
log = structlog.get_logger()
Claimed = Callable[[str, UUID | None], Awaitable[bool]]  # by a colleague of this person
_PATIENCE_S = 0.1  # of the 300 ms that the dialplan waits
_SHOWN = re.compile(r"\+?[0-9]{1,20}\Z", re.ASCII)


class OutboundAgi:
    """Without an answer the dialplan's own class of service counts: until people are loaded there is none."""

    def __init__(
        self,
        desk: RouteDesk,
        settings: OutboundSettings,
        clock: Clock,
        ready: Callable[[], bool] = lambda: True,
        *,
        claimed: Claimed,
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._clock = clock
        self._ready = ready
        self._claimed = claimed

    def __call__(self, request: AgiRequest) -> Awaitable[Answer] | None:
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
        return self._answer(allow_outbound(ask, self._desk, self._settings))

    async def _answer(self, found: OutboundAnswer) -> Answer:
        if found.number and found.permission.allowed and await self._is_taken(found.number, found.person):
            found = found.taken(self._settings)
        return Answer(dict(_variables(found)))

    async def _is_taken(self, number: str, person: UUID | None) -> bool:
        """The database is asked, and keeps nobody from calling: what it does not say in time is no."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._claimed(number, person)
        except TimeoutError:
            log.warning("not known in time whether a colleague is calling them back")
        except Exception:
            log.exception("not known whether a colleague is calling them back")
        return False


def _variables(found: OutboundAnswer) -> Iterator[tuple[str, str]]:
    granted = found.permission
    yield "ROLODIAL_CALL", str(found.call)
    yield "ROLODIAL_ALLOWED", "yes" if granted.allowed else "no"
    yield "ROLODIAL_REASON", granted.reason.value
    yield "ROLODIAL_SHOW", granted.show if granted.show and _SHOWN.match(granted.show) else ""
    yield "ROLODIAL_QUIET", granted.quiet.value
    yield "ROLODIAL_ZONE", granted.zone or ""
    yield "ROLODIAL_CLIENT_ID", str(found.client or "")
    yield "ROLODIAL_CLAIMED", "yes" if found.claimed else "no"
    yield "ROLODIAL_ANSWER", "outbound"
