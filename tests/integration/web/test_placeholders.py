# SPDX-License-Identifier: Apache-2.0
"""No page, in any language, prints a placeholder instead of what belongs there."""

import pytest

from tests.support.history import fill_more
from web.i18n.catalogues import NAMES


@pytest.mark.parametrize("language", NAMES)
async def test_no_page_prints_a_placeholder(site, language):
    await fill_more(site.history)
    history = site.history
    places = ["/", "/calls", "/calls?missed=1", "/leads", "/health", "/search?q=0001", "/workspace/missed"]
    places += [f"/contacts/{one.id}" for one in history.contacts.values()]
    places += [f"/companies/{one.id}" for one in history.companies.values()]
    places += [f"/leads/{one.id}" for one in history.leads.values()]
    places += [f"/calls/{one.id}" for one in history.calls.values()]
    places += [f"/workspace/before/contact/{one.id}" for one in history.contacts.values()]
    sofia = await site.browser("sofia", **{"Accept-Language": language})
    for place in places:
        text = await sofia.text(place)
        at = text.find("%(")
        assert at < 0, (place, text[max(0, at - 80) : at + 80])


@pytest.mark.parametrize("language", NAMES)
async def test_what_a_click_answers_names_the_number_and_the_call(site, language):
    from_htmx = {"Accept-Language": language, "HX-Request": "true", "Accept": "*/*"}
    anna = await site.browser("anna")
    answer = await anna.post("/calls/originate", {"number": "+79161000001"}, **from_htmx)
    text = await answer.text()
    assert answer.status == 200, text
    assert "%(" not in text
    assert "+7 916 100-00-01" in text
    assert '"rolodial:placed":{"call_id":' in answer.headers["HX-Trigger"]


async def test_a_refusal_is_told_to_a_script_in_the_readers_language(site):
    anna = await site.browser("anna", **{"Accept-Language": "ru", "Accept": "application/json"})
    answer = await anna.post("/calls/originate", {"number": "12*3"})
    assert answer.status == 422
    assert (await answer.json())["detail"] == "Этот номер нельзя набрать."
