# SPDX-License-Identifier: Apache-2.0
"""Lists as people use them: filters, sorts, columns, views, paging and files."""

import asyncio
import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from html import unescape

import pytest

from crm_core.domain.client import Contact
from crm_core.domain.ids import new_id
from crm_core.domain.listing import JobState
from web.pages import exports

LISTS = ["contacts", "companies", "orders", "calls", "leads"]
HOSTILE = '=HYPERLINK("http://evil","<script>alert(1)</script>")'


def rows_of(html):
    return re.findall(r'<tr data-href="([^"]+)"', html)


@pytest.mark.parametrize(
    ("name", "query"),
    [("contacts", "tag=%00"), ("companies", "band=a%00b"), ("deals", "stage=%00"), ("orders", "number=%00")],
)
async def test_a_nul_in_a_filter_is_left_out_wherever_it_is_read(site, name, query):
    admin = await site.browser("admin")
    assert "Not understood and left out" in await admin.text(f"/{name}?{query}")
    for path in ("/exports", "/views"):
        sent = {"list": name, "name": "A view", "format": "csv", "query": query}
        assert (await admin.post(path, sent)).status < 400


@pytest.mark.parametrize("name", LISTS)
async def test_every_list_shows_what_there_is(site, name):
    sofia = await site.browser("sofia")
    html = await sofia.text(f"/{name}")
    assert rows_of(html)
    assert 'aria-current="true"' in html  # the chip of what is shown


@pytest.mark.parametrize("name", LISTS)
async def test_nonsense_is_named_and_left_out(site, name):
    sofia = await site.browser("sofia")
    asked = "from=yesterday&sort=<b>&cols=none,of,these&status=%00&direction=up&manager=x&archived=7"
    html = await sofia.text(f"/{name}?{asked}")
    assert "Not understood and left out" in html
    assert rows_of(html)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("after", ["x", "AAAA", "é", "A" * 3000, "1_2"])
async def test_a_place_that_is_none_is_refused(site, name, after):
    sofia = await site.browser("sofia")
    assert (await sofia.get(f"/{name}?after={after}")).status == 422


async def test_contacts_are_read_to_the_end_in_every_order(site):
    now = datetime.now(UTC)
    made = [Contact(id=new_id(now), name=f"Zed {i % 9}", created_at=now, updated_at=now) for i in range(120)]
    async with site.store.begin() as tx:
        await tx.clients.save_contacts(made)
    sofia = await site.browser("sofia", **{"HX-Request": "true"})
    for sort in ("", "&sort=-name", "&sort=created", "&sort=-created"):
        path, seen = f"/contacts?q=zed{sort}", []
        while path:
            html = await sofia.text(path)
            seen += rows_of(html)
            more = re.search(r'hx-get="(/contacts\?[^"]*after=[^"]+)"', html)
            path = unescape(more[1]) if more else None
        assert len(seen) == len(set(seen)) == 120, sort


async def test_mine_and_nobodys(site):
    anna = await site.browser("anna")
    mine = rows_of(await anna.text("/contacts?manager=me"))
    assert f"/contacts/{site.history.contacts['Olga Petrova'].id}" in mine
    assert not set(mine) & set(rows_of(await anna.text("/contacts?manager=none")))


async def test_columns_are_chosen_and_stand_in_the_address(site):
    sofia = await site.browser("sofia")
    answer = await sofia.get("/contacts?choose=1&col=email&col=position&q=olga")
    assert answer.status == 303
    there = answer.headers["Location"]
    html = await sofia.text(there)
    heads = re.findall(r"<th.*?</th>", html, re.DOTALL)
    assert len(heads) == 3
    assert "q=olga" in there
    assert (
        await sofia.get(f"{there}&choose=1&col=company&col=phone&col=email&col=manager&col=created")
    ).headers["Location"] == "/contacts?q=olga"


async def test_a_view_is_kept_by_name_and_removed(site):
    sofia, anna = await site.browser("sofia"), await site.browser("anna")
    form = {"list": "calls", "name": "<b>Missed</b> by us", "query": "missed=1&bogus=2"}
    answer = await sofia.post("/views", form)
    assert answer.headers["Location"] == "/calls?missed=1&said=view-kept"
    html = await sofia.text("/calls")
    assert "&lt;b&gt;Missed&lt;/b&gt; by us" in html
    assert "by us" not in await anna.text("/calls")
    remove = re.search(r'action="(/views/[^"]+/remove)"', html)[1]
    assert (await anna.post(remove)).status == 404
    assert (await sofia.post(remove)).status == 303
    assert "by us" not in await sofia.text("/calls")


# --- files


async def hostile_contact(site):
    now = datetime.now(UTC)
    contact = Contact(id=new_id(now), name=HOSTILE, created_at=now, updated_at=now, position="@SUM(1)")
    async with site.store.begin() as tx:
        await tx.clients.save_contacts([contact])


async def test_a_csv_has_no_formulas(site):
    await hostile_contact(site)
    sofia = await site.browser("sofia")
    form = {"list": "contacts", "query": "cols=position,phone", "format": "csv"}
    answer = await sofia.post("/exports", form)
    assert "attachment" in answer.headers["Content-Disposition"]
    table = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    assert table[0] == ["Name", "Position", "Phone"]
    assert ["'" + HOSTILE, "'@SUM(1)", ""] in table
    assert not [cell for row in table for cell in row if cell[:1] in "=+-@" and cell]


async def test_an_xlsx_has_texts_where_texts_were(site):
    await hostile_contact(site)
    sofia = await site.browser("sofia")
    answer = await sofia.post("/exports", {"list": "contacts", "query": "", "format": "xlsx"})
    sheet = zipfile.ZipFile(io.BytesIO(await answer.read())).read("xl/worksheets/sheet1.xml").decode()
    assert "HYPERLINK" in sheet
    assert "<f>" not in sheet


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_every_list_goes_into_a_file(site, name, kind):
    sofia = await site.browser("sofia")
    answer = await sofia.post("/exports", {"list": name, "query": "", "format": kind})
    assert answer.status == 200
    assert f"{name}-" in answer.headers["Content-Disposition"]


async def finished(site):
    async with asyncio.timeout(60):
        while True:
            async with site.store.read() as tx:
                [job] = await tx.exports.of_user(site.history.users["sofia"].id, 1)
            if job.state in {JobState.DONE, JobState.FAILED}:
                return job
            await asyncio.sleep(0.05)


async def test_a_long_list_is_written_by_a_job_for_its_owner(site, monkeypatch):
    monkeypatch.setattr(exports, "_AT_ONCE", 3)
    sofia, admin = await site.browser("sofia"), await site.browser("admin")
    answer = await sofia.post("/exports", {"list": "calls", "query": "direction=inbound", "format": "csv"})
    assert answer.headers["Location"] == "/calls?direction=inbound&said=export-begun"
    job = await finished(site)
    assert (job.state, job.rows) == (JobState.DONE, job.total)
    assert f"/exports/{job.id}/file" in await sofia.text(f"/exports/{job.id}")
    table = (await (await sofia.get(f"/exports/{job.id}/file")).read()).decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(table)))) == job.total + 1
    assert (await admin.get(f"/exports/{job.id}/file")).status == 404
    async with site.store.read() as tx:
        [entry] = await tx.audit.of("calls", job.id)
    assert (entry.action, entry.after["rows"]) == ("export", job.total)


async def test_operators_take_no_lists_away(site):
    anna = await site.browser("anna")
    assert (await anna.post("/exports", {"list": "contacts", "query": "", "format": "csv"})).status == 403
    assert 'action="/exports"' not in await anna.text("/contacts")
