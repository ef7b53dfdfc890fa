# SPDX-License-Identifier: Apache-2.0
"""A client is sent on without asking: by the phone's own key, by feature code, by AMI; to whoever may be there."""

from tests.live.scenarios.party import Leg
from tests.live.scenarios.stage import Stage, leg, queued, scenario, seconds, transfer


async def _talking(s: Stage, road: str = "phone") -> tuple[Leg, Leg, float]:
    """Olga called and Anna answered."""
    olga = await s.olga.calls(s.number(road))
    anna = await s.anna.rings()
    return olga, anna, await anna.answers(after=0.5)


async def _sent_to_boris(s: Stage, olga: Leg, answered: float, sent: float, to: str = "") -> None:
    """Boris takes the call, and Olga hangs up."""
    boris = await s.boris.rings()
    taken = await boris.answers(after=1)
    left = await olga.hangs_up(after=1.5)
    first, second = sent - answered, left - taken
    s.inbound("phone", answered_by=s.anna, final=s.boris, wait=answered - olga.began, talk=first + second,
              ended_by="caller", transfers=[transfer("blind", s.anna, to or s.boris)],
              legs=[leg(s.anna, first, "transferred"), leg(s.boris, second)])  # fmt: skip


@scenario
async def blind_transfer_by_refer_answered(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    sent = await anna.refers(s.boris.number, after=1.5)
    await _sent_to_boris(s, olga, answered, sent)


@scenario
async def blind_transfer_by_feature_code_answered(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    coded = await s.dials_by_code(anna, "##", s.boris.number)
    boris = await s.boris.rings()
    taken = await boris.answers(after=1)
    left = await olga.hangs_up(after=1.5)
    first, second = coded - answered, left - taken
    s.inbound("phone", answered_by=s.anna, final=s.boris, wait=answered - olga.began, talk=first + second,
              hold=boris.began - coded, ended_by="caller", transfers=[transfer("blind", s.anna, s.boris)],
              legs=[leg(s.anna, first, "transferred"), leg(s.boris, second)])  # fmt: skip


@scenario
async def blind_transfer_by_ami_action_answered(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    del anna
    channel = await s.channel(s.anna)
    await s.ami("BlindTransfer", Channel=channel, Exten=s.boris.number, Context="lab-phones")
    boris = await s.boris.rings()
    sent = boris.began
    taken = await boris.answers(after=1)
    left = await olga.hangs_up(after=1.5)
    s.inbound("phone", answered_by=s.anna, final=s.boris, wait=answered - olga.began,
              talk=sent - answered + left - taken, ended_by="caller", transfers=[transfer("blind", s.anna, s.boris)],
              legs=[leg(s.anna, sent - answered, "transferred"), leg(s.boris, left - taken)])  # fmt: skip


async def _moved_on_to_boris(s: Stage, olga: Leg, anna: Leg) -> tuple[float, float, float]:
    """By a script; when Anna is left, when Boris answers and when Olga hangs up."""
    channel = await s.channel(s.olga)
    await s.ami("Redirect", Channel=channel, Exten=s.boris.number, Context="lab-phones", Priority="1")
    sent = await anna.ends()
    boris = await s.boris.rings()
    taken = await boris.answers(after=1)
    return sent, taken, await olga.hangs_up(after=1.5)


@scenario
async def redirected_by_ami_answered(s: Stage) -> None:
    """A script of the PBX moves the client on: nobody of the house transferred."""
    olga, anna, answered = await _talking(s)
    sent, taken, left = await _moved_on_to_boris(s, olga, anna)
    s.inbound("phone", answered_by=s.anna, final=s.boris, wait=answered - olga.began,
              talk=sent - answered + left - taken, ended_by="caller",
              legs=[leg(s.anna, sent - answered), leg(s.boris, left - taken)])  # fmt: skip


@scenario
async def a_client_we_called_is_moved_on_by_ami(s: Stage) -> None:
    """Their channel was made by Dial, and yet goes on by itself; but for its leaving the bridge nothing tells."""
    anna = await s.anna.calls(s.olga.number)
    olga = await s.olga.rings()
    answered = await olga.answers(after=0.5)
    await seconds(1)
    sent, taken, left = await _moved_on_to_boris(s, olga, anna)
    first, second = sent - answered, left - taken
    s.outbound(s.anna, s.olga, answered_by=s.olga, final=s.boris, wait=answered - anna.began, talk=first + second,
               ended_by="callee", legs=[leg(s.anna, first), leg(s.olga, first + second), leg(s.boris, second)])  # fmt: skip


@scenario
async def blind_transfer_to_a_queue_answered(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    s.anna.refuses = "486 Busy Here"
    sent = await anna.refers("602", after=1.5)
    boris = await s.boris.rings()
    taken = await boris.answers(after=1)
    left = await boris.hangs_up(after=1.5)
    first, second = sent - answered, left - taken
    s.inbound("phone", queue="linear", answered_by=s.anna, final=s.boris, wait=answered - olga.began,
              talk=first + second, ended_by="callee", transfers=[transfer("blind", s.anna, "602")],
              legs=[leg(s.anna, first, "transferred"), queued("linear"), leg(s.anna, end="busy"),
                    leg(s.boris, second)])  # fmt: skip
    s.tried_in_vain(s.anna)


@scenario
async def blind_transfer_to_a_queue_abandoned(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    sent = await anna.refers("602", after=1.5)
    rung = await s.first_to_ring(s.anna, s.boris)
    await olga.hangs_up(after=1)
    s.inbound("phone", queue="linear", answered_by=s.anna, wait=answered - olga.began, talk=sent - answered,
              ended_by="caller", transfers=[transfer("blind", s.anna, "602", completed=False)],
              legs=[leg(s.anna, sent - answered, "transferred"), queued("linear", "abandoned"),
                    leg(rung.person, end="cancelled")])  # fmt: skip
    s.tried_in_vain(s.anna, s.boris)


@scenario
async def blind_transfer_to_outside_answered(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    sent = await anna.refers(s.mobile.number, after=1.5)
    mobile = await s.mobile.rings()
    taken = await mobile.answers(after=1)
    left = await olga.hangs_up(after=1.5)
    first, second = sent - answered, left - taken
    s.inbound("phone", answered_by=s.anna, final=s.mobile, wait=answered - olga.began, talk=first + second,
              ended_by="caller", transfers=[transfer("blind", s.anna, s.mobile)],
              legs=[leg(s.anna, first, "transferred"), leg(s.mobile, second)])  # fmt: skip


@scenario
async def blind_transfer_to_a_busy_colleague(s: Stage) -> None:
    s.boris.refuses = "486 Busy Here"
    olga, anna, answered = await _talking(s)
    sent = await anna.refers(s.boris.number, after=1.5)
    await olga.ends()
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=sent - answered, ended_by="system",
              transfers=[transfer("blind", s.anna, s.boris, completed=False)],
              legs=[leg(s.anna, sent - answered, "transferred"), leg(s.boris, end="busy")])  # fmt: skip


@scenario
async def blind_transfer_nobody_answers(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    sent = await anna.refers(s.boris.number, after=1.5)
    boris = await s.boris.rings()
    await boris.rejects("480 Temporarily Unavailable", after=2)
    await olga.ends()
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=sent - answered, ended_by="system",
              transfers=[transfer("blind", s.anna, s.boris, completed=False)],
              legs=[leg(s.anna, sent - answered, "transferred"), leg(s.boris, end="no_answer")])  # fmt: skip


@scenario
async def blind_transfer_to_a_phone_that_is_off(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    sent = await anna.refers(s.off, after=1.5)
    await olga.ends()
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=sent - answered, ended_by="system",
              transfers=[transfer("blind", s.anna, s.off, completed=False)],
              legs=[leg(s.anna, sent - answered, "transferred")])  # fmt: skip


@scenario
async def blind_transfer_client_gives_up_while_it_rings(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    sent = await anna.refers(s.boris.number, after=1.5)
    await s.boris.rings()
    await olga.hangs_up(after=1)
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=sent - answered, ended_by="caller",
              transfers=[transfer("blind", s.anna, s.boris, completed=False)],
              legs=[leg(s.anna, sent - answered, "transferred"), leg(s.boris, end="cancelled")])  # fmt: skip


@scenario
async def blind_transfer_twice(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    sent = await anna.refers(s.boris.number, after=1)
    boris = await s.boris.rings()
    taken = await boris.answers(after=0.5)
    sent_on = await boris.refers(s.clara.number, after=1)
    clara = await s.clara.rings()
    taken_at_last = await clara.answers(after=0.5)
    left = await clara.hangs_up(after=1)
    talks = sent - answered, sent_on - taken, left - taken_at_last
    s.inbound("phone", answered_by=s.anna, final=s.clara, wait=answered - olga.began, talk=sum(talks),
              ended_by="callee", transfers=[transfer("blind", s.anna, s.boris), transfer("blind", s.boris, s.clara)],
              legs=[leg(s.anna, talks[0], "transferred"), leg(s.boris, talks[1], "transferred"),
                    leg(s.clara, talks[2])])  # fmt: skip


@scenario
async def blind_transfer_of_a_client_we_called(s: Stage) -> None:
    anna = await s.anna.calls(s.olga.number)
    olga = await s.olga.rings()
    answered = await olga.answers(after=0.5)
    sent = await anna.refers(s.boris.number, after=1.5)
    boris = await s.boris.rings()
    taken = await boris.answers(after=0.5)
    left = await olga.hangs_up(after=1.5)
    first, second = sent - answered, left - taken
    s.outbound(s.anna, s.olga, answered_by=s.olga, final=s.boris, wait=answered - anna.began, talk=first + second,
               ended_by="callee", transfers=[transfer("blind", s.anna, s.boris)],
               legs=[leg(s.anna, first, "transferred"), leg(s.olga, first + second), leg(s.boris, second)])  # fmt: skip
