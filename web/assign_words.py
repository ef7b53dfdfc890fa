# SPDX-License-Identifier: Apache-2.0
"""The rules of whose client somebody becomes, in words, and why somebody was given one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from crm_core.domain.audit import AuditEntry
from web.i18n.l10n import L10n
from web.rule_words import RuleSaid, when_words
from web.words import N_, Words

_TO: Final = {
    "first_talk": N_("who talks with them first"),
    "nobody": N_("nobody"),
}
_PERSON: Final = N_("the person with the login %(login)s")
_TEAMS: Final = {
    "fewest_clients": N_("of the team %(team)s, who has the fewest clients"),
    "round_robin": N_("of the team %(team)s, one after another"),
}
_BY_RULE: Final = N_("By the rule “%(rule)s”: %(why)s")


def assign_in_words(body: Mapping[str, Any], l10n: L10n) -> list[RuleSaid]:
    """Of a draft, which may say anything: a rule that cannot be said has only its name."""
    rules = body.get("assign", ())
    return [_said(rule, l10n) for rule in rules] if isinstance(rules, list) else []


def because(entries: Sequence[AuditEntry], manager: object, l10n: L10n) -> str:
    """Why this manager was given, if it was by a rule and none was chosen since."""
    for entry in entries:
        after = entry.after or {}
        if "manager_id" not in after:
            continue
        if entry.action != "assign" or after["manager_id"] != str(manager):
            return ""
        why = "; ".join(Words(l10n).why(one) for one in after.get("because") or ())
        return l10n.gettext(_BY_RULE, rule=after.get("rule", ""), why=why)
    return ""


def _said(rule: Any, l10n: L10n) -> RuleSaid:
    try:
        asked = {"owned" if key == "caller" else key: value for key, value in rule.get("when", {}).items()}
        return RuleSaid(
            name=str(rule.get("id", "")), when=tuple(when_words(asked, l10n)), steps=((_heir(rule, l10n), 0),)
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return RuleSaid(name=str(rule.get("id", "?")) if isinstance(rule, dict) else "?", when=(), steps=())


def _heir(rule: Mapping[str, Any], l10n: L10n) -> str:
    to = str(rule["to"])
    if to == "person":
        return l10n.gettext(_PERSON, login=str(rule["login"]))
    if to == "team":
        return l10n.gettext(_TEAMS[str(rule.get("how", "fewest_clients"))], team=str(rule["team"]))
    return l10n.gettext(_TO[to])
