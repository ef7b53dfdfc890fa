# SPDX-License-Identifier: Apache-2.0
"""The tables that conditions and steps name: [lists.NAME] of numbers, [skills.NAME] of people and levels."""

from crm_core.domain.directory.caller_number import e164
from crm_core.domain.routing.number_conditions import NumberList
from crm_core.domain.routing.parse_conditions import BEGINNING
from crm_core.domain.routing.reading import Reader
from crm_core.domain.routing.rules import Skill

BEST = 10


def parse_lists(reader: Reader, region: str) -> dict[str, NumberList]:
    return {name: _list(name, reader.table(name), region) for name in reader.keys()}  # noqa: SIM118 - not a mapping


def _list(name: str, reader: Reader, region: str) -> NumberList:
    numbers = reader.texts("numbers", r"\+?[0-9 ()-]{2,30}", "a telephone number", default=())
    beginnings = reader.texts("beginnings", BEGINNING, "the beginning of a number (as +7495)", default=())
    reader.done()
    return NumberList(
        name=name,
        numbers=frozenset(_number(reader, number, region) for number in numbers),
        beginnings=tuple(sorted(beginnings)),
    )


def _number(reader: Reader, number: str, region: str) -> str:
    full = e164(number, region)
    if full is None:
        raise reader.fail("numbers", "not a telephone number: %(value)r", value=number)
    return full


def parse_skills(reader: Reader) -> dict[str, Skill]:
    return {name: _skill(name, reader.table(name)) for name in reader.keys()}  # noqa: SIM118 - not a mapping


def _skill(name: str, reader: Reader) -> Skill:
    levels = {login: reader.whole(login, 1, BEST) for login in reader.keys()}  # noqa: SIM118 - not a mapping
    return Skill(name=name, levels=tuple(sorted(levels.items())))
