# SPDX-License-Identifier: Apache-2.0
"""Rules in words: when each holds, and whom it rings one after another or makes the manager (web.rule_registry)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from crm_core.domain.routing.conditions import HOUSE
from web.i18n.l10n import L10n
from web.rule_registry import CONDITIONS, TARGETS, Entry, Field, Kind
from web.rule_tables import CALLS, RuleTable
from web.words import N_, Words

_IF_MANAGER: Final = N_("%(who)s (only if %(when)s)")
_OR: Final = N_("%(some)s or %(last)s")
_NOTHING_YET: Final = "…"  # in a form: it is still to be filled in


@dataclass(frozen=True, slots=True)
class RuleSaid:
    name: str
    when: tuple[str, ...]  # none: it always holds
    steps: tuple[tuple[str, int], ...]  # who, seconds; 0: it is not said
    off: bool = False


def in_words(
    body: Mapping[str, Any], l10n: L10n, currency: str = "", table: RuleTable = CALLS
) -> list[RuleSaid]:
    """Of the stored form: the keys are those of the rule file."""
    return [rule_in_words(rule, l10n, currency, table) for rule in body.get(table.name, ())]


def rule_in_words(
    rule: Mapping[str, Any], l10n: L10n, currency: str = "", table: RuleTable = CALLS
) -> RuleSaid:
    entries, steps = table.conditions, table.steps_in(rule)
    return RuleSaid(
        name=str(rule.get("id", "")),
        when=tuple(
            _condition(key, value, entries.get(key), l10n, currency)
            for key, value in rule.get("when", {}).items()
        ),
        steps=tuple((_step(step, table, l10n), int(step.get("seconds", 0))) for step in steps),
        off=rule.get("off") is True,
    )


def _condition(key: str, value: Any, entry: Entry | None, l10n: L10n, currency: str) -> str:
    if entry is None:
        return f"{key}: {', '.join(map(str, value if isinstance(value, list) else [value]))}"
    if not entry.is_table:
        text = _sentence(entry, str(value).lower() if isinstance(value, bool) else str(value))
        return l10n.gettext(text, value=value_said(value, entry.fields[0], l10n, currency))
    currency = str(value.get("currency", currency))
    named = {one.key: value_said(value.get(one.key), one, l10n, currency) for one in entry.fields}
    if key == "field":
        named |= _field_said(value, l10n)
    more = [one.key for one in entry.fields if not one.needed and not one.rare and one.key in value]
    given = "+".join(more)
    return l10n.gettext(_sentence(entry, given), **named)


def _field_said(said: Mapping[str, Any], l10n: L10n) -> dict[str, str]:
    """What the house calls the field, and its values as people read them."""
    say, name = Words(l10n), str(said.get("name", ""))
    found = {"name": say.field(name)}
    for key in ("is", "at_least", "at_most"):
        values = said.get(key, "")
        several = values if isinstance(values, list) else [values]
        found[key] = _or([say.value_in(name, _plain(one)) for one in several], l10n)
    return found


def _plain(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _sentence(entry: Entry, variant: str) -> str:
    if isinstance(entry.said, str):
        return entry.said
    return entry.said.get(variant) or entry.said.get("") or entry.label


def value_said(value: Any, asked: Field, l10n: L10n, currency: str = "") -> str:
    if value is None:
        return _NOTHING_YET
    if asked.kind is Kind.MONEY:
        return _money(value, l10n, currency)
    values = value if isinstance(value, list) else [value]
    return _or([_word(str(one), asked, l10n) for one in values], l10n)


def _word(value: str, asked: Field, l10n: L10n) -> str:
    if value in asked.choices:
        word = l10n.gettext(asked.choices[value])
        return word.lower() if asked.key == "window" else word
    return value.removeprefix(HOUSE) if asked.source == "hours" else value


def _or(words: list[str], l10n: L10n) -> str:
    *some, last = words or [""]
    return l10n.gettext(_OR, some=", ".join(some), last=last) if some else last


def _money(value: Any, l10n: L10n, currency: str) -> str:
    try:
        amount = Decimal(str(value))
        return l10n.money(amount, currency) if currency else l10n.number(amount)
    except (InvalidOperation, ValueError):
        return str(value)


def _step(step: Mapping[str, Any], table: RuleTable, l10n: L10n) -> str:
    to = str(step.get("to", ""))
    entry = table.steps.get(to)
    target = next((step[key] for key in TARGETS if step.get(key)), _NOTHING_YET)
    if entry is None:
        return to
    usual = next((one.usual for one in entry.fields if one.key == "how"), "")
    who = l10n.gettext(_sentence(entry, str(step.get("how", usual))), target=target).strip()
    who = ", ".join([who, *_more(step, entry, l10n)])
    if "if_manager" not in step:
        return who
    when = _condition("manager", step["if_manager"], CONDITIONS["manager"], l10n, "")
    return l10n.gettext(_IF_MANAGER, who=who, when=when)


def _more(step: Mapping[str, Any], entry: Entry, l10n: L10n) -> list[str]:
    """What is not as usual."""
    return [
        l10n.gettext(one.said, value=value_said(step[one.key], one, l10n))
        for one in entry.fields
        if one.said and one.key in step and step[one.key] != one.usual
    ]
