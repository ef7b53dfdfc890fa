# SPDX-License-Identifier: Apache-2.0
"""What an administrator writes down about somebody who works here, as one form shows it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import available_timezones

from crm_core.domain import clean
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Device, DeviceKind, Extension, Role

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}\Z")
_EXTENSION = re.compile(r"[0-9*#]{1,20}\Z")
_DEVICE = re.compile(r"[A-Za-z0-9]{2,20}/[A-Za-z0-9._@+-]{1,80}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phones:
    """Somebody's extension and devices on one PBX; '' is none."""

    pbx: str
    extension: str = ""
    desk: str = ""
    browser: str = ""
    mobile: str = ""

    def device(self, kind: DeviceKind) -> str:
        return {DeviceKind.DESK: self.desk, DeviceKind.BROWSER: self.browser, DeviceKind.MOBILE: self.mobile}[
            kind
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSheet:
    name: str
    login: str
    role: Role = Role.OPERATOR
    email: str | None = None
    locale: str | None = None
    zone: str | None = None
    teams: frozenset[UUID] = frozenset()
    phones: tuple[Phones, ...] = ()
    mobile_number: str = ""  # their own: a call from it is no client's
    schedule_id: UUID | None = None  # their working hours


def checked(sheet: PersonSheet) -> PersonSheet:
    """Fit to keep, or an InvalidInputError that names the field."""
    if not LOGIN.match(sheet.login):
        raise InvalidInputError(
            "A login is of a-z, 0-9 and . _ @ -, and 64 characters at most.", field="login"
        )
    if sheet.zone and sheet.zone not in available_timezones():
        raise InvalidInputError("This is not a time zone (as Europe/Moscow).", field="zone")
    for phones in sheet.phones:
        _check_phones(phones)
    name = clean.line(sheet.name)
    if name is None:
        raise InvalidInputError("A name is needed.", field="name")
    try:
        return replace(sheet, name=name, email=clean.email(sheet.email))
    except InvalidInputError as error:
        raise InvalidInputError("This is not an e-mail address.", field="email") from error


def phones_of(pbx: str, user_id: UUID, extensions: Iterable[Extension], devices: Iterable[Device]) -> Phones:
    """The first of each kind that somebody has on this PBX, of those given."""
    numbers = [one.extension for one in extensions if (one.user_id, one.pbx) == (user_id, pbx)]
    found: dict[DeviceKind, str] = {}
    for one in devices:
        if (one.user_id, one.pbx) == (user_id, pbx):
            found.setdefault(one.kind, one.device)
    return Phones(
        pbx=pbx,
        extension=numbers[0] if numbers else "",
        desk=found.get(DeviceKind.DESK, ""),
        browser=found.get(DeviceKind.BROWSER, ""),
        mobile=found.get(DeviceKind.MOBILE, ""),
    )


def _check_phones(phones: Phones) -> None:
    if phones.extension and not _EXTENSION.match(phones.extension):
        raise InvalidInputError(
            "An extension is of digits, * and #, as the phone dials it.", field=f"extension-{phones.pbx}"
        )
    for kind in DeviceKind:
        device = phones.device(kind)
        if device and not _DEVICE.match(device):
            raise InvalidInputError(
                "A device is written as Asterisk does: PJSIP/101.", field=f"{kind}-{phones.pbx}"
            )
        if device and not phones.extension:
            raise InvalidInputError(
                "A device needs an extension: calls go to the extension.", field=f"extension-{phones.pbx}"
            )
