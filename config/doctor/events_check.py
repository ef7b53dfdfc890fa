# SPDX-License-Identifier: Apache-2.0
"""What arrives of a test call by AMI: are there events, timed, with our variables, and not a flood."""

from collections import Counter
from collections.abc import Iterator, Sequence

from config.doctor.finding import Finding, broken, ok, warning
from config.doctor.trial import Trial
from pbx_bridge.ami_event import AmiEvent

# What a PBX says in heaps and no record needs; a `test` Asterisk adds TestEvent.
_FLOOD = ("VarSet", "Newexten", "TestEvent", "CEL")
_VARIABLES = (
    "CALLERID(pres)",
    "ROLODIAL_CALL",
    "ROLODIAL_STEP",
    "ROLODIAL_REC",
    "ROLODIAL_MESSAGE",
    "VMSTATUS",
)
_SAMPLE = "dialplan/templates/manager.conf"


def judge_events(trial: Trial, user: str) -> Iterator[Finding]:
    """Of a test call that was placed."""
    own = [event for event in trial.events if trial.linkedid in event.get("Linkedid")]
    if not own:
        yield broken(
            "events",
            "the test call was placed, but no event of it arrived",
            f"In manager.conf [{user}] read = call,agent; no eventfilter that includes only others.",
        )
        return
    findings = [*_flood(trial.events, user), *_timestamps(own)]
    yield from findings or [ok("events", f"{len(trial.events)} events in the time of a test call, all timed")]


def _flood(events: Sequence[AmiEvent], user: str) -> Iterator[Finding]:
    many = Counter(event.name for event in events if event.name in _FLOOD)
    if not many:
        return
    said = ", ".join(f"{count} {name}" for name, count in many.most_common())
    yield warning(
        "events",
        f"the event filter is not in place: {said} among {len(events)} events in the time of a test call",
        f"In manager.conf [{user}]: eventfilter(action(exclude),name(VarSet)) = (and Newexten, TestEvent; an older "
        f"Asterisk: eventfilter = !Event: VarSet); [manager] enabled = no in cel.conf. {_SAMPLE} shows all.",
    )


def _timestamps(events: Sequence[AmiEvent]) -> Iterator[Finding]:
    if not all(event.get("Timestamp") for event in events):
        yield warning(
            "events",
            "events carry no time of the PBX",
            "In manager.conf [general]: timestampevents = yes. What waits while Rolodial is stopped has no time else.",
        )


def judge_variables(trial: Trial, said: str | None) -> Iterator[Finding]:
    """`said`: channelvars of manager.conf, where it could be asked. Those that are unset may not be sent."""
    if said is None:
        first = next((event for event in trial.events if event.name == "Newchannel"), None)
        if first is not None and not first.chanvars:
            yield _without_variables(_VARIABLES)
        return
    named = {part.strip() for part in said.split(",")}
    lacking = [name for name in _VARIABLES if name not in named]
    if lacking:
        yield _without_variables(lacking)


def _without_variables(names: Sequence[str]) -> Finding:
    return warning(
        "events",
        f"events do not carry {', '.join(names)}",
        f"In manager.conf [general]: channelvars = {','.join(_VARIABLES)}. Else withheld numbers, recordings and "
        "voicemail are not recognised.",
    )


def judge_write_time_out(said: str | None, user: str) -> Iterator[Finding]:
    """`said`: milliseconds, as manager.conf says them. Asterisk's own default is 100."""
    if said is None or (said.isdigit() and int(said) >= 1000):  # noqa: PLR2004 - a second
        return
    yield warning(
        "events",
        f"the PBX cuts us off after {said} ms of not reading",
        f"In manager.conf [{user}]: writetimeout = 5000. A busy second costs the connection else.",
    )
