# SPDX-License-Identifier: Apache-2.0
"""The lists of the settings change, each within a transaction that is open: a form's, an import's or the wizard's."""

from dataclasses import dataclass, replace
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.choice import Choice
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.missed import MissedRules
from crm_core.domain.modules import Modules
from crm_core.domain.people import OwnNumber, Team
from crm_core.domain.phone import normalise
from crm_core.domain.retention import Retention
from crm_core.domain.schedule import Schedule
from crm_core.domain.security import Security
from crm_core.domain.version import check_unchanged
from crm_core.ports.store import Tx
from crm_core.usecases.named_by_rules import hours_of_rules, teams_of_rules
from crm_core.usecases.set_house import SETTINGS
from crm_core.usecases.trail import Trail

LABEL_LIMIT = 80
_HOURS_NAMED = "the rules of routing name these opening hours: change them first"
_HOURS_WORKED = "people work by these hours: give them others first"


async def put_own_number(tx: Tx, number: OwnNumber, trail: Trail, seen: str | None = None) -> None:
    """It is never matched to a client from now on."""
    await tx.settings.serialise()
    phone = normalise(number.e164, (await tx.settings.house()).region)
    if phone.e164 is None:
        raise InvalidInputError("this is not a telephone number", field="e164")
    number = replace(number, e164=phone.e164, label=_named(number.label, "label"))
    listed = await tx.people.own_numbers()
    before = next((one for one in listed if one.id == number.id), None)
    check_unchanged(before, seen)
    if any(one.e164 == number.e164 and one.id != number.id for one in listed):
        raise InvalidInputError("this number stands in the register already", field="e164")
    if before != number:
        await tx.people.save_own_number(number)
        trail.note("own_number", before, number)


async def remove_own_number(tx: Tx, number_id: UUID, trail: Trail) -> None:
    await tx.settings.serialise()
    before = next((one for one in await tx.people.own_numbers() if one.id == number_id), None)
    if before is None:
        raise NotFoundError
    await tx.people.remove_own_number(number_id)
    trail.note("own_number", before, None)


async def put_schedule(tx: Tx, schedule: Schedule, trail: Trail, seen: str | None = None) -> None:
    await tx.settings.serialise()
    schedule = replace(schedule, name=_named(schedule.name, "name"))
    listed = await tx.schedules.all()
    before = next((one for one in listed if one.id == schedule.id), None)
    check_unchanged(before, seen)
    if any(one.name.casefold() == schedule.name.casefold() and one.id != schedule.id for one in listed):
        raise InvalidInputError("other opening hours have this name", field="name")
    if before and before.name != schedule.name and before.name in await hours_of_rules(tx):
        raise InvalidInputError(_HOURS_NAMED, field="name")
    if before != schedule:
        await tx.schedules.save(schedule)
        trail.note("schedule", before, schedule)


async def remove_schedule(tx: Tx, schedule_id: UUID, trail: Trail) -> None:
    """Numbers are without hours then; people are not silently: nobody would take them out any more."""
    await tx.settings.serialise()
    await tx.people.serialise()
    before = next((one for one in await tx.schedules.all() if one.id == schedule_id), None)
    if before is None:
        raise NotFoundError
    if before.name in await hours_of_rules(tx):
        raise InvalidInputError(_HOURS_NAMED)
    if any(user.schedule_id == schedule_id for user in await tx.people.users()):
        raise InvalidInputError(_HOURS_WORKED)
    await tx.schedules.remove(schedule_id)
    trail.note("schedule", before, None)


async def put_team(tx: Tx, team: Team, trail: Trail, seen: str | None = None) -> None:
    """A team that the rules in force name keeps its name: they know it by nothing else."""
    await tx.people.serialise()
    team = replace(team, name=_named(team.name, "name"))
    listed = await tx.people.teams()
    before = next((one for one in listed if one.id == team.id), None)
    check_unchanged(before, seen)
    if any(one.name.casefold() == team.name.casefold() and one.id != team.id for one in listed):
        raise InvalidInputError("another team has this name", field="name")
    if before and before.name != team.name and before.name in await teams_of_rules(tx):
        raise InvalidInputError("the rules of routing name this team: change them first", field="name")
    if before != team:
        await tx.people.save_team(team)
        trail.note("team", before, team)


async def remove_team(tx: Tx, team_id: UUID, trail: Trail) -> None:
    await tx.people.serialise()
    before = next((one for one in await tx.people.teams() if one.id == team_id), None)
    if before is None:
        raise NotFoundError
    if before.name in await teams_of_rules(tx):
        raise InvalidInputError("the rules of routing name this team: change them first")
    await tx.people.remove_team(team_id)
    trail.note("team", before, None)


async def put_choice(tx: Tx, choice: Choice, trail: Trail, seen: str | None = None) -> None:
    """Built-in words may be replaced by one's own; a choice of one's own has words."""
    await tx.settings.serialise()
    text = clean.line(choice.text, LABEL_LIMIT)
    if text is None and not choice.is_built_in:
        raise InvalidInputError("a name is needed", field="text")
    choice = replace(choice, text=text)
    listed = await tx.choices.all(choice.kind)
    before = next((one for one in listed if one.id == choice.id), None)
    check_unchanged(before, seen)
    others = [one for one in listed if one.id != choice.id]
    same = text and any((one.text or "").casefold() == text.casefold() for one in others)
    if same or any(one.code == choice.code for one in others):
        raise InvalidInputError("this stands in the list already", field="text")
    if before != choice:
        await tx.choices.save(choice)
        trail.note("choice", before, choice)


async def put_retention(tx: Tx, retention: Retention, trail: Trail, seen: str | None = None) -> None:
    await tx.settings.serialise()
    before = await tx.settings.retention()
    check_unchanged(before, seen)
    if before != retention:
        await tx.settings.save_retention(retention)
        trail.note_fields("retention", SETTINGS, before, retention)


async def put_missed_rules(tx: Tx, rules: MissedRules, trail: Trail, seen: str | None = None) -> None:
    """For those who call in vain from now on: what is open keeps its time and whose it is."""
    await tx.settings.serialise()
    before = await tx.settings.missed_rules()
    check_unchanged(before, seen)
    if before != rules:
        await tx.settings.save_missed_rules(rules)
        trail.note_fields("missed_rules", SETTINGS, before, rules)


async def put_security(tx: Tx, security: Security, trail: Trail, seen: str | None = None) -> None:
    """Who demands a second step has one: a clock that is wrong, or no app at hand, shows before it binds anybody."""
    await tx.settings.serialise()
    before = await tx.settings.security()
    check_unchanged(before, seen)
    if before == security:
        return
    asked_by = trail.actor.user_id
    if security.two_steps and asked_by and asked_by not in await tx.credentials.with_second_factor():
        raise InvalidInputError(
            "Set up your own second step first: then you know that it works here.", field="two_steps"
        )
    await tx.settings.save_security(security)
    trail.note_fields("security", SETTINGS, before, security)


async def put_modules(tx: Tx, modules: Modules, trail: Trail, seen: str | None = None) -> None:
    await tx.settings.serialise()
    before = await tx.settings.modules()
    check_unchanged(before, seen)
    if before != modules:
        await tx.settings.save_modules(modules)
        trail.note_fields("modules", SETTINGS, _told(before), _told(modules))


@dataclass(frozen=True, slots=True)
class _ModulesTold:
    """As the trail keeps them."""

    roles: dict[str, list[str]]


def _told(modules: Modules) -> _ModulesTold:
    return _ModulesTold({module.value: sorted(roles) for module, roles in modules.roles.items()})


def _named(text: str, field: str) -> str:
    name = clean.line(text, LABEL_LIMIT)
    if name is None:
        raise InvalidInputError("a name is needed", field=field)
    return name
