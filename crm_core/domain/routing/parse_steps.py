# SPDX-License-Identifier: Apache-2.0
"""The steps of a rule from their stored form: `[[rule.step]]`, `to = "team"`."""

from collections.abc import Callable
from typing import Any

from crm_core.domain.directory.caller_number import e164
from crm_core.domain.routing.parse_conditions import House, manager_states
from crm_core.domain.routing.parse_tables import BEST
from crm_core.domain.routing.reading import Reader
from crm_core.domain.routing.rules import (
    AT_MOST,
    WITHOUT_PEOPLE,
    How,
    RuleStep,
    ToAnnouncement,
    ToCallback,
    ToDeputy,
    ToLastOperator,
    ToManager,
    ToNumber,
    ToQueue,
    ToSkill,
    ToTeam,
    ToVoicemail,
)

_NAME = r"[A-Za-z0-9_-]{1,40}"  # what may stand in a channel variable (FACTS A8) and in queues.conf
_PROMPT = r"[A-Za-z0-9_-]{1,40}(?:/[A-Za-z0-9_-]{1,40}){0,3}"  # below Asterisk's sounds, never out of them
_SECONDS = (1, 3600)
_USUAL_S = {"announce": 1, "callback": 5}  # played to its end; to think about it
Common = dict[str, Any]


def parse_steps(rule: Reader, house: House) -> tuple[RuleStep, ...]:
    tables = rule.tables("step")
    if not tables:
        raise rule.fail("step", "is missing: every rule needs at least one [[rule.step]]")
    steps = tuple(parse_step(table, house) for table in tables)
    last, table = steps[-1], tables[-1]
    if not isinstance(last, WITHOUT_PEOPLE):
        raise table.fail(
            "to", "the last step must be a queue, a number, voicemail or callback: people may all be away"
        )
    if last.if_manager:
        raise table.fail(
            "if_manager", "the last step is for everybody: else a call might have no step at all"
        )
    return steps


def parse_step(table: Reader, house: House) -> RuleStep:
    to = table.one_of("to", _MAKERS)
    common: Common = {"seconds": table.whole("seconds", *_SECONDS, _USUAL_S.get(to))}
    if "if_manager" in table:
        common["if_manager"] = manager_states(table, "if_manager")
    step = _MAKERS[to](table, common, house)
    table.done()
    return step


def _manager(_table: Reader, common: Common, _house: House) -> RuleStep:
    return ToManager(**common)


def _deputy(_table: Reader, common: Common, _house: House) -> RuleStep:
    return ToDeputy(**common)


def _last_operator(table: Reader, common: Common, _house: House) -> RuleStep:
    days = table.whole("within_days", 1, 3650) if "within_days" in table else None
    return ToLastOperator(**common, within_days=days)


def _team(table: Reader, common: Common, _house: House) -> RuleStep:
    team = table.text("team", r"\S(?:.{0,60}\S)?", "the name of a team")
    return ToTeam(**common, **_group(table), team=team)


def _skill(table: Reader, common: Common, house: House) -> RuleStep:
    if not house.skills:
        raise table.fail("skill", "no [skills.NAME] stands in this file")
    return ToSkill(
        **common,
        **_group(table),
        skill=house.skills[table.one_of("skill", house.skills)],
        at_least=table.whole("at_least", 1, BEST, 1),
    )


def _group(table: Reader) -> Common:
    return {
        "how": How(table.one_of("how", [how.value for how in How], How.RING_ALL.value)),
        "prefer_last_operator": table.one_of("prefer", ("last_operator", "nobody"), "nobody")
        == "last_operator",
        "at_most": table.whole("at_most", 1, 10, AT_MOST),
    }


def _queue(table: Reader, common: Common, _house: House) -> RuleStep:
    queue = table.text("queue", _NAME, "the name of a queue")
    return ToQueue(**common, queue=queue, priority=table.whole("priority", 0, 100, 0))


def _number(table: Reader, common: Common, house: House) -> RuleStep:
    number = table.text("number", r"\+?[0-9 ()-]{2,30}", "a telephone number")
    full = e164(number, house.region)
    if full is None:
        raise table.fail("number", "not a telephone number: %(value)r", value=number)
    return ToNumber(**common, number=full)


def _voicemail(table: Reader, common: Common, _house: House) -> RuleStep:
    return ToVoicemail(**common, mailbox=table.text("mailbox", _NAME, "the name of a mailbox"))


def _announce(table: Reader, common: Common, _house: House) -> RuleStep:
    return ToAnnouncement(**common, prompt=_prompt(table))


def _callback(table: Reader, common: Common, _house: House) -> RuleStep:
    return ToCallback(**common, prompt=_prompt(table))


def _prompt(table: Reader) -> str:
    return table.text("prompt", _PROMPT, "a sound of the PBX (as custom/closed)")


_MAKERS: dict[str, Callable[[Reader, Common, House], RuleStep]] = {
    "assigned_manager": _manager,
    "deputy": _deputy,
    "last_operator": _last_operator,
    "team": _team,
    "skill": _skill,
    "queue": _queue,
    "number": _number,
    "voicemail": _voicemail,
    "announce": _announce,
    "callback": _callback,
}
