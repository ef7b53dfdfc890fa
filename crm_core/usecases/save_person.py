# SPDX-License-Identifier: Apache-2.0
"""Somebody who works here is written down or changed: account, teams, and dated extensions and devices."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Device, DeviceKind, Extension, Role, Team, User
from crm_core.domain.person_sheet import PersonSheet, Phones, checked, phones_of
from crm_core.domain.version import check_unchanged
from crm_core.ports.store import Tx
from crm_core.usecases.put_mobile import mobile_of, put_mobile
from crm_core.usecases.set_password import UserNotFoundError
from crm_core.usecases.trail import Trail


async def sheet_of(tx: Tx, user: User, pbxs: Sequence[str], now: datetime) -> PersonSheet:
    """As it stands: one entry for each of these PBXs."""
    extensions, devices = await tx.people.extensions(now), await tx.people.devices(now)
    return PersonSheet(
        name=user.name,
        login=user.login,
        role=user.role,
        email=user.email,
        locale=user.locale,
        zone=user.zone,
        teams=frozenset(team.id for team in await tx.people.teams() if user.id in team.members),
        phones=tuple(phones_of(pbx, user.id, extensions, devices) for pbx in pbxs),
        mobile_number=mobile.e164 if (mobile := await mobile_of(tx, user.id)) else "",
        schedule_id=user.schedule_id,
    )


async def put_person(
    tx: Tx, user_id: UUID | None, sheet: PersonSheet, trail: Trail, *, seen: str | None = None
) -> User:
    """A new colleague (no id, no password yet: give them a link), or a change; `seen` is the version edited."""
    sheet = checked(sheet)
    await tx.people.serialise()
    before = await tx.people.user(user_id) if user_id else None
    if user_id and (before is None or before.archived_at is not None):
        raise UserNotFoundError
    pbxs = [each.pbx for each in sheet.phones]
    old = await sheet_of(tx, before, pbxs, trail.now) if before else None
    if before:
        check_unchanged(old, seen)
    user = await _put_account(tx, before, sheet, trail)
    await _put_teams(tx, user.id, sheet.teams, trail)
    for phones in sheet.phones:
        await _put_phones(tx, user, phones, trail)
    await put_mobile(tx, user, sheet.mobile_number, trail)
    return user


async def check_admins(tx: Tx, without: UUID) -> None:
    """Refuse what would leave nobody who can undo it."""
    admins = [each for each in await tx.people.users() if each.role is Role.ADMIN and each.id != without]
    if not admins:
        raise ConflictError("This is the only administrator: make somebody else one first.", field="role")


async def _put_account(tx: Tx, before: User | None, sheet: PersonSheet, trail: Trail) -> User:
    user = before or User(
        id=new_id(trail.now), login=sheet.login, name=sheet.name, role=sheet.role, created_at=trail.now
    )
    after = replace(
        user,
        login=sheet.login,
        name=sheet.name,
        role=sheet.role,
        email=sheet.email,
        locale=sheet.locale,
        zone=sheet.zone,
        schedule_id=sheet.schedule_id,
    )
    if sheet.schedule_id and sheet.schedule_id not in {one.id for one in await tx.schedules.all()}:
        raise InvalidInputError("There are no such working hours any more.", field="schedule")
    other = await tx.people.user_by_login(sheet.login)
    if other is not None and other.id != user.id:
        raise ConflictError("The login is taken.", field="login")
    if before is None:
        await tx.people.add_user(after, "")
        trail.note("user", None, after)
    elif before != after:
        if before.role is Role.ADMIN and after.role is not Role.ADMIN:
            await check_admins(tx, before.id)
        await tx.people.save_user(after)
        trail.note("user", before, after)
    return after


async def _put_teams(tx: Tx, user_id: UUID, wanted: frozenset[UUID], trail: Trail) -> None:
    teams = await tx.people.teams()
    if not wanted <= {team.id for team in teams}:
        raise InvalidInputError("There is no such team any more.", field="teams")
    for team in teams:
        if (team.id in wanted) != (user_id in team.members):
            members = team.members | {user_id} if team.id in wanted else team.members - {user_id}
            await tx.people.set_members(team.id, members)
            trail.note("team", team, Team(id=team.id, name=team.name, members=members))


async def _put_phones(tx: Tx, user: User, wanted: Phones, trail: Trail) -> None:
    """What is no longer so ends now; what is new begins now: calls of the past stay whose they were."""
    now, pbx = trail.now, wanted.pbx
    extensions = [one for one in await tx.people.extensions(now) if one.pbx == pbx]
    _check_free(
        user, wanted.extension, {one.extension: one.user_id for one in extensions}, f"extension-{pbx}"
    )
    mine = next((one for one in extensions if one.user_id == user.id), None)
    if (mine.extension if mine else "") != wanted.extension:
        if mine:
            await end_extension(tx, mine, trail)
        if wanted.extension:
            made = Extension(
                id=new_id(now), user_id=user.id, pbx=pbx, extension=wanted.extension, valid_from=now
            )
            await tx.people.add_extension(made)
            trail.note("extension", None, made)
    devices = [one for one in await tx.people.devices(now) if one.pbx == pbx]
    for kind in DeviceKind:
        await _put_device(tx, user, wanted, kind, devices, trail)


async def _put_device(
    tx: Tx, user: User, wanted: Phones, kind: DeviceKind, devices: Sequence[Device], trail: Trail
) -> None:
    device = wanted.device(kind)
    _check_free(user, device, {one.device: one.user_id for one in devices}, f"{kind}-{wanted.pbx}")
    mine = next((one for one in devices if one.user_id == user.id and one.kind is kind), None)
    if (mine.device if mine else "") == device:
        return
    if mine:
        await end_device(tx, mine, trail)
    if device:
        now = trail.now
        made = Device(
            id=new_id(now), user_id=user.id, pbx=wanted.pbx, device=device, kind=kind, valid_from=now
        )
        await tx.people.add_device(made)
        trail.note("device", None, made)


async def end_extension(tx: Tx, extension: Extension, trail: Trail) -> None:
    await tx.people.end_extension(extension.id, trail.now)
    trail.note("extension", extension, replace(extension, valid_to=trail.now))


async def end_device(tx: Tx, device: Device, trail: Trail) -> None:
    await tx.people.end_device(device.id, trail.now)
    trail.note("device", device, replace(device, valid_to=trail.now))


def _check_free(user: User, wanted: str, holders: dict[str, UUID], field: str) -> None:
    if wanted and holders.get(wanted, user.id) != user.id:
        raise ConflictError("Somebody else has this now: take it from them first.", field=field)
