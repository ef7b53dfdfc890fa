# SPDX-License-Identifier: Apache-2.0
"""The balance of a day: what we say of calls, what CEL says, and what lies in the files. Every difference is named."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from crm_core.domain.call import Call, Direction
from crm_core.domain.call_history import started
from crm_core.domain.coverage import gaps
from crm_core.domain.recording import Recording, RecordingPause, RecordingState, is_paused_through
from crm_core.domain.shallow import shallow
from crm_core.domain.witness import Witness, WitnessState

SETTLED = timedelta(minutes=5)  # files and CEL may come so late after a call
LATE = timedelta(minutes=15)  # a file that is still not there by then is missed
OPEN_FOR = timedelta(hours=12)  # where the PBX cannot be asked what goes on
_SPOKEN_S = 5.0  # in a shorter talk one side may well say nothing
_HEARD = frozenset({RecordingState.READY, RecordingState.SILENT, RecordingState.TRUNCATED})


class FindingKind(StrEnum):
    NO_FILE = "no_file"  # it was recorded, and the file never came
    NOT_RECORDED = "not_recorded"  # this PBX records its calls, and this one has no recording
    NO_CALL = "no_call"  # a file of a call that nobody knows
    UNCOVERED = "uncovered"  # a part of the talk that no file holds
    SILENT = "silent"  # no sound of either side
    ONE_SIDED = "one_sided"
    DAMAGED = "damaged"
    FILE_GONE = "file_gone"  # taken in, and no longer in the store
    STILL_OPEN = "still_open"
    UNCERTAIN = "uncertain"
    UNSEEN = "unseen"  # CEL knows it, we do not
    UNWITNESSED = "unwitnessed"  # the reverse
    CORRECTED = "corrected"  # CEL's word was taken
    DISPUTED = "disputed"  # CEL says otherwise, and ours stands


class FindingState(StrEnum):
    OPEN = "open"
    FIXED = "fixed"
    EXPLAINED = "explained"


class Remedy(StrEnum):
    """What people can do about a difference."""

    ADOPT = "adopt"  # the file is of this call
    LOOK = "look"  # for the file, again
    CEL = "cel"  # take CEL's word
    CLOSE = "close"  # the call
    EXPLAIN = "explain"  # nothing: it is as it should be, and why


_REMEDIES: Mapping[FindingKind, tuple[Remedy, ...]] = {
    FindingKind.NO_CALL: (Remedy.ADOPT,),
    FindingKind.NO_FILE: (Remedy.LOOK,),
    FindingKind.STILL_OPEN: (Remedy.CLOSE,),
    FindingKind.UNSEEN: (Remedy.CEL,),
    FindingKind.DISPUTED: (Remedy.CEL,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A difference. `subject` is what it is about: found again, it is the same finding."""

    kind: FindingKind
    subject: str
    pbx: str
    at: datetime
    call_id: UUID | None = None
    recording_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    fixed_by: str | None = None  # it was put right by itself, and is told all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A difference as it is kept, and what became of it."""

    id: UUID
    day: str
    found: Found
    state: FindingState
    actor: str | None = None
    note: str | None = None
    settled_at: datetime | None = None

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """Nothing where it is settled; a look needs the row of a file."""
        if self.state is not FindingState.OPEN:
            return ()
        some = _REMEDIES.get(self.found.kind, ())
        return (*(one for one in some if one is not Remedy.LOOK or self.found.recording_id), Remedy.EXPLAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBalance:
    day: str
    run_at: datetime
    calls: int
    talks: int
    recordings: int
    witnessed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of one call."""

    call: Call
    recordings: Sequence[Recording] = ()
    pauses: Sequence[RecordingPause] = ()
    witnesses: Sequence[Witness] = ()  # two, if CEL never saw two parts join
    gone: Collection[UUID] = ()  # recordings whose kept file is no longer in the store


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a day's calls are judged by."""

    now: datetime
    recorded: frozenset[tuple[str, str]] = frozenset()  # PBX and boot that recorded something that day
    witnessed: Mapping[tuple[str, str], datetime] = field(
        default_factory=dict
    )  # ... of which CEL came, since when
    going_on: Mapping[str, Collection[UUID]] = field(
        default_factory=dict
    )  # PBX -> calls, where it can be asked


_DISAGREED = {
    FindingKind.CORRECTED: WitnessState.CORRECTED,
    FindingKind.DISPUTED: WitnessState.DISPUTED,
}


def differences_of(evidence: Evidence, known: Known) -> Iterator[Found]:
    """What does not agree about a call; nothing of one that has just ended, as its file may be on its way."""
    call = evidence.call
    if call.ended_at is None:
        yield from _still_open(call, known)
        return
    if known.now - call.ended_at < SETTLED:
        return
    if call.uncertain:
        yield _about(call, FindingKind.UNCERTAIN, reasons=list(call.uncertain))
    yield from _witness(evidence, known)
    if call.talks:
        yield from _recordings(evidence, known)


def healed(evidence: Evidence) -> Sequence[Recording]:
    """Those that were thought to be too short, until it was known better when people talked."""
    short = [one for one in evidence.recordings if one.state is RecordingState.TRUNCATED]
    heard = [one for one in evidence.recordings if one.state in _HEARD]
    if not short or any(_uncovered(evidence.call, heard)):
        return ()
    return [replace(one, state=RecordingState.READY, detail=None) for one in short]


def orphan(recording: Recording, now: datetime) -> Found | None:
    """A file without a call, once its call has had time to come."""
    if recording.call_id is not None or now - recording.created_at < SETTLED:
        return None
    return Found(
        kind=FindingKind.NO_CALL,
        subject=str(recording.id),
        pbx=recording.pbx,
        at=recording.started_at or recording.created_at,
        recording_id=recording.id,
        facts={"name": recording.source_name},
    )


def unseen(witness: Witness, now: datetime) -> Found | None:
    """A call of CEL's that is none of ours, and that none could be made of."""
    said = witness.said
    if witness.state is not WitnessState.UNMATCHED or now - said.ended_at < SETTLED:
        return None
    return Found(
        kind=FindingKind.UNSEEN,
        subject=str(witness.id),
        pbx=said.pbx,
        at=said.started_at,
        facts={"linkedid": said.linkedid, "talk_s": round(said.talk_s, 1)},
    )


def _still_open(call: Call, known: Known) -> Iterator[Found]:
    since = call.started_at
    if since is None or known.now - since < SETTLED:
        return
    asked = known.going_on.get(call.pbx)
    if call.id not in asked if asked is not None else known.now - since >= OPEN_FOR:
        yield _about(call, FindingKind.STILL_OPEN, hours=round((known.now - since) / timedelta(hours=1), 1))


def _witness(evidence: Evidence, known: Known) -> Iterator[Found]:
    call = evidence.call
    heard_since = known.witnessed.get((call.pbx, call.boot))
    if not evidence.witnesses and heard_since and started(call) >= heard_since:
        yield _about(call, FindingKind.UNWITNESSED)
    for kind, state in _DISAGREED.items():
        told = [one for each in evidence.witnesses if each.state is state for one in each.differences]
        if any(each.state is state for each in evidence.witnesses):
            found = _about(call, kind, differences=[shallow(one) for one in told])
            yield replace(found, fixed_by="CEL") if kind is FindingKind.CORRECTED else found


def _recordings(evidence: Evidence, known: Known) -> Iterator[Found]:
    call, recordings = evidence.call, evidence.recordings
    yield from _without_file(evidence, known)
    for one in recordings:
        if one.state is RecordingState.DAMAGED:
            yield _about(call, FindingKind.DAMAGED, one, why=one.detail or "")
        if one.id in evidence.gone:
            yield _about(call, FindingKind.FILE_GONE, one)
    heard = [one for one in recordings if one.state in _HEARD]
    if heard and not any(one.state is RecordingState.REMOVED for one in recordings):
        yield from _uncovered(call, heard)
    for one in recordings:
        yield from _silence(evidence, one)


def _without_file(evidence: Evidence, known: Known) -> Iterator[Found]:
    """Rows say what was expected; CEL may know of a file that we never heard of; a house that records says the rest."""
    call, recordings = evidence.call, evidence.recordings
    late = call.ended_at is not None and known.now - call.ended_at > LATE
    absent = {RecordingState.MISSING, *((RecordingState.WAITING,) if late else ())}
    for one in recordings:
        if one.state in absent:
            yield _about(call, FindingKind.NO_FILE, one, name=one.source_name)
    if recordings:
        return
    said = [name for each in evidence.witnesses for name in each.said.recordings]
    if said:
        yield _about(call, FindingKind.NO_FILE, name=", ".join(said))
    elif call.direction is not Direction.INTERNAL and (call.pbx, call.boot) in known.recorded:
        yield _about(call, FindingKind.NOT_RECORDED)


def _uncovered(call: Call, heard: Sequence[Recording]) -> Iterator[Found]:
    spans = [(one.started_at, one.ended_at) for one in heard if one.started_at and one.ended_at]
    missing = gaps(spans, call.talks)
    if missing:
        seconds = sum((end - start).total_seconds() for start, end in missing)
        first = min(start for start, _ in missing)
        begin = first.isoformat()
        yield _about(call, FindingKind.UNCOVERED, seconds=round(seconds, 1), begin=begin, parts=len(missing))


def _silence(evidence: Evidence, one: Recording) -> Iterator[Found]:
    """Silence that somebody asked for is none."""
    if is_paused_through(one, evidence.pauses):
        return
    if one.state in {RecordingState.SILENT, RecordingState.EMPTY}:
        yield _about(evidence.call, FindingKind.SILENT, one, seconds=round(one.duration_s or 0.0, 1))
    elif one.state in _HEARD and (side := one.silent_side) and evidence.call.talk_s >= _SPOKEN_S:
        yield _about(evidence.call, FindingKind.ONE_SIDED, one, side=side)


def _about(call: Call, kind: FindingKind, recording: Recording | None = None, **facts: Any) -> Found:
    return Found(
        kind=kind,
        subject=str(recording.id if recording else call.id),
        pbx=call.pbx,
        at=started(call),
        call_id=call.id,
        recording_id=recording.id if recording else None,
        facts=facts,
    )
