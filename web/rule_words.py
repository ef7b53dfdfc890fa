# SPDX-License-Identifier: Apache-2.0
"""The rules of routing in words: when each holds, and whom it rings one after another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from crm_core.domain.routing.conditions import DID, HOUSE
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
    "open_did": N_("the number they called is within its opening hours"),
    "closed_did": N_("the number they called is outside its opening hours"),
    "deputy": N_("who stands in for the manager is %(value)s"),
    "missed_today": N_("they called earlier today and nobody has talked with them since"),
    "not_missed_today": N_("no call of theirs was missed today"),
    "number_begins": N_("the number begins with %(value)s"),
    "country": N_("the number is of the country %(value)s"),
    "number_kind": N_("the number is %(value)s"),
    "on_list": N_("the number is on the list %(value)s"),
    "trunk": N_("the call came in by %(value)s"),
    "language": N_("the caller's language is %(value)s"),
    "source": N_("they come %(value)s"),
    "owned": N_("it is %(value)s"),
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
    "away": N_("away"),
    "mobile": N_("a mobile number"),
    "fixed": N_("a fixed-line number"),
    "either": N_("a mobile or a fixed-line number"),
    "free_call": N_("toll-free"),
    "premium": N_("premium-rate"),
    "other": N_("of another kind"),
    "none": N_("nobody"),
    "assigned": N_("somebody"),
    "spam": N_("spam"),
    "call": N_("by a call"),
    "hand": N_("by hand"),
    "import": N_("from a file"),
    "api": N_("from a program"),
}
_AT_LEAST: Final = N_("turnover (%(window)s) is %(sum)s or more")
_BELOW: Final = N_("turnover (%(window)s) is below %(sum)s")
_STEPS: Final = {
    "assigned_manager": N_("the assigned manager"),
    "deputy": N_("who stands in for the manager"),
    "skill": N_("people with the skill %(target)s"),
    "announce": N_("the announcement %(target)s"),
    "last_operator": N_("who talked with them last"),
    "team": N_("the team %(target)s"),
    "queue": N_("the queue %(target)s"),
    "number": N_("the number %(target)s"),
    "voicemail": N_("voicemail %(target)s"),
}
_TARGETS: Final = ("team", "skill", "queue", "number", "mailbox", "prompt")
_IF_MANAGER: Final = N_("%(who)s (only if %(when)s)")


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
            when=tuple(when_words(rule.get("when", {}), l10n)),
            steps=tuple((_step(step, l10n), int(step.get("seconds", 0))) for step in rule.get("step", ())),
        )
        for rule in body.get("rule", ())
    ]


def when_words(conditions: Mapping[str, Any], l10n: L10n) -> list[str]:
    said = []
    for key, value in conditions.items():
        if key == "turnover":
            text, limit = (_AT_LEAST, "at_least") if "at_least" in value else (_BELOW, "below")
            window = l10n.gettext(WINDOWS.get(value.get("window", ""), "")).lower()
            said.append(l10n.gettext(text, window=window, sum=l10n.number(value.get(limit))))
        else:
            word, values = _asked(key, value)
            named = ", ".join(l10n.gettext(_VALUES[one]) if one in _VALUES else str(one) for one in values)
            said.append(l10n.gettext(_WHEN[word], value=named) if word in _WHEN else f"{key}: {named}")
    return said


def _asked(key: str, value: Any) -> tuple[str, list[Any]]:
    """The word for it, and the values to be named in it."""
    if key in {"open", "closed"}:
        return (f"{key}_did", []) if value == DID else (key, [str(value).removeprefix(HOUSE)])
    if key == "missed_today":
        return (key if value else "not_missed_today"), []
    values = value if isinstance(value, list) else [value]
    return key, ["free_call" if key == "number_kind" and one == "free" else one for one in values]


def _step(step: Mapping[str, Any], l10n: L10n) -> str:
    to = str(step.get("to", ""))
    target = next((step[key] for key in _TARGETS if step.get(key)), "")
    who = l10n.gettext(_STEPS[to], target=target).strip() if to in _STEPS else to
    if "if_manager" not in step:
        return who
    return l10n.gettext(
        _IF_MANAGER, who=who, when=", ".join(when_words({"manager": step["if_manager"]}, l10n))
    )
