# SPDX-License-Identifier: Apache-2.0
"""What the dialplan asks over FastAGI: where a call goes (/route), and whether we are there (/ping)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from crm_core.domain.routing.live import RouteRequest, printable
from crm_core.ports.clock import Clock
from crm_core.ports.pbx import Pbx
from crm_core.usecases.decide_route import (
    Routed,
    RouteDesk,
    carry_out,
    decide,
    decide_route,
    painted,
    refuse_to_read,
    rests_on_a_call,
    try_route,
)
from pbx_bridge.agi_lines import AgiRequest, Answer
from pbx_bridge.agi_verb import CONTRACT, Verb, route_request

ROUTE = Verb(
    name="route",
    arguments=("pbx", "linkedid", "did", "language", "menu", "order_number", "client_number"),
    sets=(
        "ROLODIAL_NAME", "ROLODIAL_CALL", "ROLODIAL_RULE", "ROLODIAL_PRIORITY", "ROLODIAL_S<n>", "ROLODIAL_STEPS",
        "ROLODIAL_ANSWER",
    ),
)  # fmt: skip
PING = Verb(name="ping", sets=("ROLODIAL_CONTRACT", "ROLODIAL_PONG"))
_LOOKS, _LOOK_S = 15, 0.002  # for the first event of a call
TRIAL = "trial-"  # a linkedid that Asterisk never gives: nothing is reserved, shown or kept


class RouteAgi:
    """Handler of /route. `ready` says whether the directory is loaded: until then the dialplan's AstDB knows better."""

    def __init__(self, desk: RouteDesk, clock: Clock, ready: Callable[[], bool] = lambda: True) -> None:
        self._desk = desk
        self._clock = clock
        self._ready = ready

    def __call__(self, request: AgiRequest) -> Answer | Awaitable[Answer] | None:
        if not self._ready():
            return None
        ask = route_request(request, ROUTE.said(request), self._clock)
        if request.malformed:
            return answer(refuse_to_read(ask, self._desk))
        if ask.linkedid.startswith(TRIAL):
            return answer(try_route(ask, self._desk))
        pbx, decided = self._desk.pbxs.get(ask.pbx), decide(ask, self._desk)
        if pbx is not None and rests_on_a_call(decided, pbx) and pbx.is_behind(ask.linkedid):
            return self._when_told(ask, pbx)
        routed = carry_out(ask, decided, self._desk)
        return answer(routed) if routed.wait_for is None else self._when_painted(routed)

    async def _when_told(self, ask: RouteRequest, pbx: Pbx) -> Answer:
        """Events come on a connection of their own, some milliseconds after the question: 7 at most were seen."""
        for _ in range(_LOOKS):
            await asyncio.sleep(_LOOK_S)
            if not pbx.is_behind(ask.linkedid):
                break
        else:
            ask = replace(ask, behind=True)
        return await self._when_painted(decide_route(ask, self._desk))

    async def _when_painted(self, routed: Routed) -> Answer:
        if routed.wait_for is not None:
            await painted(routed, self._desk)
        return answer(routed)


def answer(routed: Routed) -> Answer:
    name = printable(routed.name or "")
    return Answer(dict(variables(routed)), {"ROLODIAL_NAME": name} if name else {})


def variables(routed: Routed) -> Iterator[tuple[str, str]]:
    decision = routed.decision
    yield "ROLODIAL_CALL", str(routed.call)
    yield "ROLODIAL_RULE", decision.rule
    yield "ROLODIAL_PRIORITY", str(decision.priority)
    for number, step in enumerate(decision.steps, 1):
        yield f"ROLODIAL_S{number}", step.wire()
    # Last: should the lines before them be lost, the dialplan sees no steps and goes on alone.
    yield "ROLODIAL_STEPS", str(len(decision.steps))
    yield "ROLODIAL_ANSWER", "route"


def ping(_request: AgiRequest) -> Answer:
    """For doctor, and for a plan that wants to know what it may ask: variables set and read back by the dialplan."""
    return Answer({"ROLODIAL_CONTRACT": str(CONTRACT), "ROLODIAL_PONG": "1"})
