# SPDX-License-Identifier: Apache-2.0
"""An employee's mobile stands in the register of our numbers: no call from it, or to it, is a client's."""

from dataclasses import replace
from uuid import UUID

from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.people import OwnNumber, OwnNumberKind, User
from crm_core.domain.phone import normalise
from crm_core.ports.store import Tx
from crm_core.usecases.trail import Trail

_FIELD = "mobile_number"
_LABEL_LIMIT = 80


async def mobile_of(tx: Tx, user_id: UUID) -> OwnNumber | None:
    return next((one for one in await tx.people.own_numbers() if one.user_id == user_id), None)


async def put_mobile(tx: Tx, user: User, typed: str, trail: Trail) -> None:
    """'' is none. One that stands in the register as a mobile of nobody's is theirs from now on."""
    before = await mobile_of(tx, user.id)
    if not typed.strip():
        if before:
            await tx.people.remove_own_number(before.id)
            trail.note("own_number", before, None)
        return
    phone = normalise(typed, (await tx.settings.house()).region)
    if phone.e164 is None:
        raise InvalidInputError("this is not a telephone number", field=_FIELD)
    if before and before.e164 == phone.e164:
        return
    listed = {one.e164: one for one in await tx.people.own_numbers()}
    free = listed.get(phone.e164)
    if free and (free.user_id or free.kind is not OwnNumberKind.MOBILE):
        raise ConflictError("Somebody else has this now: take it from them first.", field=_FIELD)
    if free and before:
        await tx.people.remove_own_number(before.id)
        trail.note("own_number", before, None)
    old = free or before
    usual = OwnNumber(id=new_id(trail.now), e164=phone.e164, label=user.name[:_LABEL_LIMIT])
    after = replace(old or usual, e164=phone.e164, kind=OwnNumberKind.MOBILE, user_id=user.id)
    await tx.people.save_own_number(after)
    trail.note("own_number", old, after)
