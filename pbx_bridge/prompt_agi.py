# SPDX-License-Identifier: Apache-2.0
"""/prompt: somebody has spoken a sound of the house on the phone, heard it and pressed the key to keep it."""

from collections.abc import Callable
from uuid import UUID

from crm_core.ports.clock import Clock
from crm_core.usecases.decide_route import RouteDesk, call_of
from pbx_bridge.agi_lines import AgiRequest, Answer
from pbx_bridge.agi_verb import Verb, route_request

PROMPT = Verb(name="prompt", arguments=("pbx", "linkedid"), sets=("ROLODIAL_ANSWER",))


class PromptAgi:
    """`accept` takes it to be worked on later; a call for which nobody was rung gets no answer."""

    def __init__(self, desk: RouteDesk, accept: Callable[[str, UUID], bool], clock: Clock) -> None:
        self._desk = desk
        self._accept = accept
        self._clock = clock

    def __call__(self, request: AgiRequest) -> Answer | None:
        if request.malformed:
            return None
        ask = route_request(request, PROMPT.said(request), self._clock)
        accepted = self._accept(ask.pbx, call_of(ask, self._desk))
        return Answer({"ROLODIAL_ANSWER": "prompt"}) if accepted else None
