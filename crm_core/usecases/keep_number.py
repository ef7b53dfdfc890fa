# SPDX-License-Identifier: Apache-2.0
"""A number that several have is only theirs from now on; and that taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.client import PhoneKind, PhoneNumber
from crm_core.domain.errors import ConflictError
from crm_core.domain.shallow import shallow
from crm_core.ports.store import Store, Tx
from crm_core.usecases.add_phone_number import PhoneNumberNotFoundError
from crm_core.usecases.meet_owners import changing_hands
from crm_core.usecases.trail import Trail

KEPT, SHARED_AGAIN = "keep", "share_again"
_IDS = ("id", "contact_id", "company_id")


@dataclass(frozen=True, slots=True)
class _Sharers:
    """As the trail of the number keeps them: who else had it."""

    id: UUID
    others: tuple[dict[str, Any], ...]


async def keep_number(store: Store, phone_id: UUID, actor: Actor, now: datetime) -> PhoneNumber:
    async with store.begin() as tx:
        return await keep_number_in(tx, phone_id, Trail(actor, now))


async def keep_number_in(tx: Tx, phone_id: UUID, trail: Trail) -> PhoneNumber:
    """The others lose it. A contact and the company they work at do not share: both keep it."""
    await tx.clients.serialise()
    number = await tx.clients.phone_number(phone_id)
    if number is None:
        raise PhoneNumberNotFoundError
    others = [one for one in await _all(tx, number.e164) if not await _of_one(tx, one, number)]
    if not others:
        return number
    async with changing_hands(tx, [number.e164], trail.now):
        for one in others:
            await tx.clients.remove_phone_number(one.id)
            trail.note("phone_number", one, None)
            _both_changed(trail, one)
    told = tuple(_written(one) for one in others)
    trail.note("phone_number", _Sharers(number.id, told), _Sharers(number.id, ()), KEPT)
    _both_changed(trail, number)
    await trail.write(tx)
    return number


async def share_number_again(store: Store, phone_id: UUID, actor: Actor, now: datetime) -> PhoneNumber:
    """Who lost it the last time has it again, unless somebody gave it to them meanwhile."""
    trail = Trail(actor, now)
    async with store.begin() as tx:
        await tx.clients.serialise()
        number = await tx.clients.phone_number(phone_id)
        entries = await tx.audit.of("phone_number", phone_id)
        moves = [entry for entry in entries if entry.action in {KEPT, SHARED_AGAIN}]
        if number is None:
            raise PhoneNumberNotFoundError
        if not moves or moves[0].action != KEPT:
            raise ConflictError("This was done already.")
        lost = [_read(one) for one in (moves[0].before or {})["others"]]
        have = {(one.contact_id, one.company_id) for one in await _all(tx, number.e164)}
        back = [one for one in lost if (one.contact_id, one.company_id) not in have]
        async with changing_hands(tx, [number.e164], now):
            await tx.clients.add_phone_numbers(back)
        for one in back:
            trail.note("phone_number", None, one)
            _both_changed(trail, one)
        told = tuple(_written(one) for one in back)
        trail.note("phone_number", _Sharers(phone_id, ()), _Sharers(phone_id, told), SHARED_AGAIN)
        _both_changed(trail, number)
        await trail.write(tx)
    return number


async def _all(tx: Tx, e164: str) -> list[PhoneNumber]:
    return (await tx.clients.owners_of([e164])).get(e164, [])


async def _of_one(tx: Tx, one: PhoneNumber, number: PhoneNumber) -> bool:
    """The same client; or a contact and the company they work at."""
    if (one.contact_id, one.company_id) == (number.contact_id, number.company_id):
        return True
    person, firm = one.contact_id or number.contact_id, one.company_id or number.company_id
    if person is None or firm is None or (one.contact_id and number.contact_id):
        return False
    contact = await tx.clients.contact(person)
    return contact is not None and contact.company_id == firm


def _both_changed(trail: Trail, number: PhoneNumber) -> None:
    trail.changed("contact", number.contact_id)
    trail.changed("company", number.company_id)


def _written(number: PhoneNumber) -> dict[str, Any]:
    ids = {name: str(value) if (value := getattr(number, name)) else None for name in _IDS}
    return shallow(number) | ids | {"kind": number.kind.value, "created_at": number.created_at.isoformat()}


def _read(said: dict[str, Any]) -> PhoneNumber:
    ids = {name: UUID(said[name]) if said[name] else None for name in _IDS}
    times = {"kind": PhoneKind(said["kind"]), "created_at": datetime.fromisoformat(said["created_at"])}
    return PhoneNumber(**{**said, **ids, **times})
