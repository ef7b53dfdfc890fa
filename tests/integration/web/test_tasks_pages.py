# SPDX-License-Identifier: Apache-2.0
"""Tasks on pages and for programs: set, done with one click, on the card, the call and the workspace."""

import re
from datetime import timedelta
from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from crm_core.domain.ids import new_id
from crm_core.domain.task import HAND_ON, Task, TaskOrigin
from tests.support.api import program
from web import keys

ticks = count(1)  # of the clock: no two edits are of the same moment


@pytest.fixture
async def anna(site):
    return await site.browser("anna")


@pytest.fixture
def olga(site):
    return site.history.contacts["Olga Petrova"]


@pytest.fixture
def today(site):
    """The house's; it does not end while a test looks at it."""
    now = site.history.now
    site.app._state[keys.CLOCK] = lambda: now + next(ticks) * timedelta(milliseconds=1)
    return now.astimezone(ZoneInfo("Europe/Moscow")).date()


def said(day, client=None, **more):
    of = f"contact:{client.id}" if client else ""
    return {"text": "Send the offer", "due_on": day.isoformat(), "client": of} | more


async def set_one(anna, *args, **more):
    answer = await anna.post("/tasks", said(*args, **more))
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def only(site, login="anna"):
    async with site.store.read() as tx:
        [row] = await tx.tasks.open_of(site.history.users[login].id)
    return row


async def test_one_is_set_from_the_card_and_done_with_one_click(site, anna, olga, today):
    card = await anna.text(f"/contacts/{olga.id}")
    assert "Nothing to do for them." in card
    form = await anna.text(re.search(r'href="(/tasks/new[^"]+)"', card)[1])
    assert f'name="client" value="contact:{olga.id}" checked' in form
    back = await set_one(anna, today, olga)
    assert back.partition("?")[0] == f"/contacts/{olga.id}"
    row = await only(site)
    assert (row.contact, row.task.origin) == ("Olga Petrova", TaskOrigin.HAND)
    assert "Send the offer" in await anna.text(f"/contacts/{olga.id}")
    done = await anna.post(f"/tasks/{row.task.id}/done?on_card=1", **{"HX-Request": "true"})
    line = await done.text()
    assert (done.status, f'hx-post="/tasks/{row.task.id}/reopen' in line) == (200, True)
    assert "done by Anna Smirnova" in line
    async with site.store.read() as tx:
        assert await tx.tasks.count_open(site.history.users["anna"].id) == 0
    again = await anna.post(f"/tasks/{row.task.id}/reopen", **{"HX-Request": "true"})
    assert f'hx-post="/tasks/{row.task.id}/done' in await again.text()
    plain = await anna.post(f"/tasks/{row.task.id}/done")
    assert plain.status == 303
    assert f"said=task-done.{row.task.id}" in plain.headers["Location"]


async def test_mine_are_on_the_workspace_the_overdue_first_and_marked(site, anna, olga, today):
    await set_one(anna, today + timedelta(days=3), text="Later one")
    await set_one(anna, today - timedelta(days=3), olga, text="Old one")
    await set_one(anna, today, text="Of today")
    boris = str(site.history.users["boris"].id)
    await set_one(anna, today, text="For Boris", user_id=boris)
    for address in ("/", "/workspace/tasks", "/tasks"):
        page = await anna.text(address)
        places = [page.index(text) for text in ("Overdue", "Old one", "Of today", "Later one")]
        assert places == sorted(places), address
        assert "For Boris" not in page
    assert page.count("mark mark-bad") == 1
    his = await anna.text(f"/tasks?who={boris}", **{"HX-Request": "true"})
    assert "For Boris" in his
    assert "from Anna Smirnova" in his
    assert "<html" not in his
    nobody = await site.browser("clara")
    assert "Nothing to do." in await nobody.text("/")


async def test_of_very_many_the_most_pressing_are_shown_and_all_are_counted(site, anna, today):
    me, now = site.history.users["anna"].id, site.history.now
    async with site.store.begin() as tx:
        for number in range(203):
            on = today + timedelta(days=number)
            one = {"user_id": me, "due_on": on, "created_at": now, "updated_at": now}
            await tx.tasks.save(Task(id=new_id(now), text=f"Task no. {number}", **one))
    text = await anna.text("/tasks")
    assert "The 200 most pressing of 203." in text
    assert "Task no. 199" in text
    assert "Task no. 200" not in text


async def test_one_comes_of_a_call_with_its_client(site, anna, olga, today):
    call = await site.history.call("task", number="+79161000001", owner=olga, minutes_ago=5, by="anna")
    page = await anna.text(f"/calls/{call.id}")
    form = await anna.text(re.search(r'href="(/tasks/new\?call_id=[^"]+)"', page)[1])
    assert f'name="client" value="contact:{olga.id}" checked' in form
    back = await set_one(anna, today, olga, call_id=str(call.id))
    assert back.partition("?")[0] == f"/calls/{call.id}"
    row = await only(site)
    assert (row.task.origin, row.task.call_id, row.task.contact_id) == (TaskOrigin.CALL, call.id, olga.id)
    assert "Send the offer" in await anna.text(f"/calls/{call.id}")
    others = await site.history.call("other", number="+79991110000", minutes_ago=5, by="boris")
    clara = await site.browser("clara")
    assert (await clara.post("/tasks", said(today, call_id=str(others.id)))).status == 404
    assert (await clara.get(f"/tasks/new?call_id={others.id}")).status == 404


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(site, anna, today):
    for wrong, at in (
        ({"text": " "}, "say what is to be done"),
        ({"due_on": ""}, "say by when it is to be done"),
        ({"due_on": "0000-00-00"}, "this is not a day"),
        ({"due_time": "25:00"}, "this is not a time"),
        ({"user_id": "01890000-0000-7000-8000-000000000000"}, "there is no such colleague"),
        ({"client": "contact:01890000-0000-7000-8000-000000000000"}, "there is no such contact"),
        ({"client": "contact:x"}, "choose one of the list"),
    ):
        answer = await anna.post("/tasks", said(today) | {"text": "Kept"} | wrong)
        text = await answer.text()
        assert (answer.status, at in text) == (422, True), wrong
        assert "text" in wrong or 'value="Kept"' in text
    async with site.store.read() as tx:
        assert await tx.tasks.count_open(site.history.users["anna"].id) == 0


async def test_the_second_editor_sees_what_the_first_saved(site, anna, today):
    await set_one(anna, today, due_time="23:30")
    task = (await only(site)).task
    address, seen = f"/tasks/{task.id}", task.updated_at.isoformat()
    form = await anna.text(address)
    assert 'name="due_time" value="23:30"' in form
    boris = await site.browser("boris")
    mine = str(site.history.users["anna"].id)
    changed = said(today, text="Send it now", seen=seen, user_id=mine)
    assert (await boris.post(address, changed)).status == 303
    clash = await anna.post(address, said(today, text="Call them", seen=seen, user_id=mine))
    text = await clash.text()
    assert (clash.status, "Boris Volkov saved this task" in text, "Send it now" in text) == (409, True, True)
    again = re.search(r'name="seen" value="([^"]+)"', text)[1]
    assert (await anna.post(address, said(today, text="Call them", seen=again, user_id=mine))).status == 303
    kept = (await only(site)).task
    assert (kept.text, kept.due_at) == ("Call them", None)


async def test_a_text_of_ours_is_read_in_ones_own_language_and_stays_ours(site, today, olga):
    user, now = site.history.users["anna"], site.history.now
    about = {"client": "Olga <b>", "band": "wholesale", "old": "Anna", "new": "Clara"}
    task = Task(
        id=new_id(now),
        text=HAND_ON,
        about=about,
        user_id=user.id,
        contact_id=olga.id,
        due_on=today,
        origin=TaskOrigin.BAND,
        created_at=now,
        updated_at=now,
    )
    async with site.store.begin() as tx:
        await tx.tasks.save(task)
    russian = await site.browser("anna", **{"Accept-Language": "ru"})
    page = await russian.text("/tasks")
    words = "Передать клиента Olga &lt;b&gt;: теперь ведёт Clara; категория оборота wholesale"
    assert words in page
    form = said(today + timedelta(days=1), olga, text=words.replace("&lt;", "<").replace("&gt;", ">"))
    form |= {"seen": now.isoformat(), "user_id": str(user.id)}
    assert (await russian.post(f"/tasks/{task.id}", form)).status == 303
    kept = (await only(site)).task
    assert (kept.text, kept.about, kept.due_on) == (HAND_ON, about, today + timedelta(days=1))
    reader = await program(site, "anna", {"tasks:read"})
    told = (await reader.get(f"/tasks/{task.id}")).json
    assert told["text"] == "Hand Olga <b> on to Clara: turnover band wholesale"


# --- programs -----------------------------------------------------------------------------------
async def test_programs_set_change_and_do_them(site, olga, today):
    anna = await program(site, "anna", {"tasks:read", "tasks:write"})
    body = {"text": "Call", "due_on": today.isoformat(), "contact_id": str(olga.id)}
    new = await anna.post("/tasks", body)
    assert (new.status, new.json["user_id"]) == (201, str(site.history.users["anna"].id))
    path, seen = f"/tasks/{new.json['id']}", new.headers["ETag"]
    moved = await anna.patch(path, {"due_at": "2026-12-01T22:30:00Z"}, **{"If-Match": seen})
    assert (moved.status, moved.json["due_on"]) == (200, "2026-12-02"), "the house's day"
    assert (await anna.patch(path, {"text": "x"}, **{"If-Match": seen})).status == 412
    done = await anna.post(f"{path}/done")
    assert done.json["done_by"] == str(site.history.users["anna"].id)
    assert (await anna.post(f"{path}/done")).json == done.json
    assert [one["id"] for one in (await anna.get("/tasks?state=done")).json["items"]] == [new.json["id"]]
    assert (await anna.get(f"/tasks?state=open&user_id={new.json['user_id']}")).json["items"] == []
    assert (await anna.post(f"{path}/reopen")).json["done_at"] is None
    for wrong, pointer in (
        ({"text": ""}, "/text"),
        ({"text": "x" * 501}, "/text"),
        ({"due_on": "tomorrow"}, "/due_on"),
        ({"due_at": "2026-12-01T22:30:00"}, "/due_at"),
        ({"due_on": "9999-12-31"}, "/due_on"),
        ({"user_id": "01890000-0000-7000-8000-000000000000"}, "/user_id"),
        ({"company_id": "01890000-0000-7000-8000-000000000000"}, "/company_id"),
    ):
        refused = await anna.post("/tasks", body | wrong)
        assert refused.status == 422, wrong
        assert [fault["pointer"] for fault in refused.json["errors"]] == [pointer], wrong
    no_day = await anna.post("/tasks", {"text": "x"})
    assert (no_day.status, no_day.json["errors"][0]["pointer"]) == (422, "/due_on")
    gone = await anna.post("/tasks", body | {"call_id": "01890000-0000-7000-8000-000000000000"})
    assert gone.status == 404


async def test_pages_of_programs_hold_every_task_once(site, anna, olga, today):
    for number in range(7):
        await set_one(anna, today, olga if number % 2 else None, text=f"Task {number}")
    reader = await program(site, "anna", {"tasks:read"})
    whole = (await reader.get("/tasks")).json["items"]
    found, cursor = [], ""
    while cursor is not None:
        page = (await reader.get(f"/tasks?limit=3{cursor and f'&cursor={cursor}'}")).json
        found += page["items"]
        cursor = page["next"]
    assert (found == whole, len(whole)) == (True, 7)
    theirs = (await reader.get(f"/tasks?contact_id={olga.id}")).json["items"]
    assert {UUID(one["contact_id"]) for one in theirs} == {olga.id}
