# SPDX-License-Identifier: Apache-2.0
"""Working hours on pages: given by an administrator, seen by whoever has them, and in the contract."""

from datetime import UTC, datetime, timedelta

import pytest

from crm_core.domain.ids import new_id
from crm_core.domain.schedule import Schedule
from tests.integration.web.test_people import form_of, version

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ALWAYS = Schedule(id=new_id(NOW), name="round the clock", zone="Europe/Moscow", days=(((0, 1440),),) * 7)


@pytest.fixture
async def admin(site):
    async with site.store.begin() as tx:
        await tx.schedules.save(ALWAYS)
    return await site.browser("admin")


async def give(site, admin, schedule, login="anna"):
    user = site.history.users[login]
    page = f"/settings/people/{user.id}"
    seen = version(await admin.text(page))
    return await admin.post(page, form_of(user, schedule=schedule, version=seen))


async def schedule_of(site, login="anna"):
    async with site.store.read() as tx:
        return (await tx.people.user(site.history.users[login].id)).schedule_id


async def test_they_are_given_in_the_form_and_seen_by_their_owner(site, admin):
    anna, boris = await site.browser("anna"), await site.browser("boris")
    assert (await give(site, admin, str(ALWAYS.id))).status == 303
    assert await schedule_of(site) == ALWAYS.id
    form = await admin.text(f"/settings/people/{site.history.users['anna'].id}")
    assert f'<option value="{ALWAYS.id}" selected>round the clock</option>' in form
    mine = await anna.text("/me")
    assert "round the clock" in mine
    assert "Working time" in mine
    assert "Working hours" not in await boris.text("/me")
    assert "1 person works by them" in await admin.text("/settings/hours")

    assert (await give(site, admin, "")).status == 303
    assert await schedule_of(site) is None


@pytest.mark.parametrize(
    ("chosen", "told"),
    [("nonsense", "Choose one of these."), ("018f6c3e-0000-7000-8000-000000000001", "any more")],
)
async def test_hours_that_are_not_there_are_refused_beside_their_field(site, admin, chosen, told):
    refused = await give(site, admin, chosen)
    assert refused.status == 422
    assert told in await refused.text()
    assert await schedule_of(site) is None


async def test_hours_that_somebody_works_by_are_not_removed(site, admin):
    await give(site, admin, str(ALWAYS.id))
    refused = await admin.post(f"/settings/hours/{ALWAYS.id}/remove")
    assert refused.status == 422
    assert "people work by these hours" in await refused.text()


async def test_over_they_say_off_shift_and_when_they_begin(site, admin):
    zone_now = datetime.now(UTC) + timedelta(hours=3)
    later = (zone_now.hour * 60 + zone_now.minute + 720) % 1440
    shut = Schedule(
        id=new_id(NOW),
        name="later",
        zone="Europe/Moscow",
        days=(((later, (later + 60) % 1440 or 1440),),) * 7,
    )
    async with site.store.begin() as tx:
        await tx.schedules.save(shut)
    await give(site, admin, str(shut.id))
    mine = await (await site.browser("anna")).text("/me")
    assert "Off shift" in mine
    assert "begins" in mine
