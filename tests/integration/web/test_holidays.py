# SPDX-License-Identifier: Apache-2.0
"""A country's holidays come into the form of opening hours with one click, and are kept when it is saved."""

from datetime import UTC, datetime


async def test_they_are_put_into_the_form_and_kept_with_it(site):
    admin = await site.browser("admin")
    assert '<option value="RU" selected>Russia</option>' in await admin.text("/settings/hours/new")
    year = datetime.now(UTC).year
    sent = {"country": "ID", "special": f"{year}-01-01 10:00-12:00"}
    answer = await admin.post("/settings/holidays", sent)
    text = await answer.text()
    assert answer.status == 200
    lines = text.split("</textarea>")[0].split(">")[-1].split("\n")
    assert f"{year}-01-01 10:00-12:00" in lines
    assert f"{year}-01-01" not in lines
    assert f"{year + 1}-01-01" in lines
    hours = {"name": "office", "zone": "Europe/Kyiv", "mon": "09:00-18:00", "special": "\n".join(lines)}
    assert (await admin.post("/settings/hours", hours)).status == 303
    async with site.store.read() as tx:
        [office] = await tx.schedules.all()
    assert f"{year + 1}-01-01" in office.holidays


async def test_of_a_country_without_any_it_is_said(site):
    """In Ukraine holidays are working days since 2022."""
    answer = await (await site.browser("admin")).post(
        "/settings/holidays", {"country": "UA", "special": "01-07"}
    )
    text = await answer.text()
    assert "01-07</textarea>" in text
    assert "No public holidays of this country are known in these years." in text


async def test_an_unknown_country_and_who_is_no_admin_are_refused(site):
    admin, anna = await site.browser("admin"), await site.browser("anna")
    assert (await admin.post("/settings/holidays", {"country": "XX"})).status == 422
    assert (await anna.post("/settings/holidays", {"country": "RU"})).status == 403
