# SPDX-License-Identifier: Apache-2.0
"""The register of our numbers: through which line each comes, and what its callers meet."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from crm_core.domain import clean
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import OwnNumber, OwnNumberKind
from crm_core.ports.store import Tx
from crm_core.usecases.put_settings import put_own_number, remove_own_number
from web import keys
from web.forms import text_field
from web.i18n.catalogues import NAMES
from web.pages.settings.forms import Values
from web.pages.settings.register import Register, Sent
from web.words import N_

KINDS: Final = {
    OwnNumberKind.DID: N_("A line of ours"),
    OwnNumberKind.MOBILE: N_("An employee's mobile"),
    OwnNumberKind.TEST: N_("A number we test with"),
    OwnNumberKind.OTHER: N_("Another number of ours"),
}
_TEXTS = {"e164": 64, "label": 80, "pbx": 64, "line": 64, "source": 80, "language": 10, "note": 2000}


def values_of(number: OwnNumber | None) -> Values:
    if number is None:
        return dict.fromkeys((*_TEXTS, "kind", "team", "schedule"), "") | {"kind": "did"}
    texts = {name: getattr(number, name) or "" for name in _TEXTS}
    return texts | {
        "kind": number.kind.value,
        "team": str(number.team_id or ""),
        "schedule": str(number.schedule_id or ""),
    }


def typed(sent: Sent) -> Values:
    return {name: str(sent.get(name, ""))[:2000] for name in (*_TEXTS, "kind", "team", "schedule")}


def parse(sent: Sent, number_id: UUID, before: OwnNumber | None) -> OwnNumber:
    given = {name: text_field(sent, name, longest) for name, longest in _TEXTS.items()}
    kind, language = text_field(sent, "kind", 10), given["language"]
    if kind not in set(OwnNumberKind):
        raise InvalidInputError(N_("Choose one of these."), field="kind")
    if language and language not in NAMES:
        raise InvalidInputError(N_("Choose one of these."), field="language")
    return OwnNumber(
        id=number_id,
        e164=given["e164"],
        label=given["label"],
        kind=OwnNumberKind(kind),
        pbx=clean.line(given["pbx"]),
        line=clean.line(given["line"]),
        source=clean.line(given["source"]),
        team_id=_id(sent, "team"),
        language=language or None,
        schedule_id=_id(sent, "schedule"),
        note=clean.note(given["note"]),
        user_id=before.user_id if before and kind == OwnNumberKind.MOBILE else None,
    )


def _id(sent: Sent, name: str) -> UUID | None:
    text = text_field(sent, name, 40)
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise InvalidInputError(N_("Choose one of these."), field=name) from error


async def every(tx: Tx) -> Sequence[OwnNumber]:
    return await tx.people.own_numbers()


async def context(request: web.Request, tx: Tx) -> Values:
    l10n = request[keys.L10N]
    return {
        "kinds": {kind.value: l10n.gettext(text) for kind, text in KINDS.items()},
        "teams": {str(team.id): team.name for team in await tx.people.teams()},
        "schedules": {str(each.id): each.name for each in await tx.schedules.all()},
        "pbxs": [pbx.name for pbx in request.app[keys.PBXS]],
    }


async def put(tx: Tx, number: OwnNumber, trail: Any, seen: str | None) -> None:
    """A team or hours that somebody removed meanwhile cannot be chosen."""
    if number.team_id and number.team_id not in {team.id for team in await tx.people.teams()}:
        raise InvalidInputError(N_("Choose one of these."), field="team")
    if number.schedule_id and number.schedule_id not in {each.id for each in await tx.schedules.all()}:
        raise InvalidInputError(N_("Choose one of these."), field="schedule")
    await put_own_number(tx, number, trail, seen)


NUMBERS: Final = Register(
    name="numbers",
    all=every,
    values_of=values_of,
    typed=typed,
    parse=parse,
    put=put,
    remove=remove_own_number,
    context=context,
)
