# SPDX-License-Identifier: Apache-2.0
"""Opening hours, choices, the numbers register and teams, as they are kept."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crm_core.domain.choice import BUILT_IN, Choice, ChoiceKind
from crm_core.domain.errors import ConflictError
from crm_core.domain.ids import new_id
from crm_core.domain.modules import Module, Modules
from crm_core.domain.people import OwnNumber, Role, Team
from crm_core.domain.retention import Retention
from crm_core.domain.schedule import Schedule

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
OFFICE = Schedule(
    id=new_id(NOW),
    name="office",
    zone="Europe/Moscow",
    days=tuple(((540, 780), (840, 1080)) if day < 5 else () for day in range(7)),
    holidays=frozenset({"01-01", "2026-11-23"}),
    special=(("2026-12-31", ((540, 900),)),),
)


async def test_opening_hours_come_back_as_they_went(store):
    async with store.begin() as tx:
        await tx.schedules.save(OFFICE)
        assert await tx.schedules.all() == [OFFICE]
    with pytest.raises(ConflictError):
        async with store.begin() as tx:
            await tx.schedules.save(replace(OFFICE, id=new_id(NOW)))
    async with store.begin() as tx:
        await tx.schedules.remove(OFFICE.id)
        assert await tx.schedules.all() == []


async def test_a_number_knows_its_team_and_hours_until_they_go(store):
    team = Team(id=new_id(NOW), name="retail")
    number = OwnNumber(
        id=new_id(NOW),
        e164="+74951112233",
        label="Main",
        team_id=team.id,
        schedule_id=OFFICE.id,
        source="site",
    )
    async with store.begin() as tx:
        await tx.people.save_team(team)
        await tx.schedules.save(OFFICE)
        await tx.people.save_own_number(number)
        assert await tx.people.own_numbers() == [number]
        await tx.people.remove_team(team.id)
        await tx.schedules.remove(OFFICE.id)
        assert await tx.people.own_numbers() == [replace(number, team_id=None, schedule_id=None)]
    with pytest.raises(ConflictError):
        async with store.begin() as tx:
            await tx.people.save_own_number(replace(number, id=new_id(NOW), team_id=None, schedule_id=None))


async def test_choices_stand_over_the_built_in_ones(store):
    ours = Choice(id=new_id(NOW), kind=ChoiceKind.RESULT, code="warranty", text="Warranty", position=15)
    async with store.begin() as tx:
        built_in = await tx.choices.all(ChoiceKind.RESULT)
        assert built_in == [each for each in BUILT_IN if each.kind is ChoiceKind.RESULT]
        renamed = replace(built_in[0], text="All done")
        await tx.choices.save(ours, renamed)
        assert await tx.choices.all(ChoiceKind.RESULT) == [renamed, ours, *built_in[1:]]
        assert ours not in await tx.choices.all(ChoiceKind.PAUSE)


async def test_retention_and_modules(store):
    kept, modules = Retention(recordings=90), Modules(roles={Module.LEADS: frozenset({Role.ADMIN})})
    async with store.begin() as tx:
        assert (await tx.settings.retention(), await tx.settings.modules()) == (Retention(), Modules())
        await tx.settings.save_retention(kept)
        await tx.settings.save_modules(modules)
        assert (await tx.settings.retention(), await tx.settings.modules()) == (kept, modules)
