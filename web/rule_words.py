# SPDX-License-Identifier: Apache-2.0
"""The rules of routing in words: when each holds, and whom it rings one after another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from web.i18n.l10n import L10n
from web.words import N_, WINDOWS

_WHEN: Final = {
    "caller": N_("the caller is %(value)s"),
    "lead_status": N_("the lead is %(value)s"),
    "manager": N_("the assigned manager is %(value)s"),
    "did": N_("they called %(value)s"),
    "band": N_("the turnover band is %(value)s"),
    "open": N_("within the opening hours %(value)s"),
    "closed": N_("outside the opening hours %(value)s"),
    "last_operator_days": N_("one of us talked with them within %(value)s days"),
}
_VALUES: Final = {
    "known": N_("known"),
    "contact": N_("a contact"),
    "company": N_("a company"),
    "lead": N_("a lead"),
    "unknown": N_("unknown"),
    "withheld": N_("withheld"),
    "own": N_("one of us"),
    "free": N_("free"),
    "offline": N_("offline"),
    "paused": N_("paused"),
    "on_call": N_("on a call"),
    "no_answer": N_("not answering"),
    "none": N_("nobody"),
    "assigned": N_("somebody"),
    "spam": N_("spam"),
}
_AT_LEAST: Final = N_("turnover (%(window)s) is %(sum)s or more")
_BELOW: Final = N_("turnover (%(window)s) is below %(sum)s")
_STEPS: Final = {
    "assigned_manager": N_("the assigned manager"),
    "last_operator": N_("who talked with them last"),
    "team": N_("the team %(target)s"),
    "queue": N_("the queue %(target)s"),
    "number": N_("the number %(target)s"),
    "voicemail": N_("voicemail %(target)s"),
}


@dataclass(frozen=True, slots=True)
class RuleSaid:
    name: str
    when: tuple[str, ...]  # none: it always holds
    steps: tuple[tuple[str, int], ...]  # who, seconds


def in_words(body: Mapping[str, Any], l10n: L10n) -> list[RuleSaid]:
    """Of the stored form: the keys are those of the rule file."""
    return [
        RuleSaid(
            name=str(rule.get("id", "")),
            when=tuple(_when(rule.get("when", {}), l10n)),
            steps=tuple((_step(step, l10n), int(step.get("seconds", 0))) for step in rule.get("step", ())),
        )
        for rule in body.get("rule", ())
    ]


def _when(conditions: Mapping[str, Any], l10n: L10n) -> list[str]:
    said = []
    for key, value in conditions.items():
        if key == "turnover":
            text, limit = (_AT_LEAST, "at_least") if "at_least" in value else (_BELOW, "below")
            window = l10n.gettext(WINDOWS.get(value.get("window", ""), "")).lower()
            said.append(l10n.gettext(text, window=window, sum=value.get(limit)))
        else:
            values = value if isinstance(value, list) else [value]
            named = ", ".join(l10n.gettext(_VALUES[one]) if one in _VALUES else str(one) for one in values)
            said.append(l10n.gettext(_WHEN[key], value=named) if key in _WHEN else f"{key}: {named}")
    return said


def _step(step: Mapping[str, Any], l10n: L10n) -> str:
    to = str(step.get("to", ""))
    target = step.get("team") or step.get("queue") or step.get("number") or step.get("mailbox") or ""
    return l10n.gettext(_STEPS[to], target=target).strip() if to in _STEPS else to
