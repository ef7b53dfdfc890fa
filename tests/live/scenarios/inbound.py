# SPDX-License-Identifier: Apache-2.0
"""A client calls: one phone, several, none; and what people do with it."""

from tests.live.scenarios.stage import Stage, leg, message_for, scenario, seconds


@scenario
async def inbound_answered_client_hangs_up(s: Stage) -> None:
    olga = await s.olga.calls(s.number("phone"))
    anna = await s.anna.rings()
    answered = await anna.answers(after=1)
    left = await olga.hangs_up(after=2)
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=left - answered, ended_by="caller",
              legs=[leg(s.anna, left - answered)])  # fmt: skip


@scenario
async def inbound_answered_operator_hangs_up(s: Stage) -> None:
    olga = await s.olga.calls(s.number("phone"))
    anna = await s.anna.rings()
    answered = await anna.answers(after=0.5)
    left = await anna.hangs_up(after=1.5)
    await olga.ends()
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=left - answered, ended_by="callee",
              legs=[leg(s.anna, left - answered)])  # fmt: skip


@scenario
async def inbound_busy(s: Stage) -> None:
    s.anna.refuses = "486 Busy Here"
    olga = await s.olga.calls(s.number("phone"))
    ended = await olga.ends()
    s.inbound(
        "phone", wait=ended - olga.began, came_to="busy", ended_by="callee", legs=[leg(s.anna, end="busy")]
    )


@scenario
async def inbound_rejected(s: Stage) -> None:
    olga = await s.olga.calls(s.number("phone"))
    anna = await s.anna.rings()
    await anna.rejects("603 Decline", after=1)
    ended = await olga.ends()
    s.inbound("phone", wait=ended - olga.began, came_to="rejected", ended_by="callee",
              legs=[leg(s.anna, end="rejected")])  # fmt: skip


@scenario
async def inbound_no_answer(s: Stage) -> None:
    olga = await s.olga.calls(s.number("two phones in turn"))
    anna = await s.anna.rings()
    boris = await s.boris.rings()
    await anna.ends()
    await boris.rejects("480 Temporarily Unavailable", after=1)
    ended = await olga.ends()
    s.inbound("two phones in turn", wait=ended - olga.began, came_to="no_answer", ended_by="system",
              legs=[leg(s.anna, end="no_answer"), leg(s.boris, end="no_answer")])  # fmt: skip


@scenario
async def inbound_cancelled(s: Stage) -> None:
    olga = await s.olga.calls(s.number("phone"))
    await s.anna.rings()
    left = await olga.hangs_up(after=2)
    s.inbound("phone", wait=left - olga.began, came_to="cancelled", ended_by="caller",
              legs=[leg(s.anna, end="cancelled")])  # fmt: skip


@scenario
async def inbound_second_phone_answers(s: Stage) -> None:
    olga = await s.olga.calls(s.number("two phones in turn"))
    anna = await s.anna.rings()
    boris = await s.boris.rings()
    await anna.ends()
    answered = await boris.answers(after=1)
    left = await olga.hangs_up(after=1.5)
    s.inbound("two phones in turn", answered_by=s.boris, wait=answered - olga.began, talk=left - answered,
              ended_by="caller", legs=[leg(s.anna, end="no_answer"), leg(s.boris, left - answered)])  # fmt: skip


@scenario
async def inbound_answered_with_no_ringing(s: Stage) -> None:
    s.anna.rings_aloud = False
    olga = await s.olga.calls(s.number("phone"))
    anna = await s.anna.rings()
    answered = await anna.answers()
    left = await olga.hangs_up(after=1.5)
    s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=left - answered, ended_by="caller",
              legs=[leg(s.anna, left - answered)])  # fmt: skip


@scenario
async def inbound_early_media_and_music_while_it_rings(s: Stage) -> None:
    olga = await s.olga.calls(s.number("early media"))
    anna = await s.anna.rings()
    answered = await anna.answers(after=1.5)
    left = await olga.hangs_up(after=2)
    s.inbound("early media", answered_by=s.anna, wait=answered - olga.began, talk=left - answered, ended_by="caller",
              legs=[leg(s.anna, left - answered)])  # fmt: skip


@scenario
async def inbound_colleague_hears_an_announcement_first(s: Stage) -> None:
    olga = await s.olga.calls(s.number("announced"))
    anna = await s.anna.rings()
    answered = await anna.answers(after=0.5)
    left = await olga.hangs_up(after=2.5)
    beep = 0.2
    talk = left - answered - beep
    s.inbound("announced", answered_by=s.anna, wait=answered + beep - olga.began, talk=talk, ended_by="caller",
              legs=[leg(s.anna, talk)])  # fmt: skip


@scenario
async def inbound_phone_off(s: Stage) -> None:
    olga = await s.olga.calls(s.number("phone off"))
    ended = await olga.ends()
    s.inbound("phone off", wait=ended - olga.began, came_to="failed", ended_by="system")


@scenario
async def inbound_busy_tone(s: Stage) -> None:
    olga = await s.olga.calls(s.number("busy"))
    ended = await olga.ends()
    s.inbound("busy", wait=ended - olga.began, came_to="busy", ended_by="system")


@scenario
async def inbound_do_not_disturb(s: Stage) -> None:
    olga = await s.olga.calls(s.number("do not disturb"))
    ended = await olga.ends()
    s.inbound("do not disturb", wait=ended - olga.began, came_to="busy", ended_by="system")


@scenario
async def inbound_congestion(s: Stage) -> None:
    olga = await s.olga.calls(s.number("congestion"))
    ended = await olga.ends()
    s.inbound("congestion", wait=ended - olga.began, came_to="failed", ended_by="system")


@scenario
async def inbound_to_a_number_that_is_not_there(s: Stage) -> None:
    olga = await s.olga.calls(s.number("nothing there"))
    ended = await olga.ends()
    s.inbound("nothing there", wait=ended - olga.began, came_to="failed", ended_by="system")


@scenario
async def inbound_called_party_moved(s: Stage) -> None:
    s.anna.refuses = f"302 {s.clara.number}"
    olga = await s.olga.calls(s.number("phone"))
    clara = await s.clara.rings()
    answered = await clara.answers(after=1)
    left = await olga.hangs_up(after=1.5)
    s.inbound("phone", answered_by=s.clara, wait=answered - olga.began, talk=left - answered, ended_by="caller",
              legs=[leg(s.anna, end="forwarded"), leg(s.clara, left - answered)])  # fmt: skip


@scenario
async def inbound_forwarded_to_a_mobile_by_the_pbx(s: Stage) -> None:
    olga = await s.olga.calls(s.number("forwarded"))
    mobile = await s.mobile.rings()
    answered = await mobile.answers(after=1)
    left = await olga.hangs_up(after=1.5)
    s.inbound("forwarded", answered_by=s.mobile, wait=answered - olga.began, talk=left - answered, ended_by="caller",
              legs=[leg(s.mobile, left - answered)])  # fmt: skip


@scenario
async def inbound_group_one_answers_one_is_busy(s: Stage) -> None:
    s.clara.refuses = "486 Busy Here"
    olga = await s.olga.calls(s.number("group"))
    anna, boris = await s.anna.rings(), await s.boris.rings()
    answered = await boris.answers(after=1)
    await anna.ends()
    left = await olga.hangs_up(after=1.5)
    s.inbound("group", answered_by=s.boris, wait=answered - olga.began, talk=left - answered, ended_by="caller",
              legs=[leg(s.anna, end="answered_elsewhere"), leg(s.boris, left - answered), leg(s.clara, end="busy")])  # fmt: skip


@scenario
async def inbound_group_all_decline(s: Stage) -> None:
    s.anna.refuses = s.boris.refuses = "486 Busy Here"
    olga = await s.olga.calls(s.number("group"))
    clara = await s.clara.rings()
    await clara.rejects(after=1)
    ended = await olga.ends()
    s.inbound("group", wait=ended - olga.began, came_to="busy", ended_by="callee",
              legs=[leg(s.anna, end="busy"), leg(s.boris, end="busy"), leg(s.clara, end="rejected")])  # fmt: skip


@scenario
async def inbound_group_with_a_mobile_that_answers(s: Stage) -> None:
    olga = await s.olga.calls(s.number("group with a mobile"))
    anna, boris = await s.anna.rings(), await s.boris.rings()
    mobile = await s.mobile.rings()
    answered = await mobile.answers(after=1)
    await anna.ends()
    await boris.ends()
    left = await mobile.hangs_up(after=1.5)
    s.inbound("group with a mobile", answered_by=s.mobile, wait=answered - olga.began, talk=left - answered,
              ended_by="callee", legs=[leg(s.anna, end="answered_elsewhere"), leg(s.boris, end="answered_elsewhere"),
                                       leg(s.mobile, left - answered)])  # fmt: skip


@scenario
async def menu_then_answered(s: Stage) -> None:
    olga = await s.olga.calls(s.number("menu"))
    await olga.is_answered()
    await olga.presses("1", after=1.5)
    anna = await s.anna.rings()
    answered = await anna.answers(after=1)
    left = await anna.hangs_up(after=1.5)
    s.inbound("menu", answered_by=s.anna, wait=answered - olga.began, talk=left - answered, ended_by="callee",
              legs=[leg(s.anna, left - answered)])  # fmt: skip


@scenario
async def menu_abandoned(s: Stage) -> None:
    olga = await s.olga.calls(s.number("menu"))
    await olga.is_answered()
    left = await olga.hangs_up(after=2)
    s.inbound("menu", wait=left - olga.began, came_to="abandoned", ended_by="caller")


@scenario
async def voicemail_left(s: Stage) -> None:
    olga = await s.olga.calls(s.number("mailbox"))
    await s.anna.rings()
    await olga.is_answered()
    left = await olga.hangs_up(after=5)
    s.inbound("mailbox", wait=left - olga.began, came_to="voicemail", ended_by="caller",
              legs=[leg(s.anna, end="no_answer"), message_for(s.anna)])  # fmt: skip


@scenario
async def voicemail_hung_up_in_the_greeting(s: Stage) -> None:
    olga = await s.olga.calls(s.number("mailbox"))
    await s.anna.rings()
    await olga.is_answered()
    left = await olga.hangs_up(after=0.4)
    s.inbound("mailbox", wait=left - olga.began, came_to="abandoned", ended_by="caller",
              legs=[leg(s.anna, end="no_answer")])  # fmt: skip


@scenario
async def asked_afterwards_how_it_was(s: Stage) -> None:
    olga = await s.olga.calls(s.number("asked afterwards"))
    anna = await s.anna.rings()
    answered = await anna.answers(after=0.5)
    left = await anna.hangs_up(after=1.5)
    await olga.presses("5", after=2)
    await olga.ends()
    s.inbound("asked afterwards", answered_by=s.anna, wait=answered - olga.began, talk=left - answered,
              ended_by="callee", legs=[leg(s.anna, left - answered)])  # fmt: skip


@scenario
async def ten_at_once(s: Stage) -> None:
    legs = []
    for _ in range(10):
        legs.append(await s.olga.calls(s.number("phone")))
        await seconds(0.05)
    for _ in legs:
        anna = await s.anna.rings()
        await anna.answers()
    answers = [await olga.is_answered() for olga in legs]
    await seconds(2)
    for olga, answered in zip(legs, answers, strict=True):
        left = await olga.hangs_up()
        s.inbound("phone", answered_by=s.anna, wait=answered - olga.began, talk=left - answered, ended_by="caller",
                  legs=[leg(s.anna, left - answered)])  # fmt: skip
