# SPDX-License-Identifier: Apache-2.0
"""A manager's working hours end: the queue's member is paused and their phone not rung, until they begin again."""

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crm_core.domain.directory.people import OperatorState
from crm_core.domain.ids import new_id
from crm_core.domain.operator_state import StateInterval
from crm_core.domain.schedule import Schedule
from crm_core.storage.open_store import open_store
from tests.live.product.floor import finished
from tests.live.product.screen import logged_in
from tests.live.product.test_product_roads import is_paused

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@asynccontextmanager
async def writing(product):
    store = await open_store(product.database_url, exclusive=False)
    try:
        async with store.begin() as tx:
            yield tx
    finally:
        await store.close()


@asynccontextmanager
async def works_by_hours(product, login):
    """By hours that never open; they have been available for an hour."""
    now, user = datetime.now(UTC), await product.user(login)
    hours = Schedule(id=new_id(now), name="desk", zone="UTC", days=((),) * 7)
    been_there = StateInterval(
        id=new_id(now),
        user_id=user.id,
        state=OperatorState.AVAILABLE,
        started_at=now - timedelta(hours=1),
    )
    async with writing(product) as tx:
        await tx.schedules.save(hours)
        await tx.states.start(been_there)
        await tx.people.save_user(replace(user, schedule_id=hours.id))
    try:
        yield hours
    finally:
        async with writing(product) as tx:
            await tx.people.save_user(user)
            await tx.schedules.remove(hours.id)


async def put_hours(product, hours, written):
    """As an administrator does: it holds at once."""
    async with logged_in(product, "sofia") as browser:
        page = f"/settings/hours/{hours.id}"
        _, form, _ = await browser.get(page)
        version = re.search(r'name="version" value="(\w+)"', form.decode())[1]
        words = {"name": hours.name, "zone": "UTC", "special": "", "version": version}
        status, _ = await browser.post(page, **words, **dict.fromkeys(DAYS, written))
        assert status < 400


async def is_off_shift(product, login):
    user = await product.user(login)
    async with product.read() as tx:
        return (await tx.states.current([user.id]))[user.id].is_off_shift


async def test_whose_hours_end_is_paused_and_not_rung_until_they_begin(product, floor):
    number, now = product.client("103"), datetime.now(UTC)
    async with works_by_hours(product, "clara") as hours, floor.desk_phone("103") as clara:
        await put_hours(product, hours, f"{now - timedelta(hours=12):%H:%M}-{now:%H:%M}")
        await product.until(lambda: is_off_shift(product, "clara"))
        await product.until(lambda: is_paused(floor, "103", "off shift"))
        boris = await floor.phone("102")
        await finished(await floor.client(caller=number, seconds=1), boris)
        assert clara.calls.empty()
        decision = await product.decision(await product.ended(number))
        assert "off shift until" in str(decision.facts)
        async with logged_in(product, "sofia") as browser:
            _, page, _ = await browser.get(f"/calls/{decision.call_id}/why")
        assert "is off shift" in page.decode()

        await put_hours(product, hours, "00:00-24:00")
        await product.until(lambda: is_ready(product, floor))


async def is_ready(product, floor):
    out = await is_off_shift(product, "clara")
    return not out and not await is_paused(floor, "103", "off shift")
