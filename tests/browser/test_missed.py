# SPDX-License-Identifier: Apache-2.0
"""The list of missed callers follows the ledger by itself, and a click calls back."""

import asyncio
import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from crm_core.domain.audit import Actor
from crm_core.usecases.claim_missed import claim_missed
from crm_core.usecases.give_up_missed import give_up_missed
from tests.browser.conftest import Held
from tests.support.missed import miss

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_with_history", ["sqlite"], indirect=True),
]

READ_AGAIN_S = 60  # in any case


async def test_who_waits_appears_is_taken_by_others_and_called_back_without_a_reload(desk):
    page, history = desk.page, desk.history
    await desk.open("/missed")
    await page.locator('html[data-live="up"]').wait_for(state="attached")
    await expect(page.locator("#missed-list")).to_contain_text("Nobody waits for a call")
    first, second = await miss(history, "+79169990001"), await miss(history, "+79169990002")
    row, other = (page.locator(f'tr[data-href="/missed/{item.id}"]') for item in (first, second))
    await row.wait_for()
    boris = history.users["boris"]
    await claim_missed(history.store, boris, second.id, Actor("boris", boris.id), history.now)
    await expect(other).to_contain_text(boris.name)
    await expect(other.get_by_role("button")).to_have_count(0)
    await row.get_by_role("button", name="Call back").click()
    await expect(row).to_contain_text("Yours")
    assert [number for _, _, number in desk.pbx.originated] == ["+79169990001"]
    await desk.open("/")
    await expect(page.locator("#missed")).to_contain_text(boris.name)
    await desk.settled()


async def test_whom_nobody_told_of_is_there_as_soon_as_the_page_is_connected(desk):
    connects = asyncio.Event()

    async def late(socket):
        await connects.wait()
        socket.connect_to_server()

    await desk.page.route_web_socket("**/live*", late)
    await desk.open("/missed")
    item = await miss(desk.history, "+79169990001")
    connects.set()
    async with asyncio.timeout(READ_AGAIN_S - 15):
        await desk.page.locator(f'tr[data-href="/missed/{item.id}"]').wait_for()
    await desk.settled()


async def test_a_request_is_noted_once_however_often_it_is_clicked(desk):
    page, held = desk.page, Held()
    await desk.open("/missed")
    await page.get_by_role("button", name="Note a request").click()
    await page.fill("#callback-form [name=number]", "+79169990003")
    await page.route("**/missed/requests", held.hold)
    await page.get_by_role("button", name="Note it").dblclick()
    await held.was_asked()
    held.let_through()
    await page.wait_for_url(re.compile(r"/missed/[0-9a-f-]{36}"))
    assert len(held.asked) == 1
    await desk.settled()


async def test_who_stands_at_a_button_stays_at_it_when_the_list_changes(desk):
    """By the keyboard: Enter would call somebody else."""
    page, history = desk.page, desk.history
    first = await miss(history, "+79169990001", ago=timedelta(minutes=9))
    second = await miss(history, "+79169990002")
    await desk.open("/missed")
    await page.locator('html[data-live="up"]').wait_for(state="attached")
    mine = page.locator(f'tr[data-href="/missed/{second.id}"]')
    await mine.get_by_role("button", name="Call back").focus()
    boris = history.users["boris"]
    await give_up_missed(
        history.store, boris, first.id, "Wrong number", Actor("boris", boris.id), history.now
    )
    await expect(page.locator("#missed-list tbody tr")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(mine).to_contain_text("Yours")
    assert [number for _, _, number in desk.pbx.originated] == ["+79169990002"]
    await desk.settled()
