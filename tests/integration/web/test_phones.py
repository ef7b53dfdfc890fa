# SPDX-License-Identifier: Apache-2.0
"""The page of phones: made, shown once, fetched once by a softphone, taken away; and what differs."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Extension
from crm_core.ports.pbx import DeviceState, PbxUnavailableError
from web import keys


class FakePhones:
    """Implements crm_core.ports.phones.Phones; the real one is tried in tests/live/test_phones.py."""

    pbx, server = "main", ("pbx.example", 5070)

    def __init__(self) -> None:
        self.accounts, self.away = {}, False

    def may_be(self, extension):
        return extension.startswith("1")

    async def put(self, extension, name, secret):
        if self.away:
            raise PbxUnavailableError("the PBX cannot be asked: refused")
        if not self.may_be(extension):
            raise InvalidInputError("the PBX rings no such phone")
        self.accounts[extension] = (name, secret)

    async def remove(self, extension):
        self.accounts.pop(extension, None)

    async def names(self):
        if self.away:
            raise PbxUnavailableError("the PBX cannot be asked: refused")
        return frozenset(self.accounts)


@pytest.fixture
async def phones(site):
    """Ours to make; Anna has the extension 101."""
    made, since = FakePhones(), datetime.now(UTC) - timedelta(days=1)
    async with site.store.begin() as tx:
        anna = site.history.users["anna"].id
        await tx.people.add_extension(
            Extension(id=new_id(since), user_id=anna, pbx="main", extension="101", valid_from=since)
        )
    site.app[keys.PHONES]["main"] = made
    return made


async def test_a_phone_is_made_and_its_secret_is_shown_and_fetched_once(site, phones):
    admin = await site.browser("admin")
    answer = await admin.post("/settings/phones/main/101")
    text = await answer.text()
    name, secret = phones.accounts["101"]
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert secret in text
    assert "pbx.example:5070" in text
    ((key, _),) = site.app[keys.SOFTPHONES]._waiting.items()
    fetched = await site.stranger().get(f"/phones/{key}")
    config = await fetched.text()
    assert fetched.headers["Cache-Control"] == "no-store"
    assert re.search(f'name="passwd"[^>]*>{re.escape(secret)}<', config)
    assert "sip:101@pbx.example:5070" in config
    assert name in config
    assert (await site.stranger().get(f"/phones/{key}")).status == 404
    assert secret not in await admin.text("/settings/phones")


async def test_a_new_secret_replaces_the_old_and_a_phone_is_taken(site, phones):
    admin = await site.browser("admin")
    await admin.post("/settings/phones/main/101")
    first = phones.accounts["101"]
    await admin.post("/settings/phones/main/101")
    assert phones.accounts["101"] != first
    assert (await admin.post("/settings/phones/main/101/remove")).status == 303
    assert phones.accounts == {}
    async with site.store.read() as tx:
        now = site.app[keys.CLOCK]()
        assert await tx.people.device_at("main", "PJSIP/101", now) is None
    await admin.post("/settings/phones/main/101")
    async with site.store.read() as tx:
        assert await tx.people.device_at("main", "PJSIP/101", site.app[keys.CLOCK]()) is not None


async def test_what_differs_is_named(site, phones):
    site.pbx.devices |= {"PJSIP/150": DeviceState.NOT_INUSE, "PJSIP/trunk": DeviceState.NOT_INUSE}
    text = await (await site.browser("admin")).text("/settings/phones")
    assert "PJSIP/150" in text
    assert "PJSIP/trunk" not in text
    assert "/settings/people/new?pbx=main&amp;extension=150" in text


async def test_who_is_dismissed_has_no_phone_any_more(site, phones):
    admin = await site.browser("admin")
    await admin.post("/settings/phones/main/101")
    anna = site.history.users["anna"].id
    assert (await admin.post(f"/settings/people/{anna}/dismiss", {"heir": "nobody"})).status == 303
    assert phones.accounts == {}


async def test_a_phone_that_is_nobodys_leads_to_the_form_of_its_person(site, phones):
    admin = await site.browser("admin")
    form = await admin.text("/settings/people/new?pbx=main&extension=150&device=PJSIP/150")
    assert 'value="150"' in form
    assert 'value="PJSIP/150"' in form


@pytest.mark.parametrize("address", ["main/999", "main/199", "elsewhere/101"])
async def test_what_cannot_be_made_says_why(site, phones, address):
    answer = await (await site.browser("admin")).post(f"/settings/phones/{address}")
    assert answer.status in {404, 409}
    assert phones.accounts == {}


async def test_a_pbx_that_is_away_is_said_and_nothing_is_written(site, phones):
    phones.away = True
    admin = await site.browser("admin")
    answer = await admin.post("/settings/phones/main/101")
    assert answer.status == 409
    assert "cannot be asked" in await answer.text()
    assert "cannot be asked" in await admin.text("/settings/phones")


async def test_only_administrators(site, phones):
    for login in ("anna", "supervisor"):
        if login in site.history.users:
            browser = await site.browser(login)
            assert (await browser.get("/settings/phones")).status == 403
            assert (await browser.post("/settings/phones/main/101")).status == 403
    assert phones.accounts == {}
