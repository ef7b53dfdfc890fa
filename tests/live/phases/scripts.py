# SPDX-License-Identifier: Apache-2.0
"""A call for each phase: brought there, held there, and taken to its end."""

from collections.abc import Awaitable, Callable

from tests.live.phases.case import Case
from tests.live.phases.office import IN_TURN
from tests.live.scenarios.party import Leg

_NEARLY_RUNG_OUT_S = 13.0
Script = Callable[[Case], Awaitable[None]]


async def _answered_at_last(c: Case, olga: Leg, anna: Leg) -> None:
    """What is left of a call whose phone rings."""
    await anna.answers()
    c.answered = await olga.is_answered()
    left = await olga.hangs_up(after=1.5)
    c.answered_call(left, "caller", spoke={c.anna.number: left - c.answered})


async def before_route(c: Case) -> None:
    """Nobody of ours saw it come."""
    await c.fails()
    olga = await c.calls()
    anna = await c.anna.rings()
    await c.heals()
    await _answered_at_last(c, olga, anna)


async def in_agi(c: Case) -> None:
    """Asterisk has asked where it shall go, and has no answer yet."""
    olga = await c.calls()
    await c.fails()
    anna = await c.anna.rings()
    await c.heals()
    await _answered_at_last(c, olga, anna)


async def ringing_step_1(c: Case) -> None:
    olga = await c.calls()
    anna = await c.anna.rings()
    await c.fails()
    await c.heals()
    await _answered_at_last(c, olga, anna)


async def between_steps(c: Case) -> None:
    """The first phone's time is over, and the second rings, while nobody looks."""
    olga = await c.calls(IN_TURN)
    anna = await c.anna.rings()
    await c.fails()
    assert not anna.over.is_set(), "the first phone rang out before"
    await anna.ends()
    boris = await c.boris.rings()
    await c.heals()
    # The queue rings for fifteen seconds and then again: no answer in the moment in which it gives up.
    while boris.over.is_set() or c.now() - boris.began > _NEARLY_RUNG_OUT_S:
        boris = await c.boris.rings()
    c.answered = await boris.answers()
    left = await olga.hangs_up(after=1.5)
    c.answered_call(left, "caller", spoke={c.boris.number: left - c.answered})


async def early_media(c: Case) -> None:
    """The phone sends sound before anybody picks it up."""
    c.anna.rings_aloud = False
    olga = await c.calls()
    anna = await c.anna.rings()
    assert anna.invitation is not None
    c.anna.line.reply(
        anna.invitation, "183 Session Progress", to=anna.local, body=c.anna.line.sdp(anna.voice)
    )
    await olga.hears_ringing()
    await c.fails()
    await c.heals()
    await _answered_at_last(c, olga, anna)


async def answer(c: Case) -> None:
    """The phone is picked up while nobody looks."""
    olga = await c.calls()
    anna = await c.anna.rings()
    await c.fails()
    c.answered = await anna.answers()
    await c.heals()
    left = await anna.hangs_up(after=1.5)
    await olga.ends()
    c.answered_call(left, "callee", spoke={c.anna.number: left - c.answered})


async def talk(c: Case) -> None:
    olga, anna = await c.talking()
    await c.fails()
    await c.heals()
    left = await anna.hangs_up(after=1)
    await olga.ends()
    c.answered_call(left, "callee", spoke={c.anna.number: left - c.answered})


async def hold(c: Case) -> None:
    olga, anna = await c.talking()
    held = await anna.holds(after=1)
    await c.fails()
    await c.heals()
    back = await anna.resumes()
    left = await olga.hangs_up(after=1)
    on_hold = back - held
    c.answered_call(left, "caller", hold=on_hold, spoke={c.anna.number: left - c.answered - on_hold})


async def _asks_boris(c: Case) -> tuple[Leg, Leg, float, Leg, Leg]:
    olga, anna = await c.talking()
    held = await anna.holds(after=1)
    asked = await c.anna.calls(c.boris.number)
    return olga, anna, held, asked, await c.boris.rings()


async def _hands_over(c: Case, olga: Leg, anna: Leg, held: float, asked: Leg, taken: float) -> None:
    handed = await anna.refers(c.boris.number, asked, after=1)
    await anna.is_let_go()
    left = await olga.hangs_up(after=1)
    _was_handed_over(c, held, taken, handed, left)


def _was_handed_over(c: Case, held: float, taken: float, handed: float, left: float) -> None:
    spoke = {c.anna.number: held - c.answered + handed - taken, c.boris.number: left - taken}
    c.answered_call(left, "caller", final=c.boris, hold=handed - held, spoke=spoke)


async def consult_ringing(c: Case) -> None:
    olga, anna, held, asked, boris = await _asks_boris(c)
    await c.fails()
    await c.heals()
    taken = await boris.answers()
    await _hands_over(c, olga, anna, held, asked, taken)


async def consult_talk(c: Case) -> None:
    olga, anna, held, asked, boris = await _asks_boris(c)
    taken = await boris.answers()
    await c.fails()
    await c.heals()
    await _hands_over(c, olga, anna, held, asked, taken)


async def transfer_complete(c: Case) -> None:
    olga, anna, held, asked, boris = await _asks_boris(c)
    taken = await boris.answers()
    handed = await anna.refers(c.boris.number, asked, after=1)
    await anna.is_let_go()
    c.transferred = True
    await c.fails()
    await c.heals()
    left = await olga.hangs_up(after=1)
    _was_handed_over(c, held, taken, handed, left)


async def after_hangup(c: Case) -> None:
    """It is over, and its recording has not been taken in."""
    olga, anna = await c.talking()
    left = await olga.hangs_up(after=1)
    await anna.ends()
    c.answered_call(left, "caller", spoke={c.anna.number: left - c.answered})
    await c.fails()


# Their phases pass by themselves, so they begin when all others are there, in this order.
PASSING = ("after_hangup", "between_steps", "in_agi")
SCRIPTS: dict[str, Script] = {
    script.__name__: script
    for script in (
        before_route, in_agi, ringing_step_1, between_steps, early_media, answer, talk, hold, consult_ringing,
        consult_talk, transfer_complete, after_hangup,
    )
}  # fmt: skip
