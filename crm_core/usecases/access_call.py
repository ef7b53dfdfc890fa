# SPDX-License-Identifier: Apache-2.0
"""Who may see a call and hear its recordings: who took part, whose client it was, who answers the message."""

from uuid import UUID

from crm_core.domain.call import Disposition
from crm_core.domain.call_history import KeptCall
from crm_core.domain.communication import Communication
from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import Role, User
from crm_core.domain.recording import Recording
from crm_core.ports.store import Tx


def scope_of(user: User) -> frozenset[UUID] | None:
    """For CallFilter.only_users: None sees all."""
    return frozenset({user.id}) if user.role is Role.OPERATOR else None


async def access_call(tx: Tx, user: User, call_id: UUID) -> KeptCall:
    """Raise NotFoundError, also where it is somebody else's: an id must not tell whether it exists."""
    kept = await tx.calls.get(call_id)
    if kept is None or not await _may_see(tx, user, kept):
        raise NotFoundError("there is no such call")
    return kept


async def access_recording(tx: Tx, user: User, recording_id: UUID) -> Recording:
    """Raise NotFoundError as above; a recording without a call is for supervisors."""
    recording = await tx.recordings.get(recording_id)
    if recording is None:
        raise NotFoundError("there is no such recording")
    if recording.call_id is not None:
        await access_call(tx, user, recording.call_id)
    elif scope_of(user) is not None:
        raise NotFoundError("there is no such recording")
    return recording


async def access_communication(tx: Tx, user: User, communication_id: UUID) -> Communication:
    """Raise NotFoundError as above."""
    found = await tx.communications.get(communication_id)
    if found is None:
        raise NotFoundError("there is no such communication")
    if scope_of(user) is None or user.id in {found.user_id, await manager_of(tx, found)}:
        return found
    if found.call_id is None:
        raise NotFoundError("there is no such communication")
    await access_call(tx, user, found.call_id)
    return found


async def manager_of(tx: Tx, communication: Communication) -> UUID | None:
    """Whose client it was with: the contact's manager, else the company's."""
    if communication.contact_id:
        contact = await tx.clients.contact(communication.contact_id)
        if contact and contact.manager_id:
            return contact.manager_id
    company = await tx.clients.company(communication.company_id) if communication.company_id else None
    return company.manager_id if company else None


async def _may_see(tx: Tx, user: User, kept: KeptCall) -> bool:
    if scope_of(user) is None or user.id in kept.users:
        return True
    communication = await tx.communications.get(kept.call.id)
    if communication is not None and await manager_of(tx, communication) == user.id:
        return True
    return kept.call.disposition is Disposition.VOICEMAIL and await tx.voicemails.sees(user.id, kept.call.id)
