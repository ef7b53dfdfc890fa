# SPDX-License-Identifier: Apache-2.0
"""The phones of a PBX held against our books: who has which, and where the two differ."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from crm_core.domain.people import Device, Extension


class Drift(StrEnum):
    NONE = "none"
    NOBODYS = "nobodys"  # the PBX has it, our books have nobody for it
    NOT_AT_PBX = "not_at_pbx"  # our books say it is somebody's, the PBX has no such phone


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAccount:
    """As the audit trail tells of it: never with its secret."""

    pbx: str
    extension: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneLine:
    extension: str  # '' for a device nobody gave an extension
    device: str
    user_id: UUID | None
    state: str  # as Asterisk says it; '' when it never said
    drift: Drift


def phone_lines(
    pbx: str,
    *,
    at_pbx: Mapping[str, str],
    extensions: Iterable[Extension],
    devices: Iterable[Device],
    trunks: Collection[str] = (),
) -> list[PhoneLine]:
    """`at_pbx`: state by device. Only 'PJSIP/<digits>' and what our books name is a phone; a trunk is none."""
    owners = {one.device: one.user_id for one in devices if one.pbx == pbx}
    numbers = {one.user_id: one.extension for one in extensions if one.pbx == pbx}
    without_device = [user for user in numbers if user not in owners.values()]
    phones = {device for device in at_pbx if _is_phone(device) and device not in trunks}
    lines = [_line(device, owners.get(device), numbers, at_pbx) for device in phones | owners.keys()]
    lines += [
        PhoneLine(extension=numbers[user], device="", user_id=user, state="", drift=Drift.NOT_AT_PBX)
        for user in without_device
    ]
    return sorted(lines, key=lambda line: (line.extension.zfill(20), line.device))


def _line(
    device: str, owner: UUID | None, numbers: Mapping[UUID, str], at_pbx: Mapping[str, str]
) -> PhoneLine:
    extension = numbers.get(owner, "") if owner else device.rpartition("/")[2]
    drift = Drift.NOBODYS if owner is None else Drift.NONE if device in at_pbx else Drift.NOT_AT_PBX
    return PhoneLine(
        extension=extension, device=device, user_id=owner, state=at_pbx.get(device, ""), drift=drift
    )


def _is_phone(device: str) -> bool:
    technology, _, name = device.partition("/")
    return technology in {"PJSIP", "SIP", "IAX2"} and name.isascii() and name.isdigit()
