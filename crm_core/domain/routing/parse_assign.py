# SPDX-License-Identifier: Apache-2.0
"""The tables [[assign]] of a rule file."""

from collections.abc import Iterable
from typing import Final

from crm_core.domain.routing.assign_rules import (
    HEIRS,
    AmongTeam,
    AssignRule,
    Heir,
    Share,
    ToFirstTalk,
    ToNobody,
    ToPerson,
)
from crm_core.domain.routing.conditions import CallerIs
from crm_core.domain.routing.parse_conditions import House, parse_conditions
from crm_core.domain.routing.reading import Reader

# What is known of a client or a lead when no call is ringing.
ASKABLE: Final = frozenset(
    {
        "caller",
        "turnover",
        "band",
        "did",
        "last_operator_days",
        "number_begins",
        "country",
        "number_kind",
        "on_list",
        "source",
    }
)
OWNED: Final = frozenset({"contact", "company", "lead"})
_ID = r"[a-z0-9][a-z0-9_-]{0,39}"
_TEXT = r"[^\x00-\x1f\x7f]{1,200}"


def parse_assign(tables: Iterable[Reader], house: House) -> tuple[AssignRule, ...]:
    rules: list[AssignRule] = []
    for table in tables:
        rule = _rule(table, house)
        if any(rule.id == one.id for one in rules):
            raise table.fail("id", f"{rule.id!r} stands twice")
        rules.append(rule)
    return tuple(rules)


def _rule(table: Reader, house: House) -> AssignRule:
    rule_id = table.text("id", _ID, "a name of small letters, digits, - and _")
    when = table.table("when")
    for key in when.keys():  # noqa: SIM118 - not a mapping
        if key not in ASKABLE:
            raise when.fail(key, f"is not known of a new client (known: {', '.join(sorted(ASKABLE))})")
    conditions = parse_conditions(when, house)
    for one in conditions:
        if isinstance(one, CallerIs) and not one.kinds <= OWNED:
            raise when.fail("caller", f"only {', '.join(sorted(OWNED))} have a manager")
    rule = AssignRule(id=rule_id, when=conditions, to=_heir(table))
    table.done()
    return rule


def _heir(table: Reader) -> Heir:
    match table.one_of("to", HEIRS.values()):
        case "person":
            return ToPerson(login=table.text("login", _TEXT, "the login of a person"))
        case "team":
            how = table.one_of("how", [one.value for one in Share], Share.FEWEST_CLIENTS.value)
            return AmongTeam(team=table.text("team", _TEXT, "the name of a team"), how=Share(how))
        case "first_talk":
            return ToFirstTalk()
        case _:
            return ToNobody()
