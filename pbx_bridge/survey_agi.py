# SPDX-License-Identifier: Apache-2.0
"""/survey: a client has answered a question on the keypad after a call."""

from collections.abc import Callable

from crm_core.domain.survey import SurveyAnswer, is_answer
from crm_core.ports.clock import Clock
from crm_core.usecases.decide_route import RouteDesk, call_of
from pbx_bridge.agi_lines import AgiRequest, Answer
from pbx_bridge.agi_verb import Verb, route_request

SURVEY = Verb(
    name="survey",
    arguments=("pbx", "linkedid", "question", "keys"),
    sets=("ROLODIAL_CALL", "ROLODIAL_ANSWER"),
)


class SurveyAgi:
    """`put` takes an answer to be written later; what is no answer gets none."""

    def __init__(self, desk: RouteDesk, put: Callable[[SurveyAnswer], bool], clock: Clock) -> None:
        self._desk = desk
        self._put = put
        self._clock = clock

    def __call__(self, request: AgiRequest) -> Answer | None:
        said = SURVEY.said(request)
        if request.malformed or not is_answer(said["question"], said["keys"]):
            return None
        ask = route_request(request, said, self._clock)
        call = call_of(ask, self._desk)
        if not self._put(SurveyAnswer(call_id=call, question=said["question"], keys=said["keys"], at=ask.at)):
            return None
        return Answer({"ROLODIAL_CALL": str(call), "ROLODIAL_ANSWER": "survey"})
