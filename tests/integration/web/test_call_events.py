# SPDX-License-Identifier: Apache-2.0
"""The events of a call for a bug report: for administrators only, and a plain word when there are none."""

import pytest

from crm_core.ports.call_events import NoEventsError
from web import keys


class Events:
    """Implements crm_core.ports.call_events.CallEvents."""

    def __init__(self, known) -> None:
        self.known = known

    async def masked(self, call):
        if call.id != self.known:
            raise NoEventsError(call=str(call.id))
        return b"AMIJ1 {}\n"


@pytest.fixture
async def told(make_site):
    site = await make_site()
    first, second, *_ = (one.id for one in site.history.calls.values())
    site.app._state[keys.CALL_EVENTS] = Events(first)
    return site, first, second


async def test_an_administrator_downloads_them_from_the_calls_page(told):
    site, first, second = told
    admin = await site.browser("admin")
    assert f'href="/calls/{first}/events"' in await admin.text(f"/calls/{first}")
    answer = await admin.get(f"/calls/{first}/events")
    assert (answer.status, await answer.read()) == (200, b"AMIJ1 {}\n")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="call-{first}.amij"'
    missing = await admin.get(f"/calls/{second}/events")
    assert missing.status == 400
    assert "The journal does not tell of this call" in await missing.text()


async def test_nobody_else_is_offered_them(told):
    site, first, _ = told
    for login in ("sofia", "anna"):
        browser = await site.browser(login)
        assert "/events" not in await browser.text(f"/calls/{first}")
        assert (await browser.get(f"/calls/{first}/events")).status == 403
