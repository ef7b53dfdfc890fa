# SPDX-License-Identifier: Apache-2.0
"""The pages of missed callers: the list, one of them, the workspace's block, and what a click does."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.domain.ids import new_id
from crm_core.domain.modules import Module, Modules
from crm_core.domain.people import Role
from tests.support.missed import miss
from tests.support.until import until
from web import keys

HTMX = {"HX-Request": "true", "Accept": "*/*"}


@pytest.fixture
async def anna(site):
    return await site.browser("anna")


@pytest.fixture
async def boris(site):
    return await site.browser("boris")


def rows(text):
    return re.findall(r'data-href="/missed/([0-9a-f-]+)"', text)


async def test_who_waits_longest_stands_first_and_the_filters_narrow(site, anna):
    late = await miss(site.history, "+79169990001", ago=timedelta(days=40), n=3)
    fresh = await miss(site.history, "+79169990002")
    text = await anna.text("/missed")
    assert rows(text) == [str(late.id), str(fresh.id)]
    assert "overdue since" in text
    assert "3 times" in text
    assert rows(await anna.text("/missed?view=overdue")) == [str(late.id)]
    assert rows(await anna.text("/missed?view=mine")) == []
    assert "Nobody waits for a call" in await anna.text("/missed?view=mine")
    await anna.post(f"/missed/{fresh.id}/claim")
    assert rows(await anna.text("/missed?view=mine")) == [str(fresh.id)]
    assert "Nothing closed yet" in await anna.text("/missed?view=closed")
    assert rows(await anna.text("/missed?view=nonsense")) == [str(late.id), str(fresh.id)]


async def test_the_list_goes_on_page_by_page(site, anna):
    items = [await miss(site.history, f"+7916999{n:04}", ago=timedelta(minutes=200 - n)) for n in range(60)]
    first = await anna.text("/missed")
    (following,) = re.findall(r'href="(/missed\?view=open&amp;after=[^"]+)"', first)
    second = await anna.text(following.replace("&amp;", "&"))
    assert [*rows(first), *rows(second)] == [str(item.id) for item in items]
    assert "after=" not in second.partition('class="pager"')[2]


async def test_the_second_one_is_told_who_was_quicker(site, anna, boris):
    item = await miss(site.history)
    assert (await anna.post(f"/missed/{item.id}/claim", **HTMX)).status == 204
    refused = await boris.post(f"/missed/{item.id}/claim", **HTMX)
    assert refused.status == 409
    assert "Anna Smirnova is calling them back already." in await refused.text()
    for verb, form in (("call", {}), ("release", {}), ("give-up", {"reason": "x"})):
        refused = await boris.post(f"/missed/{item.id}/{verb}", form, **HTMX)
        assert (refused.status, "Anna Smirnova" in await refused.text()) == (409, True), verb
    assert site.pbx.originated == []
    assert (
        await boris.post(f"/missed/{item.id}/claim")
    ).status == 409  # without scripts: a page that says so
    text = await boris.text("/missed")
    assert "Anna Smirnova" in text
    assert f"/missed/{item.id}/call" not in text


async def test_to_call_back_takes_them_and_rings_the_phone(site, anna):
    item = await miss(site.history, "+79161000001", name="Olga Petrova")
    answer = await anna.post(f"/missed/{item.id}/call", **HTMX)
    assert answer.status == 200
    assert "Your phone rings" in await answer.text()
    assert [number for _, _, number in site.pbx.originated] == ["+79161000001"]
    async with site.store.read() as tx:
        assert (await tx.missed.get(item.id)).claimed_by == site.history.users["anna"].id


async def test_a_phone_that_cannot_be_rung_leaves_them_to_others(site):
    admin = await site.browser("admin")  # has no phone
    item = await miss(site.history)
    assert (await admin.post(f"/missed/{item.id}/call", **HTMX)).status == 409
    async with site.store.read() as tx:
        assert (await tx.missed.get(item.id)).claimed_by is None


async def test_where_calling_by_a_click_is_off_there_is_only_taking(site, anna):
    item = await miss(site.history)
    async with site.store.begin() as tx:
        await tx.settings.save_modules(Modules(roles={Module.CLICK_TO_CALL: frozenset({Role.ADMIN})}))
        tx.changes.add("modules", item.id, site.history.now)
    await until(lambda: not site.app[keys.IN_FORCE].modules.has(Role.OPERATOR, Module.CLICK_TO_CALL))
    assert (await anna.post(f"/missed/{item.id}/call", **HTMX)).status == 404
    text = await anna.text("/missed")
    assert f"/missed/{item.id}/call" not in text
    assert f"/missed/{item.id}/claim" in text


async def test_giving_up_wants_a_reason_and_is_undone_by_a_click(site, anna):
    item = await miss(site.history)
    assert (await anna.post(f"/missed/{item.id}/give-up", {"reason": " "})).status == 422
    answer = await anna.post(f"/missed/{item.id}/give-up", {"reason": "Wrong <b>number</b>"})
    assert answer.status == 303
    said = await anna.text(answer.headers["Location"])
    assert f'action="/missed/{item.id}/reopen"' in said
    assert rows(said) == []
    closed = await anna.text("/missed?view=closed")
    assert "Wrong &lt;b&gt;number&lt;/b&gt;" in closed
    one = await anna.text(f"/missed/{item.id}")
    assert "gave it up" in one
    await anna.post(f"/missed/{item.id}/reopen")
    assert rows(await anna.text("/missed")) == [str(item.id)]


async def test_one_of_them_with_every_attempt(site, anna):
    item = await miss(site.history, "+79161000001", name="Olga Petrova", n=2)
    text = await anna.text(f"/missed/{item.id}")
    assert text.count("Called in vain") == 2
    assert "Olga Petrova" in text
    for form in ("call", "claim", "give-up"):
        assert f'action="/missed/{item.id}/{form}"' in text
    assert (await anna.get(f"/missed/{new_id(site.history.now)}")).status == 404


async def test_of_many_attempts_the_newest_are_shown_with_their_number_and_the_rest_by_pages(site, anna):
    item = await miss(site.history, n=45)
    text = await anna.text(f"/missed/{item.id}")
    assert '<span class="muted num">45</span>' in text
    shown, pages = text.count("Called in vain"), [text]
    assert shown == 20
    while older := re.search(rf'hx-get="(/missed/{item.id}/attempts[^"]+)"', pages[-1]):
        pages.append(await anna.text(older[1].replace("&amp;", "&")))
    assert [page.count("Called in vain") for page in pages] == [20, 20, 5]


async def test_the_workspace_shows_who_waits(site, anna):
    item = await miss(site.history, "+79161000001", name="Olga Petrova")
    for path in ("/", "/workspace/missed"):
        assert f"/missed/{item.id}" in await anna.text(path), path
    for n in range(9):
        await miss(site.history, f"+7916999{n:04}")
    assert "All 10 missed callers" in await anna.text("/workspace/missed")


async def test_screens_hear_of_a_change(site, anna):
    watcher = site.app[keys.FEED].watch(site.history.users["boris"].id, "operator")
    await watcher.take()
    item = await miss(site.history)
    await anna.post(f"/missed/{item.id}/claim")
    heard = []

    async def twice():
        heard.extend(await watcher.take())
        return len([one for one in heard if b'"type":"missed"' in one]) > 1

    await until(twice)
    assert all(str(item.id).encode() in one for one in heard if b'"type":"missed"' in one)


async def test_others_items_are_not_there_for_an_operator(site, anna, boris):
    item = await miss(site.history)
    async with site.store.begin() as tx:
        await tx.missed.save(replace(item, owner_id=site.history.users["clara"].id))
    assert rows(await anna.text("/missed")) == []
    assert (await anna.get(f"/missed/{item.id}")).status == 404
    assert (await anna.get(f"/missed/{item.id}/attempts")).status == 404
    for verb in ("claim", "release", "call", "give-up", "reopen"):
        assert (await boris.post(f"/missed/{item.id}/{verb}", {"reason": "x"})).status == 404, verb
    assert rows(await (await site.browser("sofia")).text("/missed")) == [str(item.id)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_a_supervisor_takes_what_a_filter_shows_as_a_file(site, boris, kind):
    sofia = await site.browser("sofia")
    waits = await miss(site.history, "+79169990001", ago=timedelta(days=40), n=3)
    given_up = await miss(site.history, "+79169990002")
    assert (await sofia.post(f"/missed/{given_up.id}/give-up", {"reason": "=1+1"})).status == 303
    assert 'name="list" value="missed"' in await sofia.text("/missed?view=closed")
    assert 'action="/exports"' not in await boris.text("/missed")
    assert (await boris.post("/exports", {"list": "missed", "query": "", "format": kind})).status == 403
    files = {}
    for query in ("view=open", "view=closed"):
        answer = await sofia.post("/exports", {"list": "missed", "query": query, "format": kind})
        assert "missed-" in answer.headers["Content-Disposition"]
        files[query] = await answer.read()
    if kind == "xlsx":
        assert all(body.startswith(b"PK") for body in files.values())
        return
    opened, closed = (files[query].decode("utf-8-sig").splitlines() for query in ("view=open", "view=closed"))
    assert [len(opened), len(closed)] == [2, 2]
    assert waits.e164 in opened[1]
    assert "Waits" in opened[1]
    assert given_up.e164 in closed[1]
    assert "'=1+1" in closed[1], "no formula of somebody's"


async def test_a_long_ledger_is_written_page_by_page(site, monkeypatch):
    monkeypatch.setattr("web.lists.export.PAGE", 7)
    sofia = await site.browser("sofia")
    items = [await miss(site.history, f"+7916999{n:04}", ago=timedelta(minutes=90 - n)) for n in range(20)]
    answer = await sofia.post("/exports", {"list": "missed", "query": "", "format": "csv"})
    rows = (await answer.read()).decode("utf-8-sig").splitlines()[1:]
    assert [one.e164 in row for one, row in zip(items, rows, strict=True)] == [True] * 20
