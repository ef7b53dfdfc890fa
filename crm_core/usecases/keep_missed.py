# SPDX-License-Identifier: Apache-2.0
"""What a call means for the ledger of missed callers: an attempt, a talk that settles, or neither any more."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from crm_core.domain.call_history import KeptCall, started
from crm_core.domain.communication import Communication
from crm_core.domain.missed import (
    Attempt,
    AttemptKind,
    Caller,
    MissedItem,
    Talk,
    attempt_of,
    caller_of,
    is_talk,
)
from crm_core.ports.store import Tx
from crm_core.usecases.open_anew import caller_now, open_anew
from crm_core.usecases.open_missed import open_missed, settle, withdraw_attempt
from crm_core.usecases.settle_messages import open_messages


async def keep_missed(
    tx: Tx,
    kept: KeptCall,
    communication: Communication | None,
    at: datetime,
    *,
    merged: UUID | None = None,
    moved: bool = False,
) -> Sequence[MissedItem]:
    """The items that changed. Each call is told any number of times: what it was told as last is what counts.

    `moved`: somebody said with whom it was. Else its attempt stays where it is: the number may be another's by now.
    """
    told: list[MissedItem | None] = []
    if merged:
        told += await _forget(tx, merged, at)
    caller = caller_of(kept, communication)
    counts = communication is None or communication.in_statistics
    place = communication.place if communication else None
    attempt = attempt_of(kept, started(kept.call), place) if caller and counts else None
    attempt = await _as_asked(tx, attempt)
    is_miss = attempt is not None and attempt.kind is not AttemptKind.TRIED
    if not is_miss and not await tx.missed.concerned(kept.call.id, caller.heard_by if caller else ()):
        return [one for one in told if one]
    talk = _talk(kept)
    told += await _unsettle(tx, kept.call.id, at, but=caller.heard_by if talk and caller else ())
    if attempt and caller:
        stays = merged is None and not moved
        told.append(await open_missed(tx, attempt, caller, at, stays=stays))
    else:
        told.append(await withdraw_attempt(tx, kept.call.id, at))
    if talk and caller:
        told += await _settle(tx, talk, caller, at)
    return [one for one in told if one]


async def _as_asked(tx: Tx, attempt: Attempt | None) -> Attempt | None:
    """A caller who pressed a key to be called back has not abandoned anything: the call is their request."""
    if attempt is None or attempt.kind is AttemptKind.TRIED:
        return attempt
    asked = await tx.callbacks.get(attempt.id)
    return asked.attempt(attempt.call_id, attempt.rung) if asked else attempt


def _talk(kept: KeptCall) -> Talk | None:
    call = kept.call
    if not is_talk(kept):
        return None
    return Talk(
        call_id=call.id,
        direction=call.direction,
        at=call.answered_at or started(call),
        user_id=kept.answered_user_id,
    )


async def _settle(tx: Tx, talk: Talk, caller: Caller, now: datetime) -> list[MissedItem]:
    """What was missed before it; who calls in vain afterwards waits again."""
    waiting = [one for one in await tx.missed.open_under(caller.heard_by) if one.last_at < talk.at]
    return [await settle(tx, one, talk, now) for one in waiting]


async def _unsettle(tx: Tx, call_id: UUID, now: datetime, *, but: Sequence[str] = ()) -> list[MissedItem]:
    """It was taken for a talk with them, and was none, or was with others than those of these keys."""
    changed = []
    for one in [item for item in await tx.missed.settled_by(call_id) if item.key not in but]:
        await open_messages(tx, one, now)
        other = await tx.missed.talk_after(await caller_now(tx, one), one.last_at)
        again = settle(tx, one, other, now) if other else open_anew(tx, one, now)
        changed.append(await again)
    return changed


async def _forget(tx: Tx, merged: UUID, now: datetime) -> list[MissedItem | None]:
    """A call that is part of another from now on says nothing of its own."""
    return [*await _unsettle(tx, merged, now), await withdraw_attempt(tx, merged, now)]
