# SPDX-License-Identifier: Apache-2.0
"""What there is in this house for a rule to name, and what the PBXs and past calls have shown."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final
from zoneinfo import available_timezones

from crm_core.domain.choice import ChoiceKind
from crm_core.domain.client_field import FieldKind
from crm_core.domain.people import User
from crm_core.domain.phone import regions
from crm_core.domain.routing.conditions import DID, HOUSE
from crm_core.domain.routing.naming import NAMED, tables_of
from crm_core.ports.rule_life import Seen
from crm_core.ports.store import Tx
from crm_core.usecases.edit_rules import rules_of
from web.i18n.l10n import L10n
from web.words import N_, YES_NO, Words

Choices = Mapping[str, Mapping[str, str]]  # source -> value -> what it is called
_CALLS: Final = 300


async def rule_choices(
    tx: Tx, body: Mapping[str, Any], region: str, l10n: L10n, queues: Collection[str] | None = None
) -> Choices:
    """`queues`: those that the PBXs told."""
    numbers = await tx.people.own_numbers()
    bands = await tx.bands.settings()
    seen = await tx.rule_life.seen(_CALLS)
    schedules = [one.name for one in await tx.schedules.all()]
    languages = {one.language for one in numbers if one.language} | seen.languages
    own_dids = {one.e164: _line(one.e164, one.label, l10n) for one in numbers}
    return {
        "teams": _same(one.name for one in await tx.people.teams()),
        "bands": _same(bands.names),
        "tags": _same(await tx.clients.tags()),
        **_fields(l10n),
        "dids": own_dids | {one: l10n.phone(one) for one in sorted(seen.dids - own_dids.keys())},
        "languages": _same(sorted(languages)),
        "countries": {region: region} if region in regions() else {},
        "hours": {f"{HOUSE}{one}": one for one in schedules} | _same(tables_of(body, "hours")),
        "kept_hours": {DID: l10n.gettext(N_("those of the number they called"))}
        | {f"{HOUSE}{one}": one for one in schedules},
        **{kind: _same(tables_of(body, kind)) for kind in NAMED if kind != "hours"},
        "rules": _same(str(rule.get("id", "")) for rule in rules_of(body)),
        "assigns": _assigns(body, l10n),
        "zones": _same(_zones()),
        "stages": await _stages(tx, l10n),
        "prompts": await _prompts(tx, body),
        **_named_or_seen(body, seen, queues or ()),
        **_people(await tx.people.users()),
    }


def _people(users: Collection[User]) -> dict[str, dict[str, str]]:
    return {
        "people": _same(one.name for one in users),
        "logins": {one.login: f"{one.name} ({one.login})" for one in users},
    }


def _fields(l10n: L10n) -> dict[str, dict[str, str]]:
    """And by the name of each, the values it may have, where they are few."""
    say, offered = Words(l10n), [one for one in l10n.fields if one.archived_at is None]
    found = {"fields": {one.name: say.field(one.name) for one in offered}}
    for one in offered:
        flags = YES_NO if one.kind is FieldKind.FLAG else ()
        found[f"field_values:{one.name}"] = {
            value: say.value(one.kind, value) for value in (*one.choices, *flags)
        }
    return found


async def _stages(tx: Tx, l10n: L10n) -> dict[str, str]:
    known = await tx.choices.all(ChoiceKind.STAGE)
    say = Words(l10n, known)
    return {one.code: say.stage(one.code) for one in known if not one.archived_at}


async def _prompts(tx: Tx, body: Mapping[str, Any]) -> dict[str, str]:
    known = {one.target: one.about or one.name for one in await tx.prompts.all()}
    return _same(sorted(_named(body, "prompt"))) | known


def _named_or_seen(body: Mapping[str, Any], seen: Seen, queues: Collection[str]) -> dict[str, dict[str, str]]:
    return {
        "queues": _same(sorted(_named(body, "queue") | seen.queues | set(queues))),
        "trunks": _same(sorted(_named(body, "trunk") | seen.trunks)),
        "menus": _same(sorted(_named(body, "menu") | seen.menu)),
    }


def _line(number: str, label: str, l10n: L10n) -> str:
    return f"{l10n.phone(number)} {label}".strip()


def _same(values: Any) -> dict[str, str]:
    """Called as they are."""
    return {str(one): str(one) for one in values}


def _assigns(body: Mapping[str, Any], l10n: L10n) -> dict[str, str]:
    names = _same(rule.get("id", "") for rule in rules_of(body, "assign"))
    return {**names, "none": l10n.gettext(N_("none: nobody becomes it"))}


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone))


def _named(body: Mapping[str, Any], key: str) -> set[str]:
    """What steps and conditions of the draft name already."""
    found: set[str] = set()
    for rule in rules_of(body):
        when, steps = rule.get("when"), rule.get("step")
        tables = [when, *(steps if isinstance(steps, list) else ())]
        for value in (table.get(key) for table in tables if isinstance(table, dict)):
            found |= {one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)}
    return found
