# SPDX-License-Identifier: Apache-2.0
"""The rows of one conversation, in any order, as the call they tell of. Pure."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from crm_core.domain.call import Direction, LegKind, TalkSegment, Transfer, TransferKind
from crm_core.domain.witness import WitnessedCall, WitnessedLeg
from pbx_bridge.cel.hearing import Handing, Hearing, Talk, listen
from pbx_bridge.cel.parties import Parties, Party
from pbx_bridge.cel.rows import CelRow
from pbx_bridge.profile import PbxProfile

_LATE_S = 1.0  # a phone stops ringing a moment after another one answered
_GREETING_S = 10.0
_SHORTEST_S = 3.0  # of a message, with the beep
_TRANSFERS = {"BLINDTRANSFER": TransferKind.BLIND, "ATTENDEDTRANSFER": TransferKind.ATTENDED}
_RUNG = frozenset({"AppDial", "AppQueue"})
_LEFT = {"Queue": "queue", "Dial": "ring"}
_REASONS = {"17": "busy", "21": "rejected", "26": "answered_elsewhere"}


def story(
    rows: Sequence[CelRow], profile: PbxProfile, pbx: str, *, cut: bool = False
) -> WitnessedCall | None:
    """None when nobody took part: a Local channel that played or synchronised something."""
    rows = sorted(rows, key=lambda row: row.at)
    parties = Parties(rows, profile)
    everybody = parties.all
    if not everybody:
        return None
    caller = _caller(everybody, rows)
    told = Hearing(parties, rows, caller, caller, _direction(caller, everybody))
    told.handed = [_handing(told, row) for row in rows if row.event in _TRANSFERS]
    listen(told)
    told.handed = [one for one in told.handed if one.completed or not one.parks]
    return _told(told, pbx, cut=cut)


def _caller(everybody: Sequence[Party], rows: Sequence[CelRow]) -> Party:
    """Who began it; of calls that joined, the one that came from outside."""
    linkedids = {row.linkedid for row in rows}
    heads = [one for one in everybody if one.uniqueid in linkedids] or [everybody[0]]
    return next((one for one in heads if _came_in(one)), heads[0])


def _direction(caller: Party, everybody: Sequence[Party]) -> Direction:
    if _came_in(caller):
        return Direction.INBOUND
    alone = caller.dialled and len(everybody) == 1  # a click that the operator's own phone refused
    outside = any(one.is_outside and one.dialled for one in everybody)
    return Direction.OUTBOUND if outside or alone else Direction.INTERNAL


def _came_in(party: Party) -> bool:
    return party.is_outside and not party.dialled


def _handing(told: Hearing, row: CelRow) -> Handing:
    more = row.more()
    by = told.parties.at(row.uniqueid, row.at) or told.parties.at(more.get("channel2_uniqueid", ""), row.at)
    to: str | None = more.get("extension")
    if row.event == "ATTENDEDTRANSFER":
        who = told.parties.at(more.get("transfer_target_channel_uniqueid", ""), row.at)
        if who is None or who is told.client:
            who = told.parties.at(more.get("transferee_channel_uniqueid", ""), row.at)
        to = (
            who.number
            if who and who is not told.client
            else _behind(more.get("transfer_target_channel_name", ""))
        )
    parks = any(one.event == "PARK_START" and 0 <= one.at - row.at < _LATE_S for one in told.rows)
    return Handing(_TRANSFERS[row.event], row.at, by, to or None, parks=parks)


def _behind(channel: str) -> str | None:
    """'Local/102@rolodial-transfer-00000001;1' was dialled for 102."""
    return channel.removeprefix("Local/").partition("@")[0] if channel.startswith("Local/") else None


def _told(told: Hearing, pbx: str, *, cut: bool) -> WitnessedCall:
    caller, rows, talks = told.caller, told.rows, told.talks
    first, last = (talks[0], talks[-1]) if talks else (None, None)
    linkedids = tuple(dict.fromkeys(row.linkedid for row in rows))
    call_id, road = _routed(rows)
    queue = [
        row.app_data.partition(",")[0] for row in rows if row.event == "APP_START" and row.app == "Queue"
    ]
    call = WitnessedCall(
        pbx=pbx,
        linkedids=linkedids,
        call_id=call_id,
        road=road,
        direction=told.direction,
        caller=caller.number,
        caller_name=caller.name or None,
        dialled=_dialled(told),
        trunk=_trunk(told),
        started_at=_time(caller.since if _came_in(caller) else rows[0].at),
        ended_at=_time(rows[-1].at),
        answered_at=_time(first.since) if first else None,
        answered_by=_answerer(told, first).number if first else None,
        final_party=_final(told, last).number if last else None,
        talk_s=round(sum(talk.until - talk.since for talk in talks), 3),
        alone_s=round(told.alone, 3),
        queue=queue[-1] if queue else None,
        voicemail=_left_a_message(rows),
        legs=tuple(_leg(told, party) for party in told.parties.all),
        talks=tuple(_segment(talk) for talk in talks),
        transfers=tuple(_transfer(one) for one in told.handed),
        picked_up=any(row.event == "PICKUP" for row in rows),
        parked=any(row.event == "PARK_START" for row in rows),
        recordings=tuple(dict.fromkeys(_said(rows, "ROLODIAL_REC"))),
        steps=tuple(_said(rows, "ROLODIAL_STEP")),
        cut=cut,
        whole=not cut and _is_whole(rows),
    )  # fmt: skip
    return replace(call, left_from=_left_from(told), ended_by_caller=_ended_by_caller(told, last))


def _left_a_message(rows: Sequence[CelRow]) -> bool:
    """CEL does not say: who stayed beyond the greeting is believed to have spoken. Our dialplan marks its end."""
    marked = [row.at for row in rows if row.event == "ROLODIAL_MESSAGE"]
    if marked:
        return rows[-1].at - marked[0] >= _SHORTEST_S
    since = next((row.at for row in rows if row.event == "APP_START" and row.app == "VoiceMail"), None)
    return since is not None and rows[-1].at - since > _GREETING_S


def _is_whole(rows: Sequence[CelRow]) -> bool:
    """Whether every channel begins and ends in the rows, leaves each bridge it enters, enters one if it answers."""
    balance: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.event in {"CHAN_START", "CHAN_END"}:
            balance[row.uniqueid, ""] += 1 if row.event == "CHAN_START" else -1
        elif row.event in {"BRIDGE_ENTER", "BRIDGE_EXIT"}:
            balance[row.uniqueid, row.more().get("bridge_id", "?")] += (
                1 if row.event == "BRIDGE_ENTER" else -1
            )
    if any(balance.values()) or any((row.uniqueid, "") not in balance for row in rows):
        return False
    bridged = {uniqueid for uniqueid, bridge in balance if bridge}
    return bridged >= {row.uniqueid for row in rows if row.event == "ANSWER" and row.app in _RUNG}


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _segment(talk: Talk) -> TalkSegment:
    party = talk.others[-1].number
    return TalkSegment(started_at=_time(talk.since), ended_at=_time(talk.until), party=party)


def _transfer(one: Handing) -> Transfer:
    by = one.by.number if one.by else None
    return Transfer(kind=one.kind, by=by, to=one.to, completed=one.completed, at=_time(one.at))


def _said(rows: Sequence[CelRow], event: str) -> list[str]:
    return [text for row in rows if row.event == event and (text := row.more().get("extra", ""))]


def _routed(rows: Sequence[CelRow]) -> tuple[UUID | None, str | None]:
    """The call's id, which is ours, and the road; a call that we knew nothing of has only that."""
    call_id = road = None
    for text in _said(rows, "ROLODIAL_CALL"):
        said_id, _, said_road = text.partition("^")
        road = road or said_road or None
        with suppress(ValueError):
            call_id = call_id or UUID(said_id)
    return call_id, road


def _dialled(told: Hearing) -> str | None:
    caller = told.caller
    if caller.exten not in {"", "s"} and not caller.dialled:
        return caller.exten
    rung = [one for one in told.parties.all if one is not caller and one.dialled]
    return next((one.number for one in rung if one.is_outside), rung[0].number if rung else None)


def _trunk(told: Hearing) -> str | None:
    if told.direction is Direction.INBOUND:
        return told.caller.device
    return next((one.device for one in told.parties.all if one.is_outside), None)


def _answerer(told: Hearing, first: Talk) -> Party:
    return (
        told.client
        if told.direction is Direction.OUTBOUND and told.client is not told.caller
        else first.others[0]
    )


def _final(told: Hearing, last: Talk) -> Party:
    """Whom the call ended with, seen from the caller."""
    other = last.others[-1]
    return told.client if other is told.caller else other


def _leg(told: Hearing, party: Party) -> WitnessedLeg:
    answered = told.first.get(id(party))
    return WitnessedLeg(
        uniqueid=party.uniqueid,
        device=party.device,
        party=party.number,
        kind=party.kind,
        began_at=_time(party.since),
        answered_at=_time(answered) if answered is not None else None,
        ended_at=_time(party.until),
        talk_s=round(told.spoken.get(id(party), 0.0), 3),
        alone_s=round(told.waited.get(id(party), 0.0), 3),
        dialled=party.dialled,
        end_reason=_reason(told, party, talked=answered is not None),
    )


def _reason(told: Hearing, party: Party, *, talked: bool) -> str:
    if any(one.by is party for one in told.handed):
        return "transferred"
    if talked or not party.dialled:
        return "hangup"
    if party.cause in _REASONS:
        return _REASONS[party.cause]
    first = told.talks[0].since if told.talks else None
    if first is not None and abs(party.until - first) < _LATE_S:
        return "answered_elsewhere"
    return "cancelled" if first is None and _left_from(told) else "no_answer"


def _left_from(told: Hearing) -> str | None:
    """The caller hung up before anybody talked."""
    caller = told.caller
    if told.talks or caller.source not in caller.channels or caller.dialled:
        return None
    return _LEFT.get(caller.app, "menu")


def _ended_by_caller(told: Hearing, last: Talk | None) -> bool | None:
    caller_side = told.client if told.direction is not Direction.OUTBOUND else None
    people = [told.client, *(last.others if last else ())]
    source = next((party for party in people if party.source), None)
    who = next((party for party in people if source and source.source in party.channels), None)
    if who is None:
        return None
    return who is caller_side if caller_side else who.kind is LegKind.OPERATOR
