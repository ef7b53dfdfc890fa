# SPDX-License-Identifier: Apache-2.0
"""All settings out, and in: from test to live. Whatever is wrong with a file, nothing of it is applied."""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.bands_file import bands_said
from crm_core.domain.choice import Choice, ChoiceKind
from crm_core.domain.client import ClientKind
from crm_core.domain.client_field import ClientField
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.modules import Module
from crm_core.domain.people import OwnNumber, OwnNumberKind, Role, Team
from crm_core.domain.routing.parse_hours import hours_as_kept
from crm_core.domain.schedule import Schedule
from crm_core.domain.settings_file import (
    ChoiceSaid,
    Difference,
    FieldSaid,
    NumberSaid,
    SettingsSaid,
    differences,
    write_text,
)
from crm_core.domain.shallow import shallow
from crm_core.ports.store import Store, Tx
from crm_core.usecases.put_bands import put_bands
from crm_core.usecases.put_field import put_field
from crm_core.usecases.put_settings import (
    put_choice,
    put_missed_rules,
    put_modules,
    put_own_number,
    put_retention,
    put_schedule,
    put_security,
    put_team,
)
from crm_core.usecases.set_house import put_house
from crm_core.usecases.trail import Trail


async def settings_now(tx: Tx) -> dict[str, Any]:
    """The document of what is set, as `parse_settings` reads it."""
    teams, schedules = await tx.people.teams(), await tx.schedules.all()
    logins = {user.id: user.login for user in await tx.people.users(archived=True)}
    modules, house = await tx.settings.modules(), await tx.settings.house()
    names = {team.id: team.name for team in teams} | {one.id: one.name for one in schedules}
    return {
        "house": {name: str(value) for name, value in shallow(house).items()},
        "retention": shallow(await tx.settings.retention()),
        "missed": shallow(await tx.settings.missed_rules()),
        "modules": {one.value: [role.value for role in Role if modules.has(role, one)] for one in Module},
        "security": shallow(await tx.settings.security()),
        "hours": {one.name: hours_as_kept(one.hours) for one in schedules},
        "teams": {one.name: {"members": sorted(logins[each] for each in one.members)} for one in teams},
        "bands": bands_said(await tx.bands.settings()),
        "numbers": {one.e164: _number_said(one, names) for one in await tx.people.own_numbers()},
        "results": {one.code: _choice_said(one) for one in await tx.choices.all(ChoiceKind.RESULT)},
        "pauses": {one.code: _choice_said(one) for one in await tx.choices.all(ChoiceKind.PAUSE)},
        "stages": {one.code: _choice_said(one) for one in await tx.choices.all(ChoiceKind.STAGE)},
        "client_fields": {one.name: _field_said(one) for one in await tx.client_fields.all()},
    }


async def apply_settings(tx: Tx, said: SettingsSaid, trail: Trail) -> None:
    """Adds and changes, never removes. An error undoes the whole transaction, and says its place."""
    await _of_the_house(tx, said, trail)
    await _hours(tx, said, trail)
    await _teams(tx, said, trail)
    if said.bands:  # which name teams
        await _at("bands", put_bands(tx, said.bands, trail))
    for number in said.numbers:
        await _number(tx, number, trail)
    for choice in said.choices:
        await _choice(tx, choice, trail)
    for field in said.client_fields:
        await _client_field(tx, field, trail)


async def _of_the_house(tx: Tx, said: SettingsSaid, trail: Trail) -> None:
    if said.house:
        await put_house(tx, said.house, trail)
    if said.retention:
        await put_retention(tx, said.retention, trail)
    if said.missed:
        await put_missed_rules(tx, said.missed, trail)
    if said.modules:
        await put_modules(tx, said.modules, trail)
    if said.security:
        await _at("security", put_security(tx, said.security, trail))


class _NotYetError(Exception):
    """Undoes what was only tried."""


async def preview_settings(
    store: Store, said: SettingsSaid, actor: Actor, now: datetime
) -> tuple[list[Difference], str]:
    """What would change, by doing it and undoing it; and the version of what is set now."""
    found: list[Difference] = []
    version = ""
    try:
        async with store.begin() as tx:
            before = await settings_now(tx)
            version = version_of_document(before)
            await apply_settings(tx, said, Trail(actor, now))
            found = differences(before, await settings_now(tx))
            raise _NotYetError  # noqa: TRY301 - what undoes it
    except _NotYetError:
        return found, version


def version_of_document(body: dict[str, Any]) -> str:
    return hashlib.blake2b(write_text(body).encode(), digest_size=12).hexdigest()


async def import_settings(tx: Tx, said: SettingsSaid, trail: Trail, seen: str | None = None) -> None:
    """`seen`: the version that the preview was of."""
    if seen is not None and version_of_document(await settings_now(tx)) != seen:
        raise ConflictError(
            "The settings changed since you looked at the differences. Look at them once more."
        )
    await apply_settings(tx, said, trail)


async def unknown_logins(tx: Tx, said: SettingsSaid) -> list[str]:
    """Members of teams that nobody here is: they are left out."""
    known = {user.login for user in await tx.people.users(archived=True)}
    return sorted({login for members in said.teams.values() for login in members} - known)


async def _hours(tx: Tx, said: SettingsSaid, trail: Trail) -> None:
    there = {one.name.casefold(): one for one in await tx.schedules.all()}
    for name, hours in said.hours.items():
        kept = there.get(name.casefold())
        schedule = Schedule(
            id=kept.id if kept else new_id(trail.now),
            name=name,
            zone=hours.zone,
            days=hours.days,
            holidays=hours.holidays,
            special=hours.special,
        )
        await _at(f"hours.{name}", put_schedule(tx, schedule, trail))


async def _teams(tx: Tx, said: SettingsSaid, trail: Trail) -> None:
    there = {one.name.casefold(): one for one in await tx.people.teams()}
    ids = {user.login: user.id for user in await tx.people.users(archived=True)}
    for name, logins in said.teams.items():
        kept = there.get(name.casefold())
        members = frozenset(ids[login] for login in logins if login in ids)
        team = Team(id=kept.id if kept else new_id(trail.now), name=name, members=members)
        await _at(f"teams.{name}", put_team(tx, team, trail))


async def _number(tx: Tx, said: NumberSaid, trail: Trail) -> None:
    place = f"numbers.{said.e164}"
    teams = {one.name.casefold(): one.id for one in await tx.people.teams()}
    schedules = {one.name.casefold(): one.id for one in await tx.schedules.all()}
    kept = next((one for one in await tx.people.own_numbers() if one.e164 == said.e164), None)
    texts = said.texts
    number = OwnNumber(
        id=kept.id if kept else new_id(trail.now),
        e164=said.e164,
        label=said.label,
        kind=said.kind,
        pbx=texts["pbx"] or None,
        line=texts["line"] or None,
        source=texts["source"] or None,
        team_id=_named(teams, texts["team"], f"{place}.team"),
        language=texts["language"] or None,
        schedule_id=_named(schedules, texts["hours"], f"{place}.hours"),
        note=texts["note"] or None,
        user_id=kept.user_id if kept and said.kind is OwnNumberKind.MOBILE else None,
    )
    await _at(place, put_own_number(tx, number, trail))


async def _choice(tx: Tx, said: ChoiceSaid, trail: Trail) -> None:
    listed = await tx.choices.all(said.kind)
    kept = next((one for one in listed if one.code == said.code), None)
    kept = kept or Choice(id=new_id(trail.now), kind=said.kind, code=said.code, position=said.position)
    choice = replace(
        kept,
        text=said.text,
        position=said.position,
        needs_note=said.needs_note,
        in_statistics=said.in_statistics,
        archived_at=(kept.archived_at or trail.now) if said.archived else None,
    )
    await _at(f"{said.kind}s.{said.code}", put_choice(tx, choice, trail))


async def _client_field(tx: Tx, said: FieldSaid, trail: Trail) -> None:
    of, _, key = said.name.partition(".")
    there = {one.name: one for one in await tx.client_fields.all()}
    kept = there.get(said.name)
    field = ClientField(
        id=kept.id if kept else new_id(trail.now),
        of=ClientKind(of),
        key=key,
        label=said.label,
        kind=said.kind,
        choices=said.choices,
        position=said.position,
        archived_at=((kept.archived_at if kept else None) or trail.now) if said.archived else None,
    )
    await _at(f"client_fields.{said.name}", put_field(tx, field, trail))


async def _at(place: str, work: Any) -> None:
    try:
        await work
    except InvalidInputError as error:
        raise InvalidInputError(f"{place}: {error}") from error


def _named(ids: dict[str, UUID], name: str, place: str) -> UUID | None:
    if name and name.casefold() not in ids:
        raise InvalidInputError(f"{place}: there is none of this name: {name!r}")
    return ids[name.casefold()] if name else None


def _number_said(one: OwnNumber, names: dict[UUID, str]) -> dict[str, str]:
    texts = {
        name: getattr(one, name) or "" for name in ("label", "pbx", "line", "source", "language", "note")
    }
    return texts | {
        "kind": one.kind.value,
        "team": names[one.team_id] if one.team_id else "",
        "hours": names[one.schedule_id] if one.schedule_id else "",
    }


def _field_said(one: ClientField) -> dict[str, Any]:
    return {
        "label": one.label,
        "kind": one.kind.value,
        "choices": list(one.choices),
        "position": one.position,
        "archived": one.archived_at is not None,
    }


def _choice_said(one: Choice) -> dict[str, Any]:
    return {
        "text": one.text or "",
        "position": one.position,
        "needs_note": one.needs_note,
        "in_statistics": one.in_statistics,
        "archived": one.archived_at is not None,
    }
