# SPDX-License-Identifier: Apache-2.0
"""Is FastAGI seen from the PBX: the probe that doctor runs there, and AstDB written over AGI."""

import pytest

from tests.live.ami import Ami


async def probe(lab):
    async with Ami(lab.plan) as ami:
        await ami.act(
            {"Action": "Originate", "Channel": "Local/probe@rolodial-sync/n", "Context": "rolodial-sync",
             "Exten": "idle", "Priority": "1", "Async": "true"}
        )  # fmt: skip

        async def told():
            answer = await ami.act({"Action": "Getvar", "Variable": "ROLODIAL_PROBE"})
            value = answer.partition("Value: ")[2].split("\r\n")[0]
            return value if value and not value.startswith("asked") else None

        return (await lab.until(told)).split("|")


@pytest.fixture
async def forgotten(lab):
    await lab.pbx.cli("dialplan set global ROLODIAL_PROBE asked")


async def test_the_probe_sees_the_crm_from_the_pbx(lab, forgotten, agi):
    verdict, milliseconds, why = await probe(lab)
    assert (verdict, why) == ("ok", "")
    assert float(milliseconds) > 0


async def test_the_probe_says_that_nobody_listens(lab, forgotten):
    assert (await probe(lab))[::2] == ["failed", "Connection refused"]


async def test_the_probe_says_that_the_crm_is_silent(lab, forgotten, agi):
    agi.manner = "silent"
    assert (await probe(lab))[::2] == ["failed", "it is silent"]


async def test_the_ami_user_has_no_more_rights_than_it_needs(lab):
    async with Ami(lab.plan) as ami:
        for action in ({"Action": "DBPut", "Family": "x", "Key": "y", "Val": "z"},
                       {"Action": "Command", "Command": "core show version"},
                       {"Action": "MixMonitor", "Channel": "x", "Command": "/bin/true"}):  # fmt: skip
            assert "Permission denied" in await ami.act(action)
