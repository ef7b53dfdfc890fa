# SPDX-License-Identifier: Apache-2.0
"""Somebody of the house calls: a client, a colleague, by hand or by a click."""

from tests.live.scenarios.stage import Stage, leg, scenario


@scenario
async def outbound_answered(s: Stage) -> None:
    anna = await s.anna.calls(s.olga.number)
    olga = await s.olga.rings()
    answered = await olga.answers(after=1)
    left = await anna.hangs_up(after=2)
    talk = left - answered
    s.outbound(s.anna, s.olga, answered_by=s.olga, wait=answered - anna.began, talk=talk, ended_by="caller",
               legs=[leg(s.anna, talk), leg(s.olga, talk)])  # fmt: skip


@scenario
async def outbound_with_the_national_prefix_client_hangs_up(s: Stage) -> None:
    anna = await s.anna.calls("8" + s.olga.number[2:])
    olga = await s.olga.rings()
    answered = await olga.answers(after=0.5)
    left = await olga.hangs_up(after=1.5)
    await anna.ends()
    talk = left - answered
    s.outbound(s.anna, s.olga, answered_by=s.olga, wait=answered - anna.began, talk=talk, ended_by="callee",
               legs=[leg(s.anna, talk), leg(s.olga, talk)])  # fmt: skip
    s.wants[-1]["dialled"] = "8" + s.wants[-1]["dialled"][2:]


async def _refused(s: Stage, status: str, came_to: str, ended_by: str, reason: str) -> None:
    s.olga.refuses = status
    anna = await s.anna.calls(s.olga.number)
    ended = await anna.ends()
    s.outbound(s.anna, s.olga, wait=ended - anna.began, came_to=came_to, ended_by=ended_by,
               legs=[leg(s.anna), leg(s.olga, end=reason)])  # fmt: skip


@scenario
async def outbound_busy(s: Stage) -> None:
    await _refused(s, "486 Busy Here", "busy", "callee", "busy")


@scenario
async def outbound_rejected(s: Stage) -> None:
    await _refused(s, "603 Decline", "rejected", "callee", "rejected")


@scenario
async def outbound_number_not_in_service(s: Stage) -> None:
    await _refused(s, "404 Not Found", "failed", "system", "failed")


@scenario
async def outbound_congestion(s: Stage) -> None:
    await _refused(s, "503 Service Unavailable", "failed", "system", "failed")


@scenario
async def outbound_no_answer(s: Stage) -> None:
    anna = await s.anna.calls(s.olga.number)
    olga = await s.olga.rings()
    await olga.rejects("480 Temporarily Unavailable", after=2)
    ended = await anna.ends()
    s.outbound(s.anna, s.olga, wait=ended - anna.began, came_to="no_answer", ended_by="system",
               legs=[leg(s.anna), leg(s.olga, end="no_answer")])  # fmt: skip


@scenario
async def outbound_cancelled(s: Stage) -> None:
    anna = await s.anna.calls(s.olga.number)
    await s.olga.rings()
    left = await anna.hangs_up(after=1.5)
    s.outbound(s.anna, s.olga, wait=left - anna.began, came_to="cancelled", ended_by="caller",
               legs=[leg(s.anna), leg(s.olga, end="cancelled")])  # fmt: skip


@scenario
async def internal_answered(s: Stage) -> None:
    anna = await s.anna.calls(s.boris.number)
    boris = await s.boris.rings()
    answered = await boris.answers(after=1)
    left = await boris.hangs_up(after=1.5)
    await anna.ends()
    talk = left - answered
    s.internal(s.anna, s.boris, answered_by=s.boris, wait=answered - anna.began, talk=talk, ended_by="callee",
               legs=[leg(s.anna, talk), leg(s.boris, talk)])  # fmt: skip


@scenario
async def click_to_call_both_answer(s: Stage) -> None:
    clicked = await s.clicks(s.anna, s.olga.number)
    anna = await s.anna.rings()
    await anna.answers(after=1)
    olga = await s.olga.rings()
    answered = await olga.answers(after=1)
    left = await anna.hangs_up(after=2)
    talk = left - answered
    s.outbound(s.anna, s.olga, answered_by=s.olga, wait=answered - clicked, talk=talk, ended_by="caller",
               legs=[leg(s.anna, talk), leg(s.olga, talk)])  # fmt: skip


@scenario
async def click_to_call_by_local_answered(s: Stage) -> None:
    clicked = await s.clicks(s.anna, s.olga.number, local=True)
    anna = await s.anna.rings()
    await anna.answers(after=0.5)
    olga = await s.olga.rings()
    answered = await olga.answers(after=1)
    left = await olga.hangs_up(after=2)
    talk = left - answered
    s.outbound(s.anna, s.olga, answered_by=s.olga, wait=answered - clicked, talk=talk, ended_by="callee",
               legs=[leg(s.anna, talk), leg(s.olga, talk)])  # fmt: skip


@scenario
async def click_to_call_client_busy(s: Stage) -> None:
    s.olga.refuses = "486 Busy Here"
    clicked = await s.clicks(s.anna, s.olga.number)
    anna = await s.anna.rings()
    await anna.answers(after=1)
    ended = await anna.ends()
    s.outbound(s.anna, s.olga, wait=ended - clicked, came_to="busy", ended_by="callee",
               legs=[leg(s.anna), leg(s.olga, end="busy")])  # fmt: skip


@scenario
async def click_to_call_client_does_not_pick_up_operator_gives_up(s: Stage) -> None:
    clicked = await s.clicks(s.anna, s.olga.number)
    anna = await s.anna.rings()
    await anna.answers(after=0.5)
    await s.olga.rings()
    left = await anna.hangs_up(after=2)
    s.outbound(s.anna, s.olga, wait=left - clicked, came_to="cancelled", ended_by="caller",
               legs=[leg(s.anna), leg(s.olga, end="cancelled")])  # fmt: skip


@scenario
async def click_to_call_operator_does_not_pick_up(s: Stage) -> None:
    clicked = await s.clicks(s.anna, s.olga.number)
    anna = await s.anna.rings()
    ended = await anna.ends()
    s.outbound(s.anna, s.olga, wait=ended - clicked, came_to="no_answer", ended_by="system",
               legs=[leg(s.anna, end="no_answer")])  # fmt: skip


@scenario
async def click_to_call_operator_rejects(s: Stage) -> None:
    clicked = await s.clicks(s.anna, s.olga.number)
    anna = await s.anna.rings()
    ended = await anna.rejects(after=1)
    s.outbound(s.anna, s.olga, wait=ended - clicked, came_to="rejected", ended_by="callee",
               legs=[leg(s.anna, end="rejected")])  # fmt: skip


@scenario
async def call_me_back(s: Stage) -> None:
    """The client asks for it in a menu; then our operator is rung first, and the client called."""
    asked = await s.olga.calls(s.number("call me back"))
    await asked.is_answered()
    await asked.presses("5", after=1)
    ended = await asked.ends()
    s.inbound("call me back", wait=ended - asked.began, came_to="no_answer", ended_by="system")
    clicked = await s.clicks(s.anna, s.olga.number)
    anna = await s.anna.rings()
    await anna.answers(after=0.5)
    olga = await s.olga.rings()
    answered = await olga.answers(after=0.5)
    left = await olga.hangs_up(after=1.5)
    talk = left - answered
    s.outbound(s.anna, s.olga, answered_by=s.olga, wait=answered - clicked, talk=talk, ended_by="callee",
               legs=[leg(s.anna, talk), leg(s.olga, talk)])  # fmt: skip
