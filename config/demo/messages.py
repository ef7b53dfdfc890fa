# SPDX-License-Identifier: Apache-2.0
"""Who waits for a call of ours in the demo: messages left on the voicemail, with sound, and requests to be called."""

import asyncio
import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from config.demo.data import DID, PBX
from config.demo.shop import IVAN, MARIA, OLGA
from config.demo.voice import spoken, two_sided
from crm_core.domain.audit import Actor
from crm_core.domain.call import Call, Direction, Disposition, HangupBy, Leg, LegKind
from crm_core.domain.callback import CallbackRequest, CallbackSource
from crm_core.domain.directory import Directory
from crm_core.domain.ids import call_id, new_id
from crm_core.ports.store import Store
from crm_core.usecases.keep_call import keep_call
from crm_core.usecases.request_callback import request_callback

_RANG: Final = timedelta(seconds=20)  # before the voicemail answers
_MAILBOX: Final = "default"


@dataclass(frozen=True, slots=True)
class _Message:
    number: str
    ago: timedelta
    seconds: float
    is_closed: bool = False


_MESSAGES: Final = (
    _Message(MARIA, timedelta(minutes=50), 7.5),
    _Message("+79169990001", timedelta(hours=4), 5.0),
    _Message(IVAN, timedelta(hours=21), 6.0),
    _Message("+79161001007", timedelta(days=2, hours=3), 4.0, is_closed=True),
)
_REQUESTS: Final = (  # number, how long ago, by which way, what was said, wanted in
    (OLGA, timedelta(minutes=25), CallbackSource.QUEUE, None, None),
    ("+79161001012", timedelta(minutes=90), CallbackSource.PROGRAM, "About the order from the site.", None),
    (
        "+79169990004",
        timedelta(minutes=12),
        CallbackSource.OPERATOR,
        "Asks for the price list.",
        timedelta(hours=2),
    ),
)


async def load_demo_messages(store: Store, now: datetime, spool: Path | None) -> None:
    """`spool`: where the PBX writes recordings; None: the messages have no sound."""
    directory = Directory()
    for number, one in enumerate(_MESSAGES):
        call = _call(one, number, now)
        async with store.begin() as tx:
            await keep_call(tx, call, directory)
            left = await tx.voicemails.get(call.id)
            if one.is_closed and left:
                done = now - one.ago + timedelta(hours=1)
                boris = await tx.people.user_by_login("boris")
                by = boris.id if boris else None
                await tx.voicemails.save(
                    replace(left, heard_at=done, heard_by=by, closed_at=done, closed_by=by)
                )
        if spool is not None:
            await asyncio.to_thread(_record, spool / call.recordings[0], one, number, call)
    for e164, ago, source, note, wanted in _REQUESTS:
        at = now - ago
        wish = CallbackRequest(
            id=new_id(at),
            e164=e164,
            source=source,
            arrived_at=at,
            made_at=at,
            did=DID,
            queue="default" if source is CallbackSource.QUEUE else None,
            wanted_at=now + wanted if wanted else None,
            note=note,
        )
        await request_callback(store, directory, wish, Actor("demo"), at)


def _call(one: _Message, number: int, now: datetime) -> Call:
    begin = (now - one.ago).replace(microsecond=0)
    linkedid = f"demo-message-{int(begin.timestamp())}.{number}"
    answered = begin + _RANG
    end = answered + timedelta(seconds=one.seconds)
    leg = Leg(
        uniqueid="",
        device=None,
        party=_MAILBOX,
        kind=LegKind.VOICEMAIL,
        answered_at=answered,
        ended_at=end,
        end_reason="message_left",
    )
    return Call(
        id=call_id(PBX, "demo", linkedid),
        pbx=PBX,
        boot="demo",
        linkedids=(linkedid,),
        direction=Direction.INBOUND,
        caller=one.number,
        caller_name=None,
        dialled=DID,
        trunk="PJSIP/trunk",
        started_at=begin,
        ended_at=end,
        disposition=Disposition.VOICEMAIL,
        missed=True,
        wait_s=_RANG.total_seconds(),
        hangup_by=HangupBy.CALLER,
        legs=(leg,),
        recordings=(f"{linkedid}_{linkedid}.raw",),
    )


def _record(path: Path, one: _Message, number: int, call: Call) -> None:
    """Closed when the call ended, as a PBX leaves it; it is taken in as any other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(two_sided(spoken(one.seconds, number)))
    end = call.ended_at.timestamp() if call.ended_at else 0.0
    os.utime(path, (end, end))
