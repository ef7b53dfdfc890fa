# SPDX-License-Identifier: Apache-2.0
"""Versions of rules, their sentences side by side, and what a replay found, in words."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crm_core.domain.routing.conditions import DID, HOUSE
from web.i18n.l10n import L10n
from web.rule_tables import CALLS, RuleTable
from web.rule_words import RuleSaid, rule_in_words
from web.words import N_, Words

_MOST_LINES = 2000
_TARGETS: Final = {
    "assigned_manager": N_("the assigned manager"),
    "last_operator": N_("who talked with them last"),
    "team": N_("the team %(target)s"),
    "queue": N_("the queue %(target)s"),
    "number": N_("the number %(target)s"),
    "voicemail": N_("voicemail %(target)s"),
    "callback": N_("an offer to call back"),
    "none": N_("nobody: no step of the rule can be walked"),
    "unsure": N_("not known"),
}
_NOT_KEPT: Final = {
    "person": N_("Nobody looked then whether %(which)s was free."),
    "login": N_("Nobody looked then whether %(which)s was free."),
    "team": N_("Nobody looked then who of the team %(which)s was free."),
    "hours": N_("Nobody looked then whether it was working time by %(which)s."),
    "field": N_("Nobody looked then at what stands in the %(which)s."),
}
_DID_NOT_KEPT: Final = N_("Nobody looked then whether it was working time of the number they called.")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that is not the same: what it says in either version; None where it does not stand."""

    name: str
    before: RuleSaid | None
    after: RuleSaid | None


@dataclass(frozen=True, slots=True)
class DiffLine:
    kind: str  # add | remove | same | place
    text: str


def said_safely(
    body: Mapping[str, Any], l10n: L10n, currency: str = "", table: RuleTable = CALLS
) -> list[RuleSaid]:
    """Of a draft, which may say anything: a rule that cannot be said has only its name."""
    rules = body.get(table.name, ())
    said = []
    for rule in rules if isinstance(rules, list) else ():
        try:
            said.append(rule_in_words(rule, l10n, currency, table))
        except (AttributeError, KeyError, TypeError, ValueError):
            name = rule.get("id", "?") if isinstance(rule, dict) else "?"
            said.append(RuleSaid(name=str(name), when=(), steps=()))
    return said


def rule_changes(before: Sequence[RuleSaid], after: Sequence[RuleSaid]) -> list[RuleChange]:
    """By name; a rule that only moved is in the text's differences."""
    old, new = {one.name: one for one in before}, {one.name: one for one in after}
    names = [*new, *(name for name in old if name not in new)]
    return [
        RuleChange(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)
    ]


def text_changes(before: str, after: str) -> list[DiffLine]:
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3))[2:]
    kinds = {"+": "add", "-": "remove", "@": "place"}
    return [DiffLine(kinds.get(line[:1], "same"), line) for line in lines[:_MOST_LINES]]


def target_said(target: Sequence[str], l10n: L10n) -> str:
    code, name = target
    return l10n.gettext(_TARGETS[code], target=name) if code in _TARGETS else f"{code} {name}".strip()


def not_kept_said(missing: tuple[str, str], l10n: L10n, people: Mapping[str, str]) -> str:
    """Why it cannot be said what a call of the past would come to; `people`: their names, by id and by login."""
    what, which = missing
    if missing == ("hours", DID):
        return l10n.gettext(_DID_NOT_KEPT)
    if what == "field":
        which = Words(l10n).field(which)
    elif what in {"person", "login"}:
        which = people.get(which, "?" if what == "person" else which)
    return l10n.gettext(_NOT_KEPT[what], which=which.removeprefix(HOUSE))
