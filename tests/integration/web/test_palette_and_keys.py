# SPDX-License-Identifier: Apache-2.0
"""The search palette finds clients, orders and pages; the phone's keys are each person's own."""

import pytest


async def test_the_palette_finds_everything_there_is_to_go_to(site):
    anna = await site.browser("anna")
    assert "/contacts/new" in await anna.text("/search?q=")
    assert "Olga Petrova" in await anna.text("/search?q=olga")
    assert "Olga Petrova" in await anna.text("/search?q=1000001")
    assert "Northern Lights" in await anna.text("/search?q=northern")
    assert 'href="/orders/' in await anna.text("/search?q=2026-10")
    assert 'href="/leads"' in await anna.text("/search?q=lea")
    assert "Nothing found" in await anna.text("/search?q=<script>zzz")


async def test_settings_are_found_by_who_may_open_them(site):
    admin, anna = await site.browser("admin"), await site.browser("anna")
    assert "/settings/company" in await admin.text("/search?q=company")
    assert "/settings/company" not in await anna.text("/search?q=company")


async def test_a_key_is_changed_for_oneself(site):
    anna, boris = await site.browser("anna"), await site.browser("boris")
    answer = await anna.post("/preferences/keys", {"action": "hang_up", "key": "F8"})
    assert (await answer.json())["hang_up"] == "F8"
    assert (await (await anna.get("/preferences/keys")).json())["hang_up"] == "F8"
    assert (await (await boris.get("/preferences/keys")).json())["hang_up"] == "H"
    answer = await anna.post("/preferences/keys", {"action": "hang_up", "key": ""})
    assert (await answer.json())["hang_up"] == "H"


@pytest.mark.parametrize(
    "form",
    [
        {"action": "hang_up", "key": "F5"},
        {"action": "hang_up", "key": "a"},
        {"action": "fly", "key": "q"},
        {"action": "dial", "key": "x" * 29},
        {"action": "dial", "key": "\n"},
    ],
)
async def test_a_key_that_cannot_be_is_refused(site, form):
    anna = await site.browser("anna")
    assert (await anna.post("/preferences/keys", form)).status == 422
