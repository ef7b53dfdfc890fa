# SPDX-License-Identifier: Apache-2.0
"""What there is in this house for a rule to name: teams, queues, hours, our numbers, and the rules' own tables."""

from collections.abc import Mapping
from typing import Any

from crm_core.domain.choice import ChoiceKind
from crm_core.domain.phone import regions
from crm_core.domain.routing.conditions import HOUSE
from crm_core.ports.store import Tx
from crm_core.usecases.edit_rules import rules_of
from web.i18n.l10n import L10n
from web.words import Words

Choices = Mapping[str, Mapping[str, str]]  # source -> value -> what it is called


async def rule_choices(tx: Tx, body: Mapping[str, Any], region: str, l10n: L10n) -> Choices:
    numbers = await tx.people.own_numbers()
    bands = await tx.bands.settings()
    own_hours = {f"{HOUSE}{one.name}": one.name for one in await tx.schedules.all()}
    languages = sorted({one.language for one in numbers if one.language})
    return {
        "teams": {one.name: one.name for one in await tx.people.teams()},
        "logins": {one.login: f"{one.name} ({one.login})" for one in await tx.people.users()},
        "bands": {name: name for name in bands.names},
        "stages": await _stages(tx, l10n),
        "tags": {tag: tag for tag in await tx.clients.tags()},
        "dids": {one.e164: _line(one.e164, one.label, l10n) for one in numbers},
        "languages": dict(zip(languages, languages, strict=True)),
        "countries": _countries(region),
        "hours": own_hours | _table(body, "hours"),
        "lists": _table(body, "lists"),
        "skills": _table(body, "skills"),
        "prompts": _named(body, "prompt")
        | {one.target: one.about or one.name for one in await tx.prompts.all()},
        "queues": _named(body, "queue"),
        "trunks": _named(body, "trunk"),
    }


async def _stages(tx: Tx, l10n: L10n) -> dict[str, str]:
    known = await tx.choices.all(ChoiceKind.STAGE)
    say = Words(l10n, known)
    return {one.code: say.stage(one.code) for one in known if not one.archived_at}


def _line(number: str, label: str, l10n: L10n) -> str:
    return f"{l10n.phone(number)} {label}".strip()


def _countries(region: str) -> dict[str, str]:
    return {region: region} if region in regions() else {}


def _table(body: Mapping[str, Any], name: str) -> dict[str, str]:
    table = body.get(name, {})
    return {str(key): str(key) for key in table} if isinstance(table, dict) else {}


def _named(body: Mapping[str, Any], key: str) -> dict[str, str]:
    """What steps and conditions of the draft name already: no PBX is asked while somebody edits."""
    found: set[str] = set()
    for rule in rules_of(body):
        when, steps = rule.get("when"), rule.get("step")
        tables = [when, *(steps if isinstance(steps, list) else ())]
        for value in (table.get(key) for table in tables if isinstance(table, dict)):
            found |= {one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)}
    return {one: one for one in sorted(found)}
