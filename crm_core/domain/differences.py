# SPDX-License-Identifier: Apache-2.0
"""Two witnesses of one call held against one another. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from crm_core.domain.call import Call, Direction, Disposition, HangupBy, Leg, LegKind, Transfer
from crm_core.domain.witness import WITHIN_S, Difference, DifferenceKind, WitnessedCall, WitnessedLeg

_TRANSFER_WITHIN_S = 5.0
_SET_S = 60.0  # no error of measurement
LATE = "late"  # AMI told all of it, but seconds after it happened: times of receipt bend the call
_BEGAN_UNSEEN = "start_unseen"  # and of its age the PBX tells whole seconds
_EXACT_S = 0.1  # then CEL's are taken as they are
_HELD_UP_S = 10.0  # so late Asterisk's own threads may be when a machine has no core to spare
_RECORDED = frozenset({Disposition.ANSWERED, Disposition.VOICEMAIL})
# Of what AMI lost without noticing: then nothing else of the call is sure either.
_MISSED = frozenset({DifferenceKind.TALK, DifferenceKind.LEG, DifferenceKind.LEG_TALK})
# What a witness who is not believed in all may still add.
_MORE = frozenset(
    {
        DifferenceKind.OPEN,
        DifferenceKind.ANSWER,
        DifferenceKind.TALK,
        DifferenceKind.LEG,
        DifferenceKind.LEG_TALK,
        DifferenceKind.TRANSFER,
        DifferenceKind.RECORDING,
    }
)


def differences(call: Call, said: WitnessedCall) -> tuple[Difference, ...]:
    """Empty when they agree as far as CEL can know."""
    found = _all(call, said)
    if _clock_was_set(call, said):
        return tuple(replace(one, disputed=True) for one in found)
    if is_believed(call, said):
        missed = not is_doubted(call) and any(one.kind in _MISSED for one in found)
        return tuple(_all(replace(call, uncertain=("lost_events",)), said) if missed else found)
    if not is_doubted(call) and not said.whole:  # who left may still seem to be there
        return tuple(replace(one, disputed=True) for one in found)
    more = [one for one in found if one.kind in _MORE and _sees_more(one)]
    if (
        said.cut
    ):  # it died with the PBX: of what came after its last row it says nothing, not that nothing was
        return tuple(more)
    return tuple(one if one in more else replace(one, disputed=True) for one in found)


def _all(call: Call, said: WitnessedCall) -> list[Difference]:
    return [*_whole_call(call, said), *_parts(call, said)]


def _clock_was_set(call: Call, said: WitnessedCall) -> bool:
    """CEL's times are the PBX's clock. A call that AMI saw whole, by our own, is not minutes longer than it was."""
    if is_doubted(call) or call.started_at is None or call.ended_at is None:
        return False
    ours, theirs = call.ended_at - call.started_at, said.ended_at - said.started_at
    return abs((theirs - ours).total_seconds()) > _SET_S


def is_believed(call: Call, said: WitnessedCall) -> bool:
    """Rows of CEL get lost too (a full disk). Where AMI has no doubt, a witness who saw less is not believed at all."""
    if not said.whole:
        return False
    return is_doubted(call) or not _sees_less(call, said)


def is_doubted(call: Call) -> bool:
    return bool(call.uncertain) or call.ended_at is None


def _sees_less(call: Call, said: WitnessedCall) -> bool:
    """A row that is lost takes a stretch of talk with it: the same stretches, a little shorter, are timed better."""
    same = call.talks and [one.party for one in call.talks] == [one.party for one in said.talks]
    most = _HELD_UP_S if same else WITHIN_S
    if call.talk_s + call.hold_s > said.talk_s + said.alone_s + most:
        return True
    theirs = {
        (leg.uniqueid, leg.device): leg.talk_s + leg.alone_s + (most if leg.talk_s else WITHIN_S)
        for leg in said.legs
    }
    return any(
        leg.talk_s + leg.hold_s > theirs.get((leg.uniqueid, leg.device or ""), WITHIN_S) for leg in call.legs
    )


def _sees_more(one: Difference) -> bool:
    if one.kind in {DifferenceKind.TALK, DifferenceKind.LEG_TALK}:
        return float(one.saw or 0) > float(one.had or 0)
    return one.kind is not DifferenceKind.ANSWER or one.had is None


def _whole_call(call: Call, said: WitnessedCall) -> Iterator[Difference]:
    doubted = is_doubted(call)
    if doubted and call.direction is not said.direction:
        yield _difference(DifferenceKind.DIRECTION, call.direction.value, said.direction.value)
    yield from _times(call, said)
    if _answers_differ(call, said):
        yield _difference(DifferenceKind.ANSWER, call.answered_at, said.answered_at)
    if said.answered_at:
        yield from _others(call, said, doubted=doubted)
    if not is_near(call.talk_s + call.hold_s, said.talk_s, said.alone_s, within(call)):
        yield _difference(DifferenceKind.TALK, _s(call.talk_s + call.hold_s), _s(said.talk_s))


def _others(call: Call, said: WitnessedCall, *, doubted: bool) -> Iterator[Difference]:
    for kind, had, saw in (
        (DifferenceKind.ANSWERED_BY, call.answered_by, said.answered_by),
        (DifferenceKind.FINAL_PARTY, call.final_party, said.final_party),
    ):
        if _is_somebody_else(said, had, saw, doubted=doubted):
            yield _difference(kind, had, saw)
    by = hangup_by(said)
    if by and call.ended_at and call.hangup_by is not by:
        yield _difference(DifferenceKind.HANGUP_BY, call.hangup_by and call.hangup_by.value, by.value)


def _answers_differ(call: Call, said: WitnessedCall) -> bool:
    if call.answered_at is None or said.answered_at is None:
        return call.answered_at is not said.answered_at
    waited = (said.answered_at - said.started_at).total_seconds()
    return call.wait_s is not None and abs(call.wait_s - waited) > _began_within(call)


def _is_somebody_else(said: WitnessedCall, had: str | None, saw: str | None, *, doubted: bool) -> bool:
    """Outside numbers are written in several ways: where AMI is not in doubt, only our own people count."""
    if saw is None or had == saw:
        return False
    if doubted or not had or not any(char.isdigit() for char in had):
        return True
    ours = {leg.party for leg in said.legs if leg.kind is LegKind.OPERATOR}
    return had in ours and saw in ours


def hangup_by(said: WitnessedCall) -> HangupBy | None:
    if said.ended_by_caller is None:
        return None
    return HangupBy.CALLER if said.ended_by_caller else HangupBy.CALLEE


def _times(call: Call, said: WitnessedCall) -> Iterator[Difference]:
    """Of a call that AMI saw whole its end is when the last person left; CEL knows when the last channel was gone.

    Clocks of two hosts may differ: a call as long as the other says did not begin or end at another time.
    """
    if call.ended_at is None:
        yield _difference(DifferenceKind.OPEN, None, said.ended_at)
        return
    if call.started_at is None or not call.uncertain or said.cut:  # a killed PBX says no end
        return
    longer = (call.ended_at - call.started_at) - (said.ended_at - said.started_at)
    if abs(longer.total_seconds()) <= _began_within(call):
        return
    if _apart(call.started_at, said.started_at, _began_within(call)):
        yield _difference(DifferenceKind.START, call.started_at, said.started_at)
    if _apart(call.ended_at, said.ended_at, within(call)):
        yield _difference(DifferenceKind.END, call.ended_at, said.ended_at)


def _parts(call: Call, said: WitnessedCall) -> Iterator[Difference]:
    for theirs in said.legs:
        ours = leg_of(call.legs, theirs)
        if ours is None:
            if theirs.talk_s > WITHIN_S and not is_client(call, said, theirs):
                yield _difference(DifferenceKind.LEG, None, _s(theirs.talk_s), theirs.device)
        elif not is_near(ours.talk_s + ours.hold_s, theirs.talk_s, theirs.alone_s, within(call)):
            had, saw = _s(ours.talk_s + ours.hold_s), _s(theirs.talk_s)
            yield _difference(DifferenceKind.LEG_TALK, had, saw, theirs.device)
    for transfer, ours_too in transfers(call, said):
        if ours_too is None or (transfer.completed and not ours_too.completed):
            yield _difference(DifferenceKind.TRANSFER, None, transfer.kind.value, transfer.to)
    for name in unnamed(call, said):
        yield _difference(DifferenceKind.RECORDING, None, name, name)


def _difference(kind: DifferenceKind, had: object, saw: object, about: str | None = None) -> Difference:
    return Difference(kind=kind, had=_text(had), saw=_text(saw), about=about)


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _s(seconds: float) -> str:
    return f"{seconds:.1f}"


def within(call: Call) -> float:
    """How near the two must be. A second beside a second that others allow would be two."""
    return _EXACT_S if LATE in call.uncertain else WITHIN_S


def _began_within(call: Call) -> float:
    return _EXACT_S if _BEGAN_UNSEEN in call.uncertain else within(call)


def _apart(one: datetime, other: datetime, within_s: float) -> bool:
    return abs((one - other).total_seconds()) > within_s


def is_near(had: float, talk: float, alone: float, within_s: float) -> bool:
    """Time alone in a bridge may count as hold, or not: AMI knows whether somebody was asked meanwhile."""
    return talk - within_s <= had <= talk + alone + within_s


def leg_of(legs: Iterable[Leg], theirs: WitnessedLeg) -> Leg | None:
    same = [leg for leg in legs if leg.uniqueid == theirs.uniqueid]
    return next((leg for leg in same if leg.device == theirs.device), None)


def is_client(call: Call, said: WitnessedCall, theirs: WitnessedLeg) -> bool:
    """Of an inbound call the client is the call itself, not one of its legs."""
    inbound = Direction.INBOUND in {call.direction, said.direction}
    return inbound and theirs.kind is LegKind.EXTERNAL and not theirs.dialled


def transfers(call: Call, said: WitnessedCall) -> Iterator[tuple[Transfer, Transfer | None]]:
    """Each of theirs with ours, if we have it."""
    left = list(call.transfers)
    for transfer in said.transfers:
        ours = next((one for one in left if one.kind is transfer.kind and _is_same(one, transfer)), None)
        if ours:
            left.remove(ours)
        yield transfer, ours


def _is_same(one: Transfer, other: Transfer) -> bool:
    if one.at is None or other.at is None:
        return True
    return abs((one.at - other.at).total_seconds()) <= _TRANSFER_WITHIN_S


def unnamed(call: Call, said: WitnessedCall) -> list[str]:
    """Of calls that nobody answered no recording is expected."""
    if call.disposition not in _RECORDED and said.answered_at is None:
        return []
    return [name for name in said.recordings if not any(known.endswith(name) for known in call.recordings)]
