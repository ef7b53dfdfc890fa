# SPDX-License-Identifier: Apache-2.0
"""A phone for somebody, on a PBX whose phones we make: the account there, the device in our books."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import structlog

from crm_core.domain.audit import Actor
from crm_core.domain.errors import NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Device, DeviceKind, Extension, User
from crm_core.domain.phone_list import PhoneAccount
from crm_core.ports.pbx import PbxUnavailableError
from crm_core.ports.phones import Phones
from crm_core.ports.store import Store, Tx
from crm_core.usecases.trail import Trail

log = structlog.get_logger()


async def give_phone(store: Store, phones: Phones, extension: str, actor: Actor, now: datetime) -> str:
    """Make the account of whoever has this extension, or give it a new secret; return the secret, told only once.

    Raises NotFoundError when it is nobody's extension, InvalidInputError when the PBX rings no phone under it,
    PbxUnavailableError. The PBX is told first: should our books fail, doing it again mends it.
    """
    async with store.read() as tx:
        owner = await _owner(tx, phones.pbx, extension, now)
    if owner is None:
        raise NotFoundError("This is nobody's extension.")
    secret = secrets.token_urlsafe(12)
    await phones.put(extension, owner.name, secret)
    trail = Trail(actor, now)
    async with store.begin() as tx:
        await _note_device(tx, phones.pbx, extension, owner.id, trail)
        trail.note_fields("phone", owner.id, None, PhoneAccount(pbx=phones.pbx, extension=extension), "give")
        await trail.write(tx)
    return secret


async def take_phone(store: Store, phones: Phones, extension: str, actor: Actor, now: datetime) -> None:
    """Nothing reaches or leaves it any more; it ends in our books too."""
    await phones.remove(extension)
    device = f"PJSIP/{extension}"
    trail = Trail(actor, now)
    async with store.begin() as tx:
        owner = await tx.people.device_at(phones.pbx, device, now)
        if owner is None:
            return
        for one in await tx.people.devices(now):
            if (one.pbx, one.device) == (phones.pbx, device):
                await tx.people.end_device(one.id, now)
                trail.note("device", one, None)
        trail.note_fields("phone", owner, PhoneAccount(pbx=phones.pbx, extension=extension), None, "take")
        await trail.write(tx)


async def switch_off(phones: Mapping[str, Phones], extensions: Iterable[Extension]) -> None:
    """Whoever left has no phone any more. What a PBX that is away keeps shows on the page of phones as nobody's."""
    for one in extensions:
        ours = phones.get(one.pbx)
        if ours is None or not ours.may_be(one.extension):
            continue
        try:
            await ours.remove(one.extension)
        except PbxUnavailableError as error:
            log.warning("a phone stays at the PBX", pbx=one.pbx, extension=one.extension, why=str(error))


async def _owner(tx: Tx, pbx: str, extension: str, now: datetime) -> User | None:
    user_id = await tx.people.extension_at(pbx, extension, now)
    return await tx.people.user(user_id) if user_id else None


async def _note_device(tx: Tx, pbx: str, extension: str, user_id: UUID, trail: Trail) -> None:
    device = f"PJSIP/{extension}"
    if await tx.people.device_at(pbx, device, trail.now) is not None:
        return
    made = Device(
        id=new_id(trail.now),
        user_id=user_id,
        pbx=pbx,
        device=device,
        kind=DeviceKind.DESK,
        valid_from=trail.now,
    )
    await tx.people.add_device(made)
    trail.note("device", None, made)
