# SPDX-License-Identifier: Apache-2.0
"""Calls and legs as rows of their tables, and back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from crm_core.domain.call import (
    Call,
    Direction,
    Disposition,
    HangupBy,
    Leg,
    LegKind,
    Pause,
    PauseKind,
    TalkSegment,
    Transfer,
    TransferKind,
)
from crm_core.domain.call_history import KeptCall, KeptLeg, started

_SAME = [
    "id",
    "pbx",
    "boot",
    "direction",
    "caller",
    "caller_name",
    "dialled",
    "trunk",
    "queue",
    "answered_by",
    "final_party",
    "disposition",
    "missed",
    "started_at",
    "answered_at",
    "ended_at",
    "wait_s",
    "talk_s",
    "hold_s",
    "hangup_by",
]
_LEG_SAME = [
    "uniqueid",
    "device",
    "party",
    "kind",
    "rang_at",
    "answered_at",
    "ended_at",
    "talk_s",
    "hold_s",
    "end_reason",
]


def call_row(kept: KeptCall) -> dict[str, Any]:
    call = kept.call
    row = {name: getattr(call, name) for name in _SAME}
    return row | {
        "client_e164": kept.client_e164,
        "client_reversed": kept.client_e164[:0:-1] if kept.client_e164 else None,
        "answered_user_id": kept.answered_user_id,
        "transfers": [_jsonable(transfer) for transfer in call.transfers],
        "talks": [_jsonable(talk) for talk in call.talks],
        "pauses": [_jsonable(pause) for pause in call.pauses],
        "uncertain": list(call.uncertain),
    }


def leg_rows(kept: KeptCall) -> list[dict[str, Any]]:
    return [
        {name: getattr(one.leg, name) for name in _LEG_SAME}
        | {
            "call_id": kept.call.id,
            "call_started_at": started(kept.call),
            "position": position,
            "user_id": one.user_id,
        }
        for position, one in enumerate(kept.legs)
    ]


def kept_leg(row: Row[Any]) -> KeptLeg:
    values = {name: getattr(row, name) for name in _LEG_SAME}
    return KeptLeg(Leg(**values | {"kind": LegKind(row.kind)}), row.user_id)


def kept_call(
    row: Row[Any], linkedids: Sequence[str], legs: tuple[KeptLeg, ...], recordings: Sequence[str]
) -> KeptCall:
    values = {name: getattr(row, name) for name in _SAME} | {
        "direction": Direction(row.direction),
        "disposition": Disposition(row.disposition) if row.disposition else None,
        "missed": bool(row.missed),
        "hangup_by": HangupBy(row.hangup_by) if row.hangup_by else None,
    }
    call = Call(
        **values,
        linkedids=tuple(linkedids),
        transfers=tuple(_transfer(one) for one in row.transfers),
        talks=tuple(talk_segment(one) for one in row.talks),
        pauses=tuple(_pause(one) for one in row.pauses),
        legs=tuple(one.leg for one in legs),
        recordings=tuple(recordings),
        uncertain=tuple(row.uncertain),
    )
    return KeptCall(
        call=call,
        legs=legs,
        client_e164=row.client_e164,
        answered_user_id=row.answered_user_id,
        merged_into=row.merged_into,
    )


def _jsonable(record: Transfer | TalkSegment | Pause) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value := getattr(record, name), datetime) else value
        for name in record.__slots__
    }


def _transfer(value: Mapping[str, Any]) -> Transfer:
    return Transfer(**dict(value) | {"kind": TransferKind(value["kind"]), "at": _time(value["at"])})


def talk_segment(value: Mapping[str, Any]) -> TalkSegment:
    times = {name: _time(value[name]) for name in ("started_at", "ended_at")}
    return TalkSegment(**dict(value) | times)


def _pause(value: Mapping[str, Any]) -> Pause:
    times = {name: _time(value[name]) for name in ("started_at", "ended_at")}
    return Pause(**dict(value) | times | {"kind": PauseKind(value["kind"])})


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def by_call(legs: Sequence[Row[Any]]) -> dict[UUID, tuple[KeptLeg, ...]]:
    """Legs grouped by their call; given in order of position."""
    found: dict[UUID, list[KeptLeg]] = {}
    for row in legs:
        found.setdefault(row.call_id, []).append(kept_leg(row))
    return {call_id: tuple(kept) for call_id, kept in found.items()}
