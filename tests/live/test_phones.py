# SPDX-License-Identifier: Apache-2.0
"""Phones made by Rolodial while the PBX runs: they register, are rung, ring others, outlive a restart, and go."""

import re
import time

import pytest

from config.asterisk.ports import free_port
from crm_core.domain.errors import InvalidInputError
from crm_core.ports.pbx import PbxUnavailableError
from pbx_bridge.ari_phones import AriPhones, AriSettings
from tests.live.lab import DID, OLGA
from tests.live.sip_phone import SipPhone

SECRET = "a-secret-of-a-phone"
HOST = "127.0.0.68"


def ari_of(plan, **words) -> AriPhones:
    words = {
        "url": f"http://127.0.0.1:{plan.ari_port}",
        "secret": plan.ari_secret,
        "extensions": r"2\d\d",
        **words,
    }
    return AriPhones("main", AriSettings(username="rolodial", **words))


@pytest.fixture
async def phones(lab):
    ari = ari_of(lab.plan)
    yield ari
    await ari.remove("201")


def phone(lab, secret=SECRET) -> SipPhone:
    return SipPhone("201", secret, (HOST, free_port(HOST)), (lab.plan.sip_host, lab.plan.sip_port), 1200.0)


async def registered(lab, eva):
    """A step asks for the state of a phone, which follows some time after the phone has heard its 200."""
    assert (await eva.register()).status == 200

    async def can_be_rung():
        return "NOT_INUSE" in await lab.pbx.cli("dialplan eval function DEVICE_STATE(PJSIP/201)")

    await lab.until(can_be_rung)


async def is_rung(lab, eva):
    """By a client who can hear at any moment that she hangs up; SIPp is not ready for it at once."""
    async with lab.client_with_keys() as client:
        theirs, call = await client.dial(DID), await eva.rung()
        await lab.until(lambda: lab.is_in_a_bridge("PJSIP/201"))
        await call.hang_up()
        await lab.until(theirs.over.is_set)


async def test_a_phone_is_made_registers_rings_and_is_rung(lab, agi, phones):
    await phones.put("201", 'Eva "; drop" <Novak>', SECRET)
    assert "201" in await phones.names()
    agi.steps = ["dial^15^201:PJSIP/201"]
    async with phone(lab) as eva:
        await registered(lab, eva)
        await is_rung(lab, eva)
        boris = await lab.phone("102")
        call = await eva.dial("102")
        await call.hang_up()
        assert await boris.done() == 0


async def test_who_was_away_on_such_a_phone_is_rung_again_when_the_crm_is_dead_for_long(lab, phones):
    await phones.put("201", "Eva", SECRET)
    for key, value in (("live", "v7"), (f"v7/{OLGA}", "4"), ("v7/list/4", "dial^5^201:PJSIP/201")):
        await lab.pbx.cli(f'database put rolodial {key} "{value}"')
    await lab.pbx.cli("devstate change Custom:rolodial-201 BUSY")
    await lab.pbx.cli("devstate change Custom:lamp BUSY")
    async with phone(lab) as eva:
        await registered(lab, eva)
        clara = await lab.phone("103", "answer_and_hang_up", seconds=0.3)
        client = await lab.client("call_until_bye")
        assert await client.done() == 0
        assert await clara.done() == 0
        assert eva.calls.empty(), "she said that she is away"
        await lab.until(lab.is_quiet)
        await lab.pbx.cli(f"dialplan set global ROLODIAL_SEEN {int(time.time()) - 1801}")
        await is_rung(lab, eva)
    states = await lab.pbx.cli("database show CustomDevstate")
    assert re.search(r"rolodial-201\s*: NOT_INUSE", states)
    assert re.search(r"lamp\s*: BUSY", states), "what is not ours stays"


async def test_a_phone_with_another_secret_is_not_let_in(lab, phones):
    await phones.put("201", "Eva", SECRET)
    async with phone(lab, "guessed") as eva:
        assert (await eva.register()).status == 401
    await phones.put("201", "Eva", "another-secret")
    async with phone(lab) as eva:
        assert (await eva.register()).status == 401


async def test_a_phone_that_was_removed_is_nobody(lab, phones):
    await phones.put("201", "Eva", SECRET)
    await phones.remove("201")
    assert "201" not in await phones.names()
    async with phone(lab) as eva:
        assert (await eva.register()).status == 401
    await phones.remove("201")


async def test_a_phone_outlives_a_restart_of_the_pbx(lab, phones, loop_thread):
    await phones.put("201", "Eva", SECRET)
    loop_thread.run(lab.pbx.stop())
    loop_thread.run(lab.pbx.start())
    async with phone(lab) as eva:
        assert (await eva.register()).status == 200


async def test_only_what_the_dialplan_rings_can_be_made(lab, phones):
    for extension in ("101", "2010", "20", "../x", "２01", ""):
        with pytest.raises(InvalidInputError):
            await phones.put(extension, "Eva", SECRET)


async def test_a_pbx_that_cannot_be_asked_says_so(lab):
    for wrong in ({"secret": "wrong"}, {"url": f"http://127.0.0.1:{free_port()}"}):
        with pytest.raises(PbxUnavailableError):
            await ari_of(lab.plan, **wrong).put("201", "Eva", SECRET)
