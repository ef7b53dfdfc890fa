# SPDX-License-Identifier: Apache-2.0
"""All settings as one document, keyed by what people call things: from one Rolodial to another, test to live."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from crm_core.domain.bands import Bands
from crm_core.domain.bands_file import parse_bands
from crm_core.domain.choice import ChoiceKind
from crm_core.domain.client_field import LAST, NAME, FieldKind
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.house import House
from crm_core.domain.missed import LONGEST_MIN, MissedRules, OwnerRule
from crm_core.domain.modules import Module, Modules
from crm_core.domain.money import parse_amount
from crm_core.domain.people import OwnNumberKind, Role
from crm_core.domain.retention import LONGEST_DAYS, Retention
from crm_core.domain.routing.hours import OpeningHours
from crm_core.domain.routing.parse_hours import parse_hours
from crm_core.domain.routing.reading import Reader
from crm_core.domain.security import Security
from crm_core.domain.turnover import Basis, Window

FORMAT: Final = 1
_MARK: Final = "rolodial_settings"
LONGEST: Final = 1_000_000  # characters
_LINE = r"[^\x00-\x1f\x7f]{0,200}"
_NUMBER_TEXTS: Final = ("pbx", "line", "source", "team", "language", "hours", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSaid:
    """A number of ours; its team and hours by their names."""

    e164: str
    label: str
    kind: OwnNumberKind
    texts: Mapping[str, str]  # pbx, line, source, team, language, hours, note


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceSaid:
    kind: ChoiceKind
    code: str
    text: str | None
    position: int
    needs_note: bool
    in_statistics: bool
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSaid:
    """A field of contacts or companies, by its name in rules."""

    name: str
    label: str
    kind: FieldKind
    choices: tuple[str, ...]
    position: int
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsSaid:
    """What a document says. What it does not name stays as it is."""

    house: House | None
    retention: Retention | None
    missed: MissedRules | None
    modules: Modules | None
    security: Security | None
    bands: Bands | None
    hours: Mapping[str, OpeningHours]
    teams: Mapping[str, frozenset[str]]  # logins
    numbers: tuple[NumberSaid, ...]
    choices: tuple[ChoiceSaid, ...]
    client_fields: tuple[FieldSaid, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    place: str
    before: str
    after: str


class NotSettingsError(InvalidInputError):
    """This is no file of settings: JSON or TOML as the export writes it is wanted."""


def read_text(text: str) -> dict[str, Any]:
    """JSON or TOML."""
    if len(text) > LONGEST:
        raise NotSettingsError("the file is too long to be one of settings")
    try:
        body = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotSettingsError(f"neither JSON nor TOML: {error}") from error
    if not isinstance(body, dict) or _MARK not in body:
        raise NotSettingsError
    return body


def write_text(body: Mapping[str, Any]) -> str:
    return json.dumps({_MARK: FORMAT, **body}, ensure_ascii=False, indent=2) + "\n"


def parse_settings(body: Mapping[str, Any]) -> SettingsSaid:
    """Every mistake is named with its place: `numbers.+74951112233.kind: one of ... is wanted`."""
    reader = Reader(body, ())
    if reader.raw(_MARK) != FORMAT:
        raise NotSettingsError(f"the file is of format {reader.raw(_MARK)!r}; this Rolodial reads {FORMAT}")
    numbers, teams = reader.table("numbers"), reader.table("teams")
    client_fields = reader.table("client_fields")
    found = SettingsSaid(
        house=_house(reader.table("house")) if "house" in reader else None,
        retention=_retention(reader.table("retention")) if "retention" in reader else None,
        missed=_missed(reader.table("missed")) if "missed" in reader else None,
        modules=_modules(reader.table("modules")) if "modules" in reader else None,
        security=_security(reader.table("security")) if "security" in reader else None,
        bands=parse_bands(reader.table("bands")) if "bands" in reader else None,
        hours=parse_hours(reader.table("hours")),
        teams={name: _members(teams.table(name)) for name in teams.keys()},  # noqa: SIM118 - not a mapping
        numbers=tuple(_number(e164, numbers.table(e164)) for e164 in numbers.keys()),  # noqa: SIM118
        choices=(
            *_choices(ChoiceKind.RESULT, reader.table("results")),
            *_choices(ChoiceKind.PAUSE, reader.table("pauses")),
            *_choices(ChoiceKind.STAGE, reader.table("stages")),
        ),
        client_fields=tuple(_client_field(name, client_fields) for name in client_fields.keys()),  # noqa: SIM118
    )
    reader.done()
    return found


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Of two whole documents, place by place."""
    old, new = _flat(before), _flat(after)
    places = dict.fromkeys([*old, *new])
    return [
        Difference(place, old.get(place, ""), new.get(place, ""))
        for place in places
        if old.get(place, "") != new.get(place, "")
    ]


def _flat(body: Mapping[str, Any], place: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in body.items():
        here = f"{place}.{key}" if place else str(key)
        if isinstance(value, Mapping):
            found |= _flat(value, here)
        else:
            found[here] = _said(value)
    return found


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _house(reader: Reader) -> House:
    usual = House()
    given = {
        name: reader.text(name, _LINE, "a text", str(getattr(usual, name)))
        for name in ("region", "zone", "currency", "wholesale_from")
    }
    basis = reader.one_of("turnover_basis", list(Basis), usual.turnover_basis)
    window = reader.one_of("turnover_window", list(Window), usual.turnover_window)
    reader.done()
    try:
        return House(
            region=given["region"],
            zone=given["zone"],
            currency=given["currency"],
            turnover_basis=Basis(basis),
            turnover_window=Window(window),
            wholesale_from=parse_amount(given["wholesale_from"]),
        )
    except InvalidInputError as error:
        raise InvalidInputError(
            f"house.{error.details.get('field', '')}: {error}".replace(".:", ":")
        ) from error


def _retention(reader: Reader) -> Retention:
    usual = Retention()
    days = {
        one.name: reader.whole(one.name, 0, LONGEST_DAYS, getattr(usual, one.name)) for one in fields(usual)
    }
    reader.done()
    return Retention(**days)


def _missed(reader: Reader) -> MissedRules:
    usual = MissedRules()
    within = reader.whole("within_min", 1, LONGEST_MIN, usual.within_min)
    owner = reader.one_of("owner", list(OwnerRule), usual.owner)
    reader.done()
    return MissedRules(within_min=within, owner=OwnerRule(owner))


def _modules(reader: Reader) -> Modules:
    roles = {}
    for module in Module:
        if module in reader:
            given = reader.raw(module)
            named = reader.some_of(module, list(Role)) if given != [] else frozenset[str]()
            roles[module] = frozenset(map(Role, named))
    reader.done()
    return Modules(roles={module: some for module, some in roles.items() if some != frozenset(Role)})


def _security(reader: Reader) -> Security:
    security = Security(two_steps=_flag(reader, "two_steps", usual=False))
    reader.done()
    return security


def _members(reader: Reader) -> frozenset[str]:
    members = reader.raw("members", [])
    if not isinstance(members, list) or not all(isinstance(one, str) for one in members):
        raise reader.fail("members", 'a list of logins is wanted, as ["anna", "boris"]')
    reader.done()
    return frozenset(members)


def _number(e164: str, reader: Reader) -> NumberSaid:
    said = NumberSaid(
        e164=e164,
        label=reader.text("label", _LINE, "a name"),
        kind=OwnNumberKind(reader.one_of("kind", list(OwnNumberKind), OwnNumberKind.DID)),
        texts={name: reader.text(name, r"[^\x00]{0,2000}", "a text", "") for name in _NUMBER_TEXTS},
    )
    reader.done()
    return said


def _choices(kind: ChoiceKind, reader: Reader) -> list[ChoiceSaid]:
    return [_choice(kind, code, reader.table(code)) for code in reader.keys()]  # noqa: SIM118


def _choice(kind: ChoiceKind, code: str, reader: Reader) -> ChoiceSaid:
    if not 0 < len(code) <= 40 or not code.isprintable():  # noqa: PLR2004 - as it is kept with talks
        raise reader.fail("", "a code has 1 to 40 characters")
    said = ChoiceSaid(
        kind=kind,
        code=code,
        text=reader.text("text", _LINE, "a text", "") or None,
        position=reader.whole("position", 0, 1_000_000, 10_000),
        needs_note=_flag(reader, "needs_note", usual=False),
        in_statistics=_flag(reader, "in_statistics", usual=True),
        archived=_flag(reader, "archived", usual=False),
    )
    reader.done()
    return said


def _client_field(name: str, fields: Reader) -> FieldSaid:
    reader = fields.table(name)
    if not re.fullmatch(NAME, name, re.ASCII):
        raise fields.fail(name, "a name is wanted, as contact.segment or company.segment")
    said = FieldSaid(
        name=name,
        label=reader.text("label", _LINE, "a name"),
        kind=FieldKind(reader.one_of("kind", list(FieldKind))),
        choices=tuple(_lines(reader, "choices")),
        position=reader.whole("position", 0, 1_000_000, LAST),
        archived=_flag(reader, "archived", usual=False),
    )
    reader.done()
    return said


def _lines(reader: Reader, key: str) -> list[str]:
    value = reader.raw(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise reader.fail(key, 'a list of texts is wanted, as ["Gold", "Silver"]')
    return value


def _flag(reader: Reader, key: str, *, usual: bool) -> bool:
    value = reader.raw(key, usual)
    if not isinstance(value, bool):
        raise reader.fail(key, f"true or false is wanted, not {value!r}")
    return value
