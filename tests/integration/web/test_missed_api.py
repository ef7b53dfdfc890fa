# SPDX-License-Identifier: Apache-2.0
"""Missed callers for programs: the list, taking, calling back, giving up."""

from datetime import timedelta

import pytest

from crm_core.domain.session import SCOPES
from tests.support.api import program
from tests.support.missed import miss


@pytest.fixture
async def anna(site):
    return await program(site, "anna", SCOPES)


@pytest.fixture
async def boris(site):
    return await program(site, "boris", SCOPES)


async def test_the_list_page_by_page_and_one_of_them(site, anna):
    items = [
        await miss(site.history, f"+7916999{n:04}", ago=timedelta(minutes=90 - n), n=2) for n in range(5)
    ]
    first = (await anna.get("/missed?limit=3")).json
    second = (await anna.get(f"/missed?limit=3&cursor={first['next']}")).json
    assert [one["id"] for one in [*first["items"], *second["items"]]] == [str(item.id) for item in items]
    assert second["next"] is None
    assert (await anna.get("/missed?view=closed")).json == {"items": [], "next": None}
    assert (await anna.get(f"/missed?view=closed&cursor={first['next']}")).status == 422
    one = (await anna.get(f"/missed/{items[0].id}")).json
    assert (one["state"], one["attempts"], [each["kind"] for each in one["history"]]) == (
        "missed",
        2,
        ["call", "call"],
    )


async def test_many_attempts_come_by_pages(site, anna):
    item = await miss(site.history, n=105)
    whole = (await anna.get(f"/missed/{item.id}")).json
    assert (whole["attempts"], len(whole["history"]), whole["history"][-1]["at"]) == (
        105,
        100,
        whole["last_at"],
    )
    first = (await anna.get(f"/missed/{item.id}/attempts?limit=100")).json
    rest = (await anna.get(f"/missed/{item.id}/attempts?limit=100&cursor={first['next']}")).json
    assert first["items"] == whole["history"][::-1]
    assert (len(rest["items"]), rest["items"][-1]["at"], rest["next"]) == (5, whole["first_at"], None)


async def test_one_takes_them_and_the_other_hears_who(site, anna, boris):
    item = await miss(site.history)
    taken = await anna.post(f"/missed/{item.id}/claim")
    assert (taken.status, taken.json["claimed_by"]) == (200, str(site.history.users["anna"].id))
    assert (await anna.post(f"/missed/{item.id}/claim")).json == taken.json
    for verb, body in (("claim", None), ("release", None), ("call", None), ("give-up", {"reason": "x"})):
        refused = await boris.post(f"/missed/{item.id}/{verb}", body)
        assert (refused.status, "Anna Smirnova" in refused.json["detail"]) == (409, True), verb
    assert (await anna.post(f"/missed/{item.id}/release")).json["state"] == "missed"
    assert (await boris.post(f"/missed/{item.id}/call")).json["number"] == item.e164
    assert (await boris.get("/missed?view=mine")).json["items"][0]["id"] == str(item.id)


async def test_giving_up_wants_a_reason_and_can_be_taken_back(site, anna):
    item = await miss(site.history)
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 201}, {"reason": "a\0"}):
        assert (await anna.post(f"/missed/{item.id}/give-up", body)).status == 422, body
    given = await anna.post(f"/missed/{item.id}/give-up", {"reason": "Moved away"})
    assert (given.status, given.json["state"], given.json["reason"]) == (200, "gave_up", "Moved away")
    assert (await anna.post(f"/missed/{item.id}/claim")).status == 409
    assert (await anna.post(f"/missed/{item.id}/reopen")).json["state"] == "missed"
    assert (await anna.post(f"/missed/{item.id}/reopen")).status == 409
