# SPDX-License-Identifier: Apache-2.0
"""A client waits in a queue of every strategy; members pause, rest, hide behind Local channels, or do not come."""

from tests.live.scenarios.stage import Stage, leg, queued, scenario, seconds


@scenario
async def queue_ringall_one_answers(s: Stage) -> None:
    olga = await s.olga.calls(s.number("ringall"))
    anna, boris = await s.anna.rings(), await s.boris.rings()
    answered = await anna.answers(after=1)
    await boris.ends()
    left = await olga.hangs_up(after=2)
    s.inbound("ringall", queue="ringall", answered_by=s.anna, wait=answered - olga.began, talk=left - answered,
              ended_by="caller",
              legs=[queued("ringall"), leg(s.anna, left - answered), leg(s.boris, end="answered_elsewhere")])  # fmt: skip


@scenario
async def queue_abandoned(s: Stage) -> None:
    olga = await s.olga.calls(s.number("ringall"))
    await s.anna.rings()
    await s.boris.rings()
    left = await olga.hangs_up(after=2)
    s.inbound("ringall", queue="ringall", wait=left - olga.began, came_to="abandoned", ended_by="caller",
              legs=[queued("ringall", "abandoned"), leg(s.anna, end="cancelled"), leg(s.boris, end="cancelled")])  # fmt: skip


@scenario
async def queue_rrmemory_one_after_another(s: Stage) -> None:
    """The first does not come, the second is busy, the third answers."""
    everybody = {s.anna, s.boris, s.clara}
    olga = await s.olga.calls(s.number("rrmemory"))
    first = await s.first_to_ring(*everybody)
    await first.ends()
    second = await s.first_to_ring(*everybody - {first.person})
    await second.rejects("486 Busy Here", after=0.5)
    second.person.refuses = "486 Busy Here"
    (last,) = everybody - {first.person, second.person}
    third = await s.first_to_ring(last)
    answered = await third.answers(after=0.5)
    left = await third.hangs_up(after=1.5)
    s.inbound("rrmemory", queue="rrmemory", answered_by=last, wait=answered - olga.began, talk=left - answered,
              ended_by="callee", legs=[queued("rrmemory"), leg(first.person, end="no_answer"),
                                       leg(second.person, end="busy"), leg(last, left - answered)])  # fmt: skip
    s.tried_in_vain(*everybody)


@scenario
async def queue_linear_second_round(s: Stage) -> None:
    """Nobody comes at first; whoever is rung third answers."""
    olga = await s.olga.calls(s.number("linear"))
    for _ in range(2):
        unheard = await s.first_to_ring(s.anna, s.boris)
        await unheard.ends()
    third = await s.first_to_ring(s.anna, s.boris)
    answered = await third.answers(after=0.5)
    left = await olga.hangs_up(after=1.5)
    s.inbound("linear", queue="linear", answered_by=third.person, wait=answered - olga.began, talk=left - answered,
              ended_by="caller", legs=[queued("linear"), leg(third.person, left - answered)])  # fmt: skip
    s.tried_in_vain(s.anna, s.boris)


@scenario
async def queue_local_members_one_answers(s: Stage) -> None:
    olga = await s.olga.calls(s.number("local"))
    anna, boris = await s.anna.rings(), await s.boris.rings()
    answered = await boris.answers(after=1)
    await anna.ends()
    left = await olga.hangs_up(after=2)
    s.inbound("local", queue="local", answered_by=s.boris, wait=answered - olga.began, talk=left - answered,
              ended_by="caller",
              legs=[queued("local"), leg(s.boris, left - answered), leg(s.anna, end="answered_elsewhere")])  # fmt: skip


@scenario
async def queue_optimised_local_members_answered(s: Stage) -> None:
    olga = await s.olga.calls(s.number("optimised"))
    anna, boris = await s.anna.rings(), await s.boris.rings()
    answered = await anna.answers(after=1)
    await boris.ends()
    left = await anna.hangs_up(after=2)
    s.inbound("optimised", queue="optimised", answered_by=s.anna, wait=answered - olga.began, talk=left - answered,
              ended_by="callee",
              legs=[queued("optimised"), leg(s.anna, left - answered), leg(s.boris, end="answered_elsewhere")])  # fmt: skip


@scenario
async def queue_tells_the_position_then_answered(s: Stage) -> None:
    s.anna.refuses = "486 Busy Here"
    olga = await s.olga.calls(s.number("position"))
    await olga.is_answered()
    await seconds(3)
    s.anna.refuses = ""
    anna = await s.anna.rings()
    answered = await anna.answers(after=0.5)
    left = await olga.hangs_up(after=1.5)
    s.inbound("position", queue="position", answered_by=s.anna, wait=answered - olga.began, talk=left - answered,
              ended_by="caller", legs=[queued("position"), leg(s.anna, left - answered)])  # fmt: skip
    s.tried_in_vain(s.anna)


@scenario
async def queue_takes_too_long(s: Stage) -> None:
    olga = await s.olga.calls(s.number("impatient"))
    await s.anna.rings()
    await s.boris.rings()
    ended = await olga.ends()
    s.inbound("impatient", queue="ringall", wait=ended - olga.began, came_to="no_answer", ended_by="system",
              legs=[queued("ringall", "timeout"), leg(s.anna, end="no_answer"), leg(s.boris, end="no_answer")])  # fmt: skip


@scenario
async def queue_takes_too_long_then_the_next_queue_answers(s: Stage) -> None:
    olga = await s.olga.calls(s.number("queue after queue"))
    first = await s.first_to_ring(s.anna, s.boris)
    await first.ends()  # the first queue's three seconds are over, and the next one rings both
    other = s.boris if first.person is s.anna else s.anna
    await other.rings()
    last = await first.person.rings()
    answered = await last.answers(after=0.5)
    left = await olga.hangs_up(after=1.5)
    s.inbound("queue after queue", queue="ringall", answered_by=last.person, wait=answered - olga.began,
              talk=left - answered, ended_by="caller",
              legs=[queued("linear", "timeout"), queued("ringall"), leg(last.person, left - answered),
                    leg(other, end="answered_elsewhere")])  # fmt: skip
    s.tried_in_vain(s.anna, s.boris)


@scenario
async def queue_member_pauses_and_is_not_rung(s: Stage) -> None:
    await s.ami("QueuePause", Interface=f"PJSIP/{s.anna.number}", Paused="true", Queue=s.queue("ringall"))
    olga = await s.olga.calls(s.number("ringall"))
    boris = await s.boris.rings()
    answered = await boris.answers(after=1)
    left = await boris.hangs_up(after=1.5)
    assert s.anna.invited.empty()
    s.inbound("ringall", queue="ringall", answered_by=s.boris, wait=answered - olga.began, talk=left - answered,
              ended_by="callee", legs=[queued("ringall"), leg(s.boris, left - answered)])  # fmt: skip


@scenario
async def queue_member_rests_after_a_call(s: Stage) -> None:
    """Two clients, one operator, three seconds of wrap-up between them."""
    olga = await s.olga.calls(s.number("resting"))
    anna = await s.anna.rings()
    pavel = await s.pavel.calls(s.number("resting"))
    answered = await anna.answers(after=0.5)
    left = await olga.hangs_up(after=1.5)
    again = await s.anna.rings()
    assert again.began - left > 1.9  # Asterisk counts whole seconds
    answered_again = await again.answers(after=0.5)
    left_again = await pavel.hangs_up(after=1.5)
    s.inbound("resting", queue="resting", answered_by=s.anna, wait=answered - olga.began, talk=left - answered,
              ended_by="caller", legs=[queued("resting"), leg(s.anna, left - answered)])  # fmt: skip
    s.inbound("resting", caller=s.pavel, queue="resting", answered_by=s.anna, wait=answered_again - pavel.began,
              talk=left_again - answered_again, ended_by="caller",
              legs=[queued("resting"), leg(s.anna, left_again - answered_again)])  # fmt: skip


@scenario
async def queue_two_callers_two_operators(s: Stage) -> None:
    olga = await s.olga.calls(s.number("linear"))
    first = await s.first_to_ring(s.anna, s.boris)
    answered = await first.answers(after=0.5)
    other = s.boris if first.person is s.anna else s.anna
    pavel = await s.pavel.calls(s.number("linear"))
    second = await other.rings(caller=s.pavel)
    answered_too = await second.answers(after=0.5)
    left = await olga.hangs_up(after=1)
    left_too = await second.hangs_up(after=1)
    s.inbound("linear", queue="linear", answered_by=first.person, wait=answered - olga.began, talk=left - answered,
              ended_by="caller", legs=[queued("linear"), leg(first.person, left - answered)])  # fmt: skip
    s.inbound("linear", caller=s.pavel, queue="linear", answered_by=other, wait=answered_too - pavel.began,
              talk=left_too - answered_too, ended_by="callee",
              legs=[queued("linear"), leg(other, left_too - answered_too)])  # fmt: skip
    s.tried_in_vain(s.anna, s.boris)


@scenario
async def menu_then_queue_abandoned(s: Stage) -> None:
    olga = await s.olga.calls(s.number("menu"))
    await olga.is_answered()
    await olga.presses("2", after=1)
    await s.anna.rings()
    await s.boris.rings()
    left = await olga.hangs_up(after=2)
    s.inbound("menu", queue="ringall", wait=left - olga.began, came_to="abandoned", ended_by="caller",
              legs=[queued("ringall", "abandoned"), leg(s.anna, end="cancelled"), leg(s.boris, end="cancelled")])  # fmt: skip


@scenario
async def nobody_answers_then_the_queue_does(s: Stage) -> None:
    olga = await s.olga.calls(s.number("phone then queue"))
    first = await s.anna.rings()
    await first.rejects("480 Temporarily Unavailable", after=0.5)
    s.anna.refuses = "480 Temporarily Unavailable"
    boris = await s.boris.rings()
    answered = await boris.answers(after=1)
    left = await boris.hangs_up(after=1.5)
    s.inbound("phone then queue", queue="linear", answered_by=s.boris, wait=answered - olga.began,
              talk=left - answered, ended_by="callee",
              legs=[leg(s.anna, end="no_answer"), queued("linear"), leg(s.boris, left - answered)])  # fmt: skip
    s.tried_in_vain(s.anna)
