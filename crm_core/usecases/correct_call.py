# SPDX-License-Identifier: Apache-2.0
"""What CEL says of a call, held against what is kept: agreed, put right, or made where AMI saw nothing of it."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crm_core.domain.balance import Evidence, healed
from crm_core.domain.call import Call, CallEnded, Disposition
from crm_core.domain.correction import made, seen_by
from crm_core.domain.differences import differences, is_doubted
from crm_core.domain.directory import Directory
from crm_core.domain.ids import call_id
from crm_core.domain.witness import Difference, DifferenceKind, Witness, WitnessedCall, WitnessState
from crm_core.ports.feed import Feed
from crm_core.ports.store import Store, Tx
from crm_core.usecases.follow_call import follow_call, tell_communication
from crm_core.usecases.keep_call import Outcome, keep_call

_SAME_ID_WITHIN = timedelta(days=2)  # a linkedid of an older boot is another call
_MOST_RECENT = 5_000


class RecentCalls:
    """Calls as AMI told them when they ended: most agree, and need not be read from the database for that."""

    def __init__(self) -> None:
        self._by_linkedid: OrderedDict[tuple[str, str], Call] = OrderedDict()

    def note(self, call: Call) -> None:
        for linkedid in call.linkedids:
            self._by_linkedid[call.pbx, linkedid] = call
        while len(self._by_linkedid) > _MOST_RECENT:
            self._by_linkedid.popitem(last=False)

    def agreeing(self, said: WitnessedCall) -> Call | None:
        """The one call that this is, if there is nothing to put right."""
        found = {call.id: call for one in said.linkedids if (call := self._by_linkedid.get((said.pbx, one)))}
        if len(found) != 1 or set(said.linkedids) - set(next(iter(found.values())).linkedids):
            return None
        (call,) = found.values()
        return None if is_doubted(call) or differences(call, said) else call


@dataclass(frozen=True, slots=True)
class _Found:
    """The calls of ours that a witnessed call is, eldest first; more than one when AMI did not see them join."""

    calls: Sequence[Call]
    boot: str


async def keep_agreed(pairs: Iterable[tuple[Call, WitnessedCall]], store: Store, now: datetime) -> None:
    """All at once: at a rush there are many."""
    told = [_witness(said, call, WitnessState.AGREED, (), now) for call, said in pairs]
    if told:
        async with store.begin() as tx:
            await tx.witnesses.keep(told)


async def correct_call(  # noqa: PLR0913 - its ports, and what the one who waits for AMI knows
    said: WitnessedCall,
    store: Store,
    feed: Feed,
    directory: Directory,
    *,
    boot: str = "",
    patient: bool = False,
    now: datetime,
) -> Witness | None:
    """Compare, write what changes, tell screens. None: AMI may yet tell of it (only when `patient`).

    Saying it again changes nothing: that is how a restart takes up where it was.
    """
    async with store.begin() as tx:
        found = await _find(tx, said, boot)
        if patient and (not found.calls or found.calls[0].ended_at is None):
            return None
        witness, outcome, event = await _compare(tx, said, found, directory, now)
    if event:
        directory.note_call_event(event)
        follow_call(event, feed, directory)
    if outcome and outcome.communication:
        tell_communication(outcome.kept, outcome.communication, feed, directory)
    if outcome and outcome.message:
        outcome.message.publish(feed)
    return witness


async def _find(tx: Tx, said: WitnessedCall, boot: str) -> _Found:
    kept = [await tx.calls.get(said.call_id)] if said.call_id else []
    kept += [await tx.calls.by_linkedid(said.pbx, one) for one in said.linkedids]
    found = {
        one.call.id: one.call for one in kept if one and one.call.pbx == said.pbx and _is_then(one.call, said)
    }
    calls = sorted(found.values(), key=lambda call: (call.started_at or said.started_at, call.id))
    return _Found(calls, calls[0].boot if calls else boot)


def _is_then(call: Call, said: WitnessedCall) -> bool:
    return call.started_at is None or abs(call.started_at - said.started_at) < _SAME_ID_WITHIN


async def _compare(
    tx: Tx, said: WitnessedCall, found: _Found, directory: Directory, now: datetime
) -> tuple[Witness, Outcome | None, CallEnded | None]:
    if not found.calls:
        return await _make(tx, said, found.boot, directory, now)
    call, *younger = found.calls
    told = differences(call, said)
    told += tuple(
        Difference(kind=DifferenceKind.JOINED, had=str(one.id), saw=str(call.id)) for one in younger
    )
    others = [one for one in await tx.witnesses.said_of(call.id) if one.linkedid != said.linkedid]
    fixed = seen_by(call, [said, *others])
    outcome = None
    for one in younger:
        outcome = await keep_call(tx, fixed, directory, merged=one.id)
    if fixed is not call and not younger:
        outcome = await keep_call(tx, fixed, directory)
    if call.disposition is Disposition.VOICEMAIL and fixed.disposition is not Disposition.VOICEMAIL:
        await tx.voicemails.remove(call.id)  # somebody talked with them after all
    changed = fixed is not call or bool(younger)
    if changed:
        await _judge_recordings_anew(tx, fixed, now)
    state = WitnessState.CORRECTED if changed else WitnessState.DISPUTED if told else WitnessState.AGREED
    witness = _witness(said, call, state, told, now)
    await _keep(tx, witness)
    event = CallEnded(call=fixed, at=fixed.ended_at) if call.ended_at is None and outcome else None
    return witness, outcome, event


async def _judge_recordings_anew(tx: Tx, call: Call, now: datetime) -> None:
    """One may have been thought too short for a talk whose end nobody had heard."""
    recordings = (await tx.recordings.of_calls([call.id])).get(call.id, ())
    for recording in healed(Evidence(call=call, recordings=recordings)):
        await tx.recordings.save(recording)
        tx.changes.add("recording", recording.id, now)


async def _make(
    tx: Tx, said: WitnessedCall, boot: str, directory: Directory, now: datetime
) -> tuple[Witness, Outcome | None, CallEnded | None]:
    """AMI saw nothing of it. Of a file that begins in mid-call nobody knows who called."""
    told = (Difference(kind=DifferenceKind.MISSING_CALL, saw=said.started_at.isoformat()),)
    if not said.whole and not said.cut:
        witness = replace(_witness(said, None, WitnessState.UNMATCHED, told, now), boot=boot)
        await tx.witnesses.keep([witness])
        return witness, None, None
    call = made(said, said.call_id or call_id(said.pbx, boot, said.linkedid), boot)
    outcome = await keep_call(tx, call, directory)
    witness = _witness(said, call, WitnessState.CORRECTED, told, now)
    await _keep(tx, witness)
    return witness, outcome, CallEnded(call=call, at=call.ended_at) if outcome else None


async def _keep(tx: Tx, witness: Witness) -> None:
    """What was put right once has no differences any more, read again after a restart: how it was stays told."""
    before = (
        (await tx.witnesses.of_calls([witness.call_id])).get(witness.call_id, ()) if witness.call_id else ()
    )
    same = next((one for one in before if one.id == witness.id), None)
    if same is None or same.state is not WitnessState.CORRECTED or witness.differences:
        await tx.witnesses.keep([witness])


def _witness(
    said: WitnessedCall,
    call: Call | None,
    state: WitnessState,
    told: tuple[Difference, ...],
    now: datetime,
) -> Witness:
    """Its id is a function of what was said, so that it is one row however often it is said."""
    return Witness(
        id=call_id(said.pbx, f"cel {said.started_at.isoformat()}", said.linkedid),
        boot=call.boot if call else "",
        call_id=call.id if call else None,
        said=said,
        state=state,
        differences=told,
        compared_at=now,
    )
