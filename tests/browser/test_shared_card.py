# SPDX-License-Identifier: Apache-2.0
"""A card of a number that several have: who it may be, chosen once somebody talks; the card is theirs then."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import expect

from crm_core.domain.ids import new_id
from tests.browser.test_live_card import browser_of, open_page, site  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser
NUMBER = "+79161000001"


def a_sharer(name, *reasons, company=None):
    now = datetime.now(UTC)
    return {
        "kind": "contact",
        "id": str(new_id(now)),
        "name": name,
        "company": company,
        "reasons": list(reasons),
    }


async def test_who_it_is_can_be_said_once_somebody_talks(site):  # noqa: F811
    client = {"kind": "shared", "id": None, "name": None, "number": NUMBER, "company": None}
    talked = {"code": "sharer_talked", "params": {"at": datetime.now(UTC).isoformat()}}
    bought = {"code": "sharer_bought", "params": {"amount": "48300", "currency": "RUB", "window": "12m"}}
    sharers = [
        a_sharer("Olga Petrova", talked, bought),
        a_sharer(
            "Pavel <b>Petrov</b>",
            {"code": "sharer_first_number", "params": {}},
            company="Northern Lights LLC",
        ),
    ]
    async with browser_of(site) as context:
        page = await open_page(context, site)
        popped = site.pop(
            "anna", client=client, sharers=sharers, manager=None, turnover=None, last_operator=None
        )
        card = page.locator(".live-card")
        rows = card.locator('[data-do="choose"]')
        await expect(rows).to_have_count(2)
        await expect(card.locator('[data-f="kind"]')).to_have_text("One of several")
        await expect(card.locator('[data-f="why"]')).to_have_text("You are the manager of Olga Petrova")
        await expect(rows.nth(0)).to_contain_text("48,300")
        await expect(rows.nth(1)).to_contain_text("Pavel <b>Petrov</b>, Northern Lights LLC")
        await expect(rows.nth(0)).to_be_disabled()  # there is no talk yet that could be theirs
        site.tell(
            "call", "anna", popped["call_id"], state="talking", answered_at=datetime.now(UTC).isoformat()
        )
        await expect(rows.nth(0)).to_be_enabled()
        async with page.expect_response("**/workspace/whose/*") as answered:
            await rows.nth(0).click()
        assert (await answered.value).status == 404  # this call was never kept
        await expect(page.locator("#toasts")).to_contain_text("there is no such communication")
        site.tell(
            "pop.client",
            "anna",
            popped["call_id"],
            client={**client, "kind": "contact", "name": "Olga Petrova"},
            sharers=[],
        )
        await expect(card.locator(".live-name")).to_have_text("Olga Petrova")
        await expect(card.locator('[data-f="sharers-row"]')).to_be_hidden()
        await page.reload()  # the snapshot knows it too
        await expect(card.locator(".live-name")).to_have_text("Olga Petrova")
        assert [one for one in page.faults if "404" not in one] == []
