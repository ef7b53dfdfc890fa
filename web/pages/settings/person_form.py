# SPDX-License-Identifier: Apache-2.0
"""The form of somebody who works here: fields to a sheet and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import DeviceKind, Role, Team
from crm_core.domain.person_sheet import PersonSheet, Phones
from crm_core.domain.schedule import Schedule
from crm_core.ports.store import Tx
from crm_core.usecases.save_person import put_person
from crm_core.usecases.trail import Trail
from web.forms import text_field
from web.i18n.catalogues import NAMES
from web.i18n.l10n import L10n
from web.pages.settings.forms import Values, Work
from web.words import N_

ROLES: Final = {
    Role.OPERATOR: N_("Operator"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.ADMIN: N_("Administrator"),
}
_LINES = ("name", "login", "role", "email", "locale", "zone", "mobile_number")


@dataclass(frozen=True, slots=True)
class PersonForm:
    teams: Sequence[Team]
    pbxs: Sequence[str]
    schedules: Sequence[Schedule]

    def values_of(self, sheet: PersonSheet) -> Values:
        phones = {
            f"{part}-{each.pbx}": value
            for each in sheet.phones
            for part, value in {
                "extension": each.extension,
                **{kind.value: each.device(kind) for kind in DeviceKind},
            }.items()
        }
        lines = {name: getattr(sheet, name) or "" for name in _LINES}
        hours = {"schedule": str(sheet.schedule_id or "")}
        return lines | phones | hours | self._teams({str(each) for each in sheet.teams})

    def typed(self, sent: Mapping[str, object]) -> Values:
        names = (
            *_LINES,
            "schedule",
            *(f"{part}-{pbx}" for pbx in self.pbxs for part in ("extension", *DeviceKind)),
        )
        chosen = {str(team.id) for team in self.teams if f"team-{team.id}" in sent}
        return {name: str(sent.get(name, ""))[:300] for name in names} | self._teams(chosen)

    def sheet(self, sent: Mapping[str, object]) -> PersonSheet:
        given = {name: text_field(sent, name, 300).strip() for name in _LINES}
        if given["role"] not in set(Role):
            raise InvalidInputError(N_("Choose one of these."), field="role")
        return PersonSheet(
            name=given["name"],
            login=given["login"].lower(),
            role=Role(given["role"]),
            email=given["email"] or None,
            locale=given["locale"] if given["locale"] in NAMES else None,
            zone=given["zone"] or None,
            teams=frozenset(team.id for team in self.teams if f"team-{team.id}" in sent),
            phones=tuple(_phones(sent, pbx) for pbx in self.pbxs),
            mobile_number=given["mobile_number"],
            schedule_id=_schedule(sent),
        )

    def work(self, user_id: UUID, sent: Mapping[str, object], seen: str) -> Work:
        sheet = self.sheet(sent)

        async def put(tx: Tx, trail: Trail) -> None:
            await put_person(tx, user_id, sheet, trail, seen=seen)

        return put

    def _teams(self, chosen: set[str]) -> dict[str, Any]:
        names = sorted(team.name for team in self.teams if str(team.id) in chosen)
        return {"teams": ", ".join(names), "team_ids": frozenset(chosen)}


def roles(l10n: L10n) -> dict[str, str]:
    return {role.value: l10n.gettext(text) for role, text in ROLES.items()}


def _schedule(sent: Mapping[str, object]) -> UUID | None:
    chosen = text_field(sent, "schedule", 40)
    try:
        return UUID(chosen) if chosen else None
    except ValueError as error:
        raise InvalidInputError(N_("Choose one of these."), field="schedule") from error


def _phones(sent: Mapping[str, object], pbx: str) -> Phones:
    given = {part: text_field(sent, f"{part}-{pbx}", 120).strip() for part in ("extension", *DeviceKind)}
    return Phones(
        pbx=pbx,
        extension=given["extension"],
        desk=given[DeviceKind.DESK],
        browser=given[DeviceKind.BROWSER],
        mobile=given[DeviceKind.MOBILE],
    )
