# SPDX-License-Identifier: Apache-2.0
"""The kept history held against people's own clocks, and against the same call undisturbed."""

from collections import Counter

from crm_core.domain.call import Call, Disposition, LegKind
from crm_core.domain.recording import RecordingState
from tests.live.phases.play import Told

A_SECOND = 1.0
SILENCE_S = 6.0  # a PBX that says nothing is asked after five
UNKNOWABLE = {"hold", "attempts"}  # FACTS of CEL: what was told while nobody listened, and no file keeps


def wrong(told: Told, undisturbed: Told | None) -> list[str]:
    """Empty: what people did is what is kept."""
    if len(told.calls) != 1:
        return [f"one call became {len(told.calls)}"]
    call, facts = told.calls[0].call, dict(told.case.facts)
    spoke = facts.pop("spoke")
    found = [f"uncertain: {one}" for one in set(call.uncertain) - UNKNOWABLE]
    if "hold" in call.uncertain:  # then their sum is known
        both = call.talk_s + call.hold_s
        found += _apart("talk + hold", facts.pop("talk_s") + facts.pop("hold_s"), both)
    for name, want in facts.items():
        got = getattr(call, name)
        found += _apart(name, want, got) if isinstance(want, float) else _other(name, want, str(got))
    for party, seconds in spoke.items():
        both = sum(
            leg.talk_s + leg.hold_s * ("hold" in call.uncertain) for leg in call.legs if leg.party == party
        )
        if "hold" not in call.uncertain:
            found += _apart(f"talk of {party}", seconds, both)
        elif both < seconds - A_SECOND:
            found.append(f"talk of {party}: {seconds:.2f} s, kept {both:.2f}")
    if undisturbed is not None:
        found += _unlike(told, undisturbed)
    found += [
        f"recording: {one.state.value} {one.detail}"
        for one in told.recordings
        if one.state is not RecordingState.READY
    ]
    return found


def wrong_after_death(told: Told) -> list[str]:
    """The PBX died, and the call with it: it ends at its last sign of life, and says why it is not sure."""
    if len(told.calls) != 1:
        return [f"one call became {len(told.calls)}"]
    case, call = told.case, told.calls[0].call
    found = [] if "pbx_restarted" in call.uncertain else [f"not marked: {call.uncertain}"]
    found += [f"uncertain: {one}" for one in set(call.uncertain) - UNKNOWABLE - {"pbx_restarted"}]
    found += _other("disposition is answered", bool(case.answered), call.disposition is Disposition.ANSWERED)
    lived = case.run.failed_at - (case.answered or case.began)
    kept = call.talk_s + call.hold_s if case.answered else call.wait_s or 0.0
    if not lived - SILENCE_S <= kept <= lived + A_SECOND:
        found.append(f"lived {lived:.2f} s, kept {kept:.2f}")
    found += _other("transfers", int(case.transferred), sum(one.completed for one in call.transfers))
    playable = [one for one in told.recordings if one.state.playable]
    return found + ([] if playable or not case.answered else ["no recording"])


def _unlike(told: Told, undisturbed: Told) -> list[str]:
    call, before = told.calls[0].call, undisturbed.calls[0].call
    found = _other("missed", before.missed, call.missed)
    found += _other("direction", before.direction, call.direction)
    found += _other("dialled", before.dialled, call.dialled)
    found += _other("queue", before.queue, call.queue)
    found += _other("transfers", _transfers(before), _transfers(call))
    every = "attempts" not in call.uncertain
    found += _other("legs", _legs(before, every=every), _legs(call, every=every))
    found += _other("recordings", len(undisturbed.recordings), len(told.recordings))
    return found


def _transfers(call: Call) -> list[tuple[object, ...]]:
    return [(one.kind, one.by, one.to, one.completed) for one in call.transfers]


def _legs(call: Call, *, every: bool) -> Counter[tuple[object, ...]]:
    """Of attempts in vain nobody need know."""
    return Counter(
        (leg.party, leg.kind, leg.end_reason)
        for leg in call.legs
        if every or (leg.answered_at and leg.kind is LegKind.OPERATOR)
    )


def _apart(what: str, want: float, got: float) -> list[str]:
    return [] if abs(want - got) <= A_SECOND else [f"{what}: {want:.2f} s, kept {got:.2f}"]


def _other(what: str, want: object, got: object) -> list[str]:
    return [] if want == got else [f"{what}: {want}, kept {got}"]
