# SPDX-License-Identifier: Apache-2.0
"""The steps of a rule from their stored form: `[[rule.step]]`, `to = "team"`."""

from collections.abc import Callable

from crm_core.domain.directory.caller_number import e164
from crm_core.domain.routing.reading import Reader
from crm_core.domain.routing.rules import (
    WITHOUT_PEOPLE,
    How,
    RuleStep,
    ToLastOperator,
    ToManager,
    ToNumber,
    ToQueue,
    ToTeam,
    ToVoicemail,
)

_NAME = r"[A-Za-z0-9_-]{1,40}"  # what may stand in a channel variable (FACTS A8) and in queues.conf
_SECONDS = (1, 3600)


def parse_steps(rule: Reader, region: str) -> tuple[RuleStep, ...]:
    tables = rule.tables("step")
    if not tables:
        raise rule.fail("step", "is missing: every rule needs at least one [[rule.step]]")
    steps = tuple(_step(table, region) for table in tables)
    if not isinstance(steps[-1], WITHOUT_PEOPLE):
        table = tables[-1]
        raise table.fail("to", "the last step must be a queue, a number or voicemail: people may all be away")
    return steps


def _step(table: Reader, region: str) -> RuleStep:
    make = _MAKERS[table.one_of("to", _MAKERS)]
    step = make(table, table.whole("seconds", *_SECONDS), region)
    table.done()
    return step


def _manager(_table: Reader, seconds: int, _region: str) -> RuleStep:
    return ToManager(seconds=seconds)


def _last_operator(table: Reader, seconds: int, _region: str) -> RuleStep:
    days = table.whole("within_days", 1, 3650) if "within_days" in table else None
    return ToLastOperator(seconds=seconds, within_days=days)


def _team(table: Reader, seconds: int, _region: str) -> RuleStep:
    prefer = table.one_of("prefer", ("last_operator", "nobody"), "nobody")
    return ToTeam(
        seconds=seconds,
        team=table.text("team", r"\S(?:.{0,60}\S)?", "the name of a team"),
        how=How(table.one_of("how", [how.value for how in How], How.RING_ALL.value)),
        prefer_last_operator=prefer == "last_operator",
        at_most=table.whole("at_most", 1, 10, 5),
    )


def _queue(table: Reader, seconds: int, _region: str) -> RuleStep:
    queue = table.text("queue", _NAME, "the name of a queue")
    return ToQueue(seconds=seconds, queue=queue, priority=table.whole("priority", 0, 100, 0))


def _number(table: Reader, seconds: int, region: str) -> RuleStep:
    number = table.text("number", r"\+?[0-9 ()-]{2,30}", "a telephone number")
    full = e164(number, region)
    if full is None:
        raise table.fail("number", f"not a telephone number: {number!r}")
    return ToNumber(seconds=seconds, number=full)


def _voicemail(table: Reader, seconds: int, _region: str) -> RuleStep:
    return ToVoicemail(seconds=seconds, mailbox=table.text("mailbox", _NAME, "the name of a mailbox"))


_MAKERS: dict[str, Callable[[Reader, int, str], RuleStep]] = {
    "assigned_manager": _manager,
    "last_operator": _last_operator,
    "team": _team,
    "queue": _queue,
    "number": _number,
    "voicemail": _voicemail,
}
