# SPDX-License-Identifier: Apache-2.0
"""A client gets another number."""

from datetime import datetime
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor
from crm_core.domain.client import ClientKind, PhoneKind, PhoneNumber
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.phone import normalise
from crm_core.ports.store import Store, Tx
from crm_core.usecases.meet_owners import changing_hands
from crm_core.usecases.trail import Trail


class PhoneNumberNotFoundError(NotFoundError):
    """There is no such phone number."""


async def add_phone_number(  # noqa: PLR0913 - whose, which, of what kind, who says so, when
    store: Store,
    owner: ClientKind,
    owner_id: UUID,
    raw: str,
    actor: Actor,
    now: datetime,
    *,
    kind: PhoneKind = PhoneKind.OTHER,
) -> PhoneNumber:
    """The number as it is kept; the one there already when they have it."""
    async with store.begin() as tx:
        return await add_phone_number_in(tx, owner, owner_id, raw, kind, Trail(actor, now))


async def add_phone_number_in(
    tx: Tx, owner: ClientKind, owner_id: UUID, raw: str, kind: PhoneKind, trail: Trail
) -> PhoneNumber:
    await tx.clients.serialise()
    phone = normalise(clean.line(raw, 64) or "", (await tx.settings.house()).region)
    if phone.e164 is None:
        raise InvalidInputError(f"not a phone number: {phone.raw!r}", field="phone")
    if phone.e164 in {number.e164 for number in await tx.people.own_numbers()}:
        raise InvalidInputError(f"{phone.e164} is a number of our own, not a client's", field="phone")
    clients = tx.clients
    known = await (clients.contact(owner_id) if owner is ClientKind.CONTACT else clients.company(owner_id))
    if known is None:
        raise NotFoundError(f"there is no such {owner}")
    for number in (await tx.clients.phone_numbers([owner_id])).get(owner_id, []):
        if (number.e164, number.extension) == (phone.e164, phone.extension):
            return number
    number = PhoneNumber(
        id=new_id(trail.now),
        e164=phone.e164,
        raw=phone.raw,
        extension=phone.extension,
        kind=kind,
        contact_id=owner_id if owner is ClientKind.CONTACT else None,
        company_id=owner_id if owner is ClientKind.COMPANY else None,
        created_at=trail.now,
    )
    async with changing_hands(tx, [number.e164], trail.now):
        await tx.clients.add_phone_numbers([number])
    trail.note("phone_number", None, number)
    trail.changed(owner, owner_id)
    await trail.write(tx)
    return number
