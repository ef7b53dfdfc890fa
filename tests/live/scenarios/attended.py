# SPDX-License-Identifier: Apache-2.0
"""A colleague is asked first: and takes the client, or does not."""

from tests.live.scenarios.party import Leg
from tests.live.scenarios.stage import Stage, leg, queued, scenario, seconds, transfer


async def _talking(s: Stage) -> tuple[Leg, Leg, float]:
    """Olga called and Anna answered."""
    olga = await s.olga.calls(s.number("phone"))
    anna = await s.anna.rings()
    return olga, anna, await anna.answers(after=0.5)


@scenario
async def attended_transfer_by_refer_colleague_takes_over(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    held = await anna.holds(after=1)
    asked = await s.anna.calls(s.boris.number)
    boris = await s.boris.rings()
    taken = await boris.answers(after=0.5)
    handed = await anna.refers(s.boris.number, asked, after=1)
    await anna.is_let_go()
    left = await olga.hangs_up(after=1.5)
    first, consult, second = held - answered, handed - taken, left - handed
    s.inbound("phone", answered_by=s.anna, final=s.boris, wait=answered - olga.began, talk=first + second,
              hold=handed - held, ended_by="caller", transfers=[transfer("attended", s.anna, s.boris)],
              legs=[leg(s.anna, first, "transferred"), leg(s.anna, consult, "transferred"),
                    leg(s.boris, consult + second)])  # fmt: skip


@scenario
async def attended_transfer_by_refer_colleague_refuses(s: Stage) -> None:
    """Boris says no; Anna goes on with the client."""
    olga, anna, answered = await _talking(s)
    held = await anna.holds(after=1)
    asked = await s.anna.calls(s.boris.number)
    boris = await s.boris.rings()
    taken = await boris.answers(after=0.5)
    refused = await boris.hangs_up(after=1)
    await asked.ends()
    back = await anna.resumes(after=0.3)
    left = await olga.hangs_up(after=1)
    talk = held - answered + left - back
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=talk, hold=back - held, ended_by="caller",
              legs=[leg(s.anna, talk)])  # fmt: skip
    consult = refused - taken
    s.internal(s.anna, s.boris, answered_by=s.boris, wait=taken - asked.began, talk=consult, ended_by="callee",
               legs=[leg(s.anna, consult), leg(s.boris, consult)])  # fmt: skip


@scenario
async def attended_transfer_by_refer_colleague_does_not_pick_up(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    held = await anna.holds(after=1)
    asked = await s.anna.calls(s.boris.number)
    await s.boris.rings()
    gave_up = await asked.hangs_up(after=1.5)
    back = await anna.resumes(after=0.3)
    left = await anna.hangs_up(after=1)
    talk = held - answered + left - back
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=talk, hold=back - held, ended_by="callee",
              legs=[leg(s.anna, talk)])  # fmt: skip
    s.internal(s.anna, s.boris, wait=gave_up - asked.began, came_to="cancelled", ended_by="caller",
               legs=[leg(s.anna), leg(s.boris, end="cancelled")])  # fmt: skip


@scenario
async def attended_transfer_by_refer_with_swaps(s: Stage) -> None:
    """Anna goes to and fro between the client and the colleague before she hands over."""
    olga, anna, answered = await _talking(s)
    held = await anna.holds(after=1)
    asked = await s.anna.calls(s.boris.number)
    boris = await s.boris.rings()
    taken = await boris.answers(after=0.3)
    let_wait = await asked.holds(after=0.7)
    back = await anna.resumes()
    held_again = await anna.holds(after=1)
    again = await asked.resumes()
    handed = await anna.refers(s.boris.number, asked, after=0.7)
    await anna.is_let_go()
    left = await boris.hangs_up(after=1)
    talk = held - answered + held_again - back + left - handed
    s.inbound("phone", answered_by=s.anna, final=s.boris, wait=answered - olga.began, talk=talk,
              hold=back - held + handed - held_again, ended_by="callee",
              transfers=[transfer("attended", s.anna, s.boris)],
              legs=[leg(s.anna, held - answered + held_again - back, "transferred"),
                    leg(s.anna, let_wait - taken + handed - again, "transferred"),
                    leg(s.boris, let_wait - taken + left - again)])  # fmt: skip


@scenario
async def attended_transfer_by_refer_to_outside(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    held = await anna.holds(after=1)
    asked = await s.anna.calls(s.mobile.number)
    mobile = await s.mobile.rings()
    taken = await mobile.answers(after=0.5)
    handed = await anna.refers(s.mobile.number, asked, after=1)
    await anna.is_let_go()
    left = await olga.hangs_up(after=1.5)
    first, consult, second = held - answered, handed - taken, left - handed
    s.inbound("phone", answered_by=s.anna, final=s.mobile, wait=answered - olga.began, talk=first + second,
              hold=handed - held, ended_by="caller", transfers=[transfer("attended", s.anna, s.mobile)],
              legs=[leg(s.anna, first, "transferred"), leg(s.anna, consult, "transferred"),
                    leg(s.mobile, consult + second)])  # fmt: skip


@scenario
async def attended_transfer_by_refer_from_a_queue_colleague(s: Stage) -> None:
    """Anna asks a queue; whoever of it answers takes the client."""
    olga, anna, answered = await _talking(s)
    held = await anna.holds(after=1)
    asked = await s.anna.calls("602")
    boris = await s.boris.rings()
    taken = await boris.answers(after=0.5)
    handed = await anna.refers("602", asked, after=1)
    await anna.is_let_go()
    left = await olga.hangs_up(after=1.5)
    first, consult, second = held - answered, handed - taken, left - handed
    s.inbound("phone", queue="linear", answered_by=s.anna, final=s.boris, wait=answered - olga.began,
              talk=first + second, hold=handed - held, ended_by="caller",
              transfers=[transfer("attended", s.anna, s.boris)],
              legs=[leg(s.anna, first, "transferred"), leg(s.anna, consult, "transferred"), queued("linear"),
                    leg(s.boris, consult + second)])  # fmt: skip
    s.tried_in_vain(s.anna)


@scenario
async def attended_transfer_by_feature_code_completed(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    coded = await s.dials_by_code(anna, "*2", s.boris.number)
    boris = await s.boris.rings()
    taken = await boris.answers(after=0.5)
    handed = await anna.hangs_up(after=1.5)
    left = await olga.hangs_up(after=1.5)
    first, consult, second = coded - answered, handed - taken, left - handed
    s.inbound("phone", answered_by=s.anna, final=s.boris, wait=answered - olga.began, talk=first + second,
              hold=handed - coded, ended_by="caller", transfers=[transfer("attended", s.anna, s.boris)],
              legs=[leg(s.anna, first + consult, "transferred"), leg(s.boris, consult + second)])  # fmt: skip


@scenario
async def attended_transfer_by_feature_code_colleague_refuses(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    coded = await s.dials_by_code(anna, "*2", s.boris.number)
    boris = await s.boris.rings()
    taken = await boris.answers(after=0.5)
    back = await boris.hangs_up(after=1)
    await seconds(0.5)
    left = await olga.hangs_up(after=1.5)
    talk = coded - answered + left - back
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=talk, hold=back - coded, ended_by="caller",
              transfers=[transfer("attended", s.anna, s.boris, completed=False)],
              legs=[leg(s.anna, talk + back - taken), leg(s.boris, back - taken)])  # fmt: skip


@scenario
async def attended_transfer_by_feature_code_semi(s: Stage) -> None:
    """Anna does not wait for Boris to answer."""
    olga, anna, answered = await _talking(s)
    coded = await s.dials_by_code(anna, "*2", s.boris.number)
    boris = await s.boris.rings()
    gone = await anna.hangs_up(after=1)  # from now on the client hears it ring
    taken = await boris.answers(after=1)
    left = await olga.hangs_up(after=1.5)
    first, second = coded - answered, left - taken
    s.inbound("phone", answered_by=s.anna, final=s.boris, wait=answered - olga.began, talk=first + second,
              hold=gone - coded, ended_by="caller", transfers=[transfer("attended", s.anna, s.boris)],
              legs=[leg(s.anna, first, "transferred"), leg(s.boris, second)])  # fmt: skip


@scenario
async def attended_transfer_by_ami_completed(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    await seconds(1)
    held = await _asks_by_ami(s)
    boris = await s.boris.rings()
    taken = await boris.answers(after=0.5)
    handed = await anna.hangs_up(after=1.5)
    left = await boris.hangs_up(after=1.5)
    first, consult, second = held - answered, handed - taken, left - handed
    s.inbound("phone", answered_by=s.anna, final=s.boris, wait=answered - olga.began, talk=first + second,
              hold=handed - held, ended_by="callee", transfers=[transfer("attended", s.anna, s.boris)],
              legs=[leg(s.anna, first + consult, "transferred"), leg(s.boris, consult + second)])  # fmt: skip


@scenario
async def attended_transfer_by_ami_called_off(s: Stage) -> None:
    olga, _, answered = await _talking(s)
    await seconds(1)
    held = await _asks_by_ami(s)
    boris = await s.boris.rings()
    taken = await boris.answers(after=0.5)
    await seconds(1)
    await s.ami("CancelAtxfer", Channel=await s.channel(s.anna))
    back = await boris.ends()
    left = await olga.hangs_up(after=1.5)
    talk = held - answered + left - back
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=talk, hold=back - held, ended_by="caller",
              transfers=[transfer("attended", s.anna, s.boris, completed=False)],
              legs=[leg(s.anna, talk + back - taken), leg(s.boris, back - taken)])  # fmt: skip


async def _asks_by_ami(s: Stage) -> float:
    channel = await s.channel(s.anna)
    await s.ami("Atxfer", Channel=channel, Exten=s.boris.number, Context="lab-phones")
    return s.now() + 0.2  # Asterisk presses the feature code's keys
