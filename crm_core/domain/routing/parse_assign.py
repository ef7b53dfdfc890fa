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
from crm_core.domain.routing.conditions import CallerIs, Condition
from crm_core.domain.routing.parse_conditions import House, parse_conditions
from crm_core.domain.routing.reading import RULE_NAME, Reader

# What is known of a client or a lead when no call is ringing.
ASKABLE: Final = frozenset(
    {
        "caller",
        "turnover",
        "band",
        "tag",
        "field",
        "debt",
        "deal",
        "task",
        "did",
        "language",
        "last_operator_days",
        "number_begins",
        "country",
        "number_kind",
        "on_list",
        "source",
    }
)
OWNED: Final = frozenset({"contact", "company", "lead"})
_TEXT = r"[^\x00-\x1f\x7f]{1,200}"


def parse_assign(tables: Iterable[Reader], house: House) -> list[tuple[int, AssignRule, bool]]:
    """With their places, and whether they are switched off."""
    every: list[tuple[int, AssignRule, bool]] = []
    for place, table in enumerate(tables):
        rule, off = _rule(table, house)
        if any(rule.id == one.id for _, one, _ in every):
            raise table.fail("id", "%(name)r stands twice", name=rule.id)
        every.append((place, rule, off))
    return every


def parse_assign_conditions(when: Reader, house: House) -> tuple[Condition, ...]:
    for key in when.keys():  # noqa: SIM118 - not a mapping
        if key not in ASKABLE:
            text = "is not known of a new client (known: %(known)s)"
            raise when.fail(key, text, known=", ".join(sorted(ASKABLE)))
    conditions = parse_conditions(when, house)
    for one in conditions:
        if isinstance(one, CallerIs) and not one.kinds <= OWNED:
            text = "only one of %(known)s has a manager"
            raise when.fail("caller", text, known=", ".join(sorted(OWNED)))
    return conditions


def parse_heir(table: Reader, _house: House | None = None) -> Heir:
    """Whom a rule gives them to: `to`, and what it asks for."""
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


def _rule(table: Reader, house: House) -> tuple[AssignRule, bool]:
    rule_id = table.text("id", RULE_NAME, "a name of small letters, digits, - and _")
    off = table.flag("off", default=False)
    conditions = parse_assign_conditions(table.table("when"), house)
    rule = AssignRule(id=rule_id, when=conditions, to=parse_heir(table))
    table.done()
    return rule, off
