# SPDX-License-Identifier: Apache-2.0
"""What a house's PBX can do besides: pickup, parking, conferences, hold, listening in, Local channels."""

from tests.live.scenarios.party import Leg
from tests.live.scenarios.stage import Stage, leg, queued, scenario, seconds, transfer


async def _talking(s: Stage) -> tuple[Leg, Leg, float]:
    olga = await s.olga.calls(s.number("phone"))
    anna = await s.anna.rings()
    return olga, anna, await anna.answers(after=0.5)


async def _picked_up(
    s: Stage, olga: Leg, code: str, road: str, *also: dict[str, object], queue: str = ""
) -> None:
    """Clara takes what rings at Anna's, and Olga hangs up."""
    await seconds(1)
    clara = await s.clara.calls(code)
    taken = await clara.is_answered()
    left = await olga.hangs_up(after=1.5)
    talk = left - taken
    s.inbound(road, answered_by=s.clara, wait=taken - olga.began, talk=talk, ended_by="caller", queue=queue or None,
              legs=[leg(s.anna, end="answered_elsewhere"), leg(s.clara, talk), *also])  # fmt: skip


@scenario
async def directed_pickup(s: Stage) -> None:
    olga = await s.olga.calls(s.number("phone"))
    await s.anna.rings()
    await _picked_up(s, olga, f"*9{s.anna.number}", "phone")


@scenario
async def group_pickup(s: Stage) -> None:
    olga = await s.olga.calls(s.number("phone"))
    await s.anna.rings()
    await _picked_up(s, olga, "*8", "phone")


@scenario
async def pickup_from_a_queue(s: Stage) -> None:
    s.boris.refuses = "486 Busy Here"
    olga = await s.olga.calls(s.number("linear"))
    await s.anna.rings()
    await _picked_up(s, olga, f"*9{s.anna.number}", "linear", queued("linear"), queue="linear")
    s.tried_in_vain(s.boris)


@scenario
async def parked_and_retrieved(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    parked = await anna.refers(s.space(0), after=1.5)
    await anna.lets_go(after=0.5)
    await s.is_parked()
    await seconds(1)
    boris = await s.boris.calls(s.space())
    taken = await boris.is_answered()
    left = await olga.hangs_up(after=1.5)
    first, second = parked - answered, left - taken
    s.inbound("phone", answered_by=s.anna, final=s.boris, wait=answered - olga.began, talk=first + second,
              ended_by="caller", transfers=[transfer("blind", s.anna, s.space(0))],
              legs=[leg(s.anna, first, "transferred"), leg(s.boris, second)])  # fmt: skip


@scenario
async def parked_and_forgotten_comes_back(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    parked = await anna.refers(s.space(0), after=1)
    await anna.lets_go(after=0.5)
    again = await s.anna.rings()
    taken = await again.answers(after=0.5)
    left = await olga.hangs_up(after=1.5)
    first, second = parked - answered, left - taken
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=first + second, ended_by="caller",
              transfers=[transfer("blind", s.anna, s.space(0), completed=False)],
              legs=[leg(s.anna, first, "transferred"), leg(s.anna, second)])  # fmt: skip


@scenario
async def parked_client_gives_up(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    parked = await anna.refers(s.space(0), after=1)
    await anna.lets_go(after=0.5)
    await olga.hangs_up(after=1.5)
    talk = parked - answered
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=talk, ended_by="caller",
              transfers=[transfer("blind", s.anna, s.space(0), completed=False)],
              legs=[leg(s.anna, talk, "transferred")])  # fmt: skip


@scenario
async def two_parked_in_one_lot(s: Stage) -> None:
    """Asterisk keeps all of a lot in one bridge; Olga and Pavel have nothing to do with each other."""
    olga, anna, answered = await _talking(s)
    pavel = await s.pavel.calls(s.number("phone"))
    again = await s.anna.rings()
    answered_too = await again.answers(after=0.5)
    parked = await anna.refers(s.space(0), after=0.5)
    await anna.lets_go(after=0.3)
    await s.is_parked(1)
    parked_too = await again.refers(s.space(0), after=0.5)
    await again.lets_go(after=0.3)
    await s.is_parked(2)
    boris = await s.boris.calls(s.space(1))
    taken = await boris.is_answered()
    clara = await s.clara.calls(s.space(2))
    taken_too = await clara.is_answered()
    left = await olga.hangs_up(after=1.5)
    left_too = await pavel.hangs_up(after=1)
    for caller, began, talks, final, times in (
        (s.olga, olga.began, parked - answered, s.boris, (answered, left - taken)),
        (s.pavel, pavel.began, parked_too - answered_too, s.clara, (answered_too, left_too - taken_too)),
    ):
        since, second = times
        s.inbound("phone", caller=caller, answered_by=s.anna, final=final, wait=since - began, talk=talks + second,
                  ended_by="caller", transfers=[transfer("blind", s.anna, s.space(0))],
                  legs=[leg(s.anna, talks, "transferred"), leg(final, second)])  # fmt: skip


@scenario
async def conference_of_a_client_and_two_colleagues(s: Stage) -> None:
    olga = await s.olga.calls(s.number("room"))
    await olga.is_answered()
    await seconds(1)
    anna = await s.anna.calls("800")
    met = await anna.is_answered()
    await seconds(1)
    boris = await s.boris.calls("800")
    joined = await boris.is_answered()
    anna_left = await anna.hangs_up(after=1.5)
    left = await olga.hangs_up(after=1)
    await boris.hangs_up(after=0.5)
    s.inbound("room", answered_by=s.anna, final=s.boris, wait=met - olga.began, talk=left - met, ended_by="caller",
              legs=[leg(s.anna, anna_left - met), leg(s.boris, left - joined)])  # fmt: skip


@scenario
async def conference_that_colleagues_began(s: Stage) -> None:
    """Olga waits from her own call on, not since the colleagues came together."""
    anna = await s.anna.calls("800")
    await anna.is_answered()
    await seconds(1)
    boris = await s.boris.calls("800")
    met = await boris.is_answered()
    await seconds(3)
    olga = await s.olga.calls(s.number("room"))
    joined = await olga.is_answered()
    left = await olga.hangs_up(after=1.5)
    parted = await boris.hangs_up(after=0.5)
    await anna.hangs_up(after=0.5)
    s.inbound("room", answered_by=s.anna, final=s.boris, wait=joined - olga.began, talk=left - joined,
              ended_by="caller", legs=[leg(s.anna, parted - met), leg(s.boris, parted - met)])  # fmt: skip


@scenario
async def conference_nobody_comes(s: Stage) -> None:
    olga = await s.olga.calls(s.number("room"))
    await olga.is_answered()
    left = await olga.hangs_up(after=2)
    s.inbound("room", wait=left - olga.began, came_to="abandoned", ended_by="caller")


@scenario
async def hold_and_resume(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    held = await anna.holds(after=1)
    back = await anna.resumes(after=1.5)
    held_again = await anna.holds(after=1)
    back_again = await anna.resumes(after=1)
    left = await olga.hangs_up(after=1)
    talk = held - answered + held_again - back + left - back_again
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=talk, ended_by="caller",
              hold=back - held + back_again - held_again, legs=[leg(s.anna, talk)])  # fmt: skip


@scenario
async def hung_up_while_held(s: Stage) -> None:
    olga, anna, answered = await _talking(s)
    held = await anna.holds(after=1)
    left = await olga.hangs_up(after=2)
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=held - answered, hold=left - held,
              ended_by="caller", legs=[leg(s.anna, held - answered)])  # fmt: skip


async def _listened_to(s: Stage, code: str) -> None:
    """A supervisor's listening in is no call, and no part of one."""
    olga, anna, answered = await _talking(s)
    del anna
    clara = await s.clara.calls(f"{code}{s.anna.number}")
    await clara.is_answered()
    await clara.hangs_up(after=1.5)
    left = await olga.hangs_up(after=1)
    talk = left - answered
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=talk, ended_by="caller",
              legs=[leg(s.anna, talk)])  # fmt: skip


@scenario
async def supervisor_listens(s: Stage) -> None:
    await _listened_to(s, "*55")


@scenario
async def supervisor_whispers(s: Stage) -> None:
    await _listened_to(s, "*56")


@scenario
async def supervisor_barges_in(s: Stage) -> None:
    await _listened_to(s, "*57")


@scenario
async def echo_is_no_talk(s: Stage) -> None:
    anna = await s.anna.calls("*43")
    await anna.is_answered()
    left = await anna.hangs_up(after=2)
    s.internal(
        s.anna, "*43", wait=left - anna.began, came_to="abandoned", ended_by="caller", legs=[leg(s.anna)]
    )


@scenario
async def client_hears_only_music(s: Stage) -> None:
    olga = await s.olga.calls(s.number("music"))
    await olga.is_answered()
    left = await olga.hangs_up(after=2)
    s.inbound("music", wait=left - olga.began, came_to="abandoned", ended_by="caller")


async def _through_a_local(s: Stage, road: str) -> None:
    olga = await s.olga.calls(s.number(road))
    anna = await s.anna.rings()
    answered = await anna.answers(after=1)
    left = await anna.hangs_up(after=2)
    talk = left - answered
    s.inbound(road, answered_by=s.anna, wait=answered - olga.began, talk=talk, ended_by="callee",
              legs=[leg(s.anna, talk)])  # fmt: skip


@scenario
async def local_that_stays_answered(s: Stage) -> None:
    await _through_a_local(s, "behind a Local")


@scenario
async def local_that_is_optimised_answered(s: Stage) -> None:
    await _through_a_local(s, "behind an optimised Local")


@scenario
async def ring_group_by_local(s: Stage) -> None:
    olga = await s.olga.calls(s.number("group by Local"))
    anna, boris = await s.anna.rings(), await s.boris.rings()
    answered = await boris.answers(after=1)
    await anna.ends()
    left = await olga.hangs_up(after=2)
    talk = left - answered
    s.inbound("group by Local", answered_by=s.boris, wait=answered - olga.began, talk=talk, ended_by="caller",
              legs=[leg(s.anna, end="answered_elsewhere"), leg(s.boris, talk)])  # fmt: skip


@scenario
async def connected_in_the_middle_of_the_talk(s: Stage) -> None:
    """We begin to listen while they talk: what was before is not known, and that is said."""
    olga, _, _ = await _talking(s)
    await seconds(1)
    await s.somebody_begins_to_listen()
    await olga.hangs_up(after=1.5)
    s.inbound("phone", answered_by=s.anna, wait=None, talk=None, hold=None, ended_by="caller",
              uncertain=["start_unseen"], legs=[leg(s.anna, None)])  # fmt: skip
