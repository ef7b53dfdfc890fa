# SPDX-License-Identifier: Apache-2.0
"""A month of past calls for the demo: answered, missed, handed on, dialled; some strangers among them."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from config.demo.data import DID, PBX, PEOPLE
from config.demo.shop import IVAN, MARIA, OLGA, shop
from crm_core.domain.call import (
    Call,
    Direction,
    Disposition,
    HangupBy,
    Leg,
    LegKind,
    TalkSegment,
    Transfer,
    TransferKind,
)
from crm_core.domain.call_history import CallFilter
from crm_core.domain.directory import Directory
from crm_core.domain.ids import call_id
from crm_core.ports.store import Store
from crm_core.usecases.keep_call import keep_call

CALLS: Final = 150
DAYS: Final = 30
_BATCH = 25
_OFTEN = (OLGA, IVAN, MARIA)  # their cards are the first that anybody opens
_STRANGERS = tuple(f"+7916999{number:04}" for number in range(7))
_RESULTS = ("order", "settled", "call_back", "complaint", None, None)
_NOTES = ("Asked about delivery dates.", "Wants the price list.", "Will pay on Friday.", None, None, None)
_UNHEARD = (Disposition.CANCELLED, Disposition.NO_ANSWER, Disposition.BUSY)


@dataclass(frozen=True, slots=True)
class _Who:
    number: str
    extension: str  # of who usually talks with them


async def load_demo_history(store: Store, now: datetime) -> list[Call]:
    """Past calls, once: where there are any, nothing is added. Give those that were."""
    async with store.read() as tx:
        if await tx.calls.page(CallFilter(pbx=PBX), None, 1):
            return []
    dice = random.Random(30)  # noqa: S311 - a demo's calls, not a secret
    people = _people(dice)
    calls = [_call(dice, dice.choice(people), _begin(dice, now), number) for number in range(CALLS)]
    directory = Directory()
    for start in range(0, CALLS, _BATCH):
        async with store.begin() as tx:
            for call in calls[start : start + _BATCH]:
                outcome = await keep_call(tx, call, directory)
                if outcome and outcome.communication and call.answered_at:
                    result, note = dice.choice(_RESULTS), dice.choice(_NOTES)
                    await tx.communications.save(replace(outcome.communication, result=result, note=note))
    return calls


def _people(dice: random.Random) -> list[_Who]:
    extensions = {login: extension for login, _, _, extension, _ in PEOPLE if extension}
    usual = [
        _Who(number, extensions[client.told.manager or dice.choice(("anna", "boris"))])
        for client in shop()
        for number in client.told.phones
    ]
    often = [who for who in usual if who.number in _OFTEN] * 6
    return [*usual, *often, *(_Who(number, "102") for number in _STRANGERS)]


def _begin(dice: random.Random, now: datetime) -> datetime:
    """In the shop's hours (Moscow), on a working day, at least an hour ago."""
    while True:
        day = now - timedelta(days=dice.randint(0, DAYS))
        begin = day.replace(hour=dice.randint(6, 14), minute=dice.randint(0, 59), second=dice.randint(0, 59))
        if begin.weekday() < 5 and begin < now - timedelta(hours=1):  # noqa: PLR2004 - Monday to Friday
            return begin.replace(microsecond=0)


def _call(dice: random.Random, who: _Who, begin: datetime, number: int) -> Call:
    linkedid = f"demo-{int(begin.timestamp())}.{number}"
    inbound = dice.random() < 0.7 or who.number in _STRANGERS  # noqa: PLR2004 - most of them call us
    silent = Call(
        id=call_id(PBX, "demo", linkedid),
        pbx=PBX,
        boot="demo",
        linkedids=(linkedid,),
        direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
        caller=who.number if inbound else who.extension,
        caller_name=None,
        dialled=DID if inbound else who.number,
        trunk="PJSIP/trunk",
        started_at=begin,
    )
    ring, talk = dice.uniform(3, 18), float(dice.randint(20, 420))
    if dice.random() < 0.22:  # noqa: PLR2004 - missed, or nobody there
        return _unheard(silent, begin, who, ring, dice.choice(_UNHEARD))
    if inbound and dice.random() < 0.2:  # noqa: PLR2004 - handed to a colleague
        return _handed_on(silent, begin, who, ring, talk)
    return _heard(silent, begin, who, ring, talk)


def _leg(extension: str, rang: datetime, answered: datetime | None, ended: datetime, reason: str) -> Leg:
    return Leg(
        uniqueid="",
        device=f"PJSIP/{extension}",
        party=extension,
        kind=LegKind.OPERATOR,
        rang_at=rang,
        answered_at=answered,
        ended_at=ended,
        talk_s=(ended - answered).total_seconds() if answered else 0.0,
        end_reason=reason,
    )


def _unheard(call: Call, begin: datetime, who: _Who, ring: float, disposition: Disposition) -> Call:
    end = begin + timedelta(seconds=ring + 12)
    inbound = call.direction is Direction.INBOUND
    reason = "cancelled" if disposition is Disposition.CANCELLED else disposition.value
    return replace(
        call,
        disposition=disposition,
        missed=inbound,
        ended_at=end,
        wait_s=ring + 12,
        hangup_by=HangupBy.CALLER,
        legs=(_leg(who.extension, begin, None, end, reason),),
    )


def _heard(call: Call, begin: datetime, who: _Who, ring: float, talk: float) -> Call:
    answered = begin + timedelta(seconds=ring)
    end = answered + timedelta(seconds=talk)
    return replace(
        call,
        disposition=Disposition.ANSWERED,
        answered_at=answered,
        ended_at=end,
        answered_by=who.extension if call.direction is Direction.INBOUND else who.number,
        final_party=who.extension,
        wait_s=ring,
        talk_s=talk,
        hangup_by=HangupBy.CALLER,
        legs=(_leg(who.extension, begin, answered, end, "hangup"),),
        talks=(TalkSegment(started_at=answered, ended_at=end, party=who.extension),),
    )


def _handed_on(call: Call, begin: datetime, who: _Who, ring: float, talk: float) -> Call:
    answered = begin + timedelta(seconds=ring)
    end = answered + timedelta(seconds=talk)
    other = "103" if who.extension != "103" else "104"
    handed = answered + timedelta(seconds=round(talk / 3))
    taken = handed + timedelta(seconds=4)
    moved = Transfer(kind=TransferKind.BLIND, by=who.extension, to=other, completed=True, at=handed)
    first = _leg(who.extension, begin, answered, handed, "transferred")
    second = _leg(other, handed, taken, end, "hangup")
    return replace(
        _heard(call, begin, who, ring, talk),
        final_party=other,
        transfers=(moved,),
        legs=(first, second),
        talk_s=first.talk_s + second.talk_s,
        talks=(
            TalkSegment(started_at=answered, ended_at=handed, party=who.extension),
            TalkSegment(started_at=taken, ended_at=end, party=other),
        ),
    )
