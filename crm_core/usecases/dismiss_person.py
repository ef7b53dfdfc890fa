# SPDX-License-Identifier: Apache-2.0
"""Somebody leaves, in one act: the way in is shut, the phone is off, the clients go to a colleague."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.directory.people import OperatorState
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.operator_state import StateInterval
from crm_core.domain.people import Extension, Role, User
from crm_core.domain.session import ApiToken
from crm_core.domain.sharing import Owned
from crm_core.domain.voicemail import VoicemailFilter, VoicemailState
from crm_core.ports.store import Tx
from crm_core.usecases.assign_owner import Given
from crm_core.usecases.hand_work_over import hand_deals_over, hand_missed_over, hand_tasks_over
from crm_core.usecases.named_by_rules import named_with
from crm_core.usecases.note_absence import call_off_absence
from crm_core.usecases.put_mobile import put_mobile
from crm_core.usecases.save_person import check_admins, end_device, end_extension
from crm_core.usecases.set_password import UserNotFoundError
from crm_core.usecases.trail import Trail

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What goes with somebody, counted before."""

    sessions: int
    tokens: Sequence[ApiToken]
    lines: Sequence[str]  # extensions and devices
    teams: Sequence[str]
    contacts: int
    companies: int
    leads: int
    deals: int
    tasks: int
    stands_in: int  # absences of colleagues in which they are the deputy
    in_rules: Sequence[str]  # rules and skills of the rules in force that name them

    @property
    def work(self) -> dict[str, int]:
        """What waits for somebody else, as far as there is any."""
        clients = self.contacts + self.companies
        counts = {"clients": clients, "leads": self.leads, "deals": self.deals, "tasks": self.tasks}
        return {name: count for name, count in counts.items() if count}


async def preview(tx: Tx, user: User, now: datetime) -> Leaving:
    devices = [one.device for one in await tx.people.devices(now) if one.user_id == user.id]
    extensions = [one.extension for one in await tx.people.extensions(now) if one.user_id == user.id]
    contacts, companies = await tx.clients.managed_by(user.id)
    return Leaving(
        sessions=len(await tx.sessions.of_user(user.id, now)),
        tokens=await tx.sessions.tokens(user.id),
        lines=[*extensions, *devices],
        teams=[team.name for team in await tx.people.teams() if user.id in team.members],
        contacts=len(contacts),
        companies=len(companies),
        leads=len(await tx.sharing.open_of(Owned.LEAD, user.id)),
        deals=len(await tx.sharing.open_of(Owned.DEAL, user.id)),
        tasks=await tx.tasks.count_open(user.id),
        stands_in=sum(one.deputy_id == user.id for one in await tx.absences.since(now)),
        in_rules=await named_with(tx, user.login),
    )


async def dismiss(tx: Tx, user_id: UUID, heir_id: UUID | None, trail: Trail) -> Sequence[Extension]:
    """Returns the extensions that were theirs: the PBXs are told outside of the transaction."""
    await tx.people.serialise()
    await tx.clients.serialise()
    user = await tx.people.user(user_id)
    if user is None:
        raise UserNotFoundError
    if user.archived_at is not None:
        raise ConflictError("This was done already.")
    if user.role is Role.ADMIN:
        await check_admins(tx, user.id)
    await _check_heir(tx, user_id, heir_id)
    await _shut_out(tx, user, trail)
    extensions = await _take_phones(tx, user, trail)
    await _end_state(tx, user, trail)
    await _leave_teams(tx, user, trail)
    await put_mobile(tx, user, "", trail)
    await _hand_over(tx, user, heir_id, trail)
    await hand_missed_over(tx, user_id, heir_id, trail)
    await _hand_messages_over(tx, user, heir_id, trail)
    if heir_id:
        await hand_tasks_over(tx, user_id, heir_id, trail)
    for absence in await tx.absences.of_user(user_id):
        if absence.cancelled_at is None and absence.ends_at > trail.now:
            await call_off_absence(tx, user_id, absence.id, trail)
    return extensions


async def reinstate(tx: Tx, user_id: UUID, trail: Trail) -> User:
    """The account is back, with its password; clients, teams and phones stay where they went."""
    await tx.people.serialise()
    user = await tx.people.user(user_id)
    if user is None:
        raise UserNotFoundError
    if user.archived_at is None:
        raise ConflictError("This was done already.")
    back = replace(user, archived_at=None)
    await tx.people.save_user(back)
    trail.note("user", user, back, "restore")
    return back


async def _check_heir(tx: Tx, user_id: UUID, heir_id: UUID | None) -> None:
    heir = await tx.people.user(heir_id) if heir_id else None
    if heir_id and (heir is None or heir.archived_at is not None or heir_id == user_id):
        raise InvalidInputError("Choose a colleague who works here.", field="heir")


async def _shut_out(tx: Tx, user: User, trail: Trail) -> None:
    await tx.people.save_user(replace(user, archived_at=trail.now))
    await tx.sessions.revoke_all(user.id)
    for token in await tx.sessions.tokens(user.id):
        await tx.sessions.revoke_token(token.id)
        trail.note("api_token", replace(token, token_hash=""), None)
    await tx.credentials.drop_link(user.id)
    trail.note("user", user, replace(user, archived_at=trail.now), "archive")


async def _take_phones(tx: Tx, user: User, trail: Trail) -> list[Extension]:
    extensions = [one for one in await tx.people.extensions(trail.now) if one.user_id == user.id]
    for extension in extensions:
        await end_extension(tx, extension, trail)
    for device in await tx.people.devices(trail.now):
        if device.user_id == user.id:
            await end_device(tx, device, trail)
    return extensions


async def _end_state(tx: Tx, user: User, trail: Trail) -> None:
    """Whoever left takes no calls, and is not counted as there for ever."""
    before = (await tx.states.current([user.id])).get(user.id)
    if before is None or before.state is OperatorState.OFFLINE:
        return
    since = max(trail.now, before.started_at)  # the clock may have been set back
    after = StateInterval(
        id=new_id(trail.now), user_id=user.id, state=OperatorState.OFFLINE, started_at=since
    )
    await tx.states.start(after)
    trail.note_fields("operator_state", user.id, before, after, "update")


async def _leave_teams(tx: Tx, user: User, trail: Trail) -> None:
    for team in await tx.people.teams():
        if user.id in team.members:
            left = replace(team, members=team.members - {user.id})
            await tx.people.set_members(team.id, left.members)
            trail.note("team", team, left)


async def _hand_over(tx: Tx, user: User, heir_id: UUID | None, trail: Trail) -> None:
    contact_ids, company_ids = await tx.clients.managed_by(user.id)
    for start in range(0, len(contact_ids), _AT_ONCE):
        contacts = (await tx.clients.contacts(contact_ids[start : start + _AT_ONCE])).values()
        given = [replace(one, manager_id=heir_id, updated_at=trail.now) for one in contacts]
        await tx.clients.save_contacts(given)
        for before, after in zip(contacts, given, strict=True):
            trail.note("contact", before, after)
    for start in range(0, len(company_ids), _AT_ONCE):
        companies = (await tx.clients.companies(company_ids[start : start + _AT_ONCE])).values()
        taken = [replace(one, manager_id=heir_id, updated_at=trail.now) for one in companies]
        await tx.clients.save_companies(taken)
        for old, new in zip(companies, taken, strict=True):
            trail.note("company", old, new)
    leads = await tx.sharing.open_of(Owned.LEAD, user.id)
    await tx.sharing.set_owners(Owned.LEAD, dict.fromkeys(leads, heir_id), trail.now)
    for lead_id in leads:
        trail.note_fields("lead", lead_id, Given(manager_id=user.id), Given(manager_id=heir_id))
    await hand_deals_over(tx, user.id, heir_id, trail)


async def _hand_messages_over(tx: Tx, user: User, heir_id: UUID | None, trail: Trail) -> None:
    """Those that wait for an answer; without an heir they are their teams'."""
    theirs = VoicemailFilter(state=VoicemailState.OPEN, assigned_to=user.id)
    while rows := await tx.voicemails.page(theirs, None, _AT_ONCE):
        for row in rows:
            await tx.voicemails.hold(row.voicemail.id)
            before = await tx.voicemails.get(row.voicemail.id) or row.voicemail
            after = replace(before, assigned_to=heir_id, updated_at=trail.now)
            await tx.voicemails.save(after)
            trail.note("voicemail", before, after)
