# SPDX-License-Identifier: Apache-2.0
"""The CRM is dead, stopped, silent or wrong: the call goes on within half a second, by AstDB or the default queue."""

import asyncio
import sys
import time

import pytest

from tests.live.lab import DID, OLGA


async def seconds_to_invite(lab, phone, client):
    """From the client's INVITE to the phone's."""
    await lab.until(lambda: "INVITE sip:" in phone.messages(), 10)
    return phone.invited_at() - client.sent_at()


async def known_to_astdb(lab, number=OLGA, steps="dial^15^101:PJSIP/101"):
    for key, value in (("live", "v7"), (f"v7/{number}", "4"), ("v7/list/4", steps)):
        await lab.pbx.cli(f'database put rolodial {key} "{value}"')


async def test_nobody_listens_so_the_default_queue_rings(lab):
    clara = await lab.phone("103")
    client = await lab.client(seconds=1)
    assert await seconds_to_invite(lab, clara, client) < 0.5
    assert await client.done() == 0
    assert lab.road() == "failed-default"


async def test_nobody_listens_so_the_manager_in_astdb_rings(lab):
    await known_to_astdb(lab)
    anna = await lab.phone("101")
    client = await lab.client(seconds=1, caller="89161000001")
    assert await seconds_to_invite(lab, anna, client) < 0.5
    assert await client.done() == 0
    assert lab.road() == "failed-astdb"


@pytest.mark.parametrize("caller", ["89165550000", "anonymous"])
async def test_who_has_no_list_goes_where_the_number_they_called_leads(lab, caller):
    await known_to_astdb(lab)
    await lab.pbx.cli(f'database put rolodial "v7/did/{DID}" "5"')
    await lab.pbx.cli('database put rolodial "v7/list/5" "dial^15^102:PJSIP/102"')
    await lab.phone("102")
    client = await lab.client(seconds=1, caller=caller)
    assert await client.done() == 0
    assert lab.road() == "failed-astdb"
    assert [step.split("^")[1] for step in lab.walked()] == ["dial"]


async def test_a_list_of_its_own_comes_before_that_of_the_number_called(lab):
    await known_to_astdb(lab)
    await lab.pbx.cli(f'database put rolodial "v7/did/{DID}" "5"')
    await lab.pbx.cli('database put rolodial "v7/list/5" "dial^15^102:PJSIP/102"')
    anna = await lab.phone("101")
    client = await lab.client(seconds=1, caller="89161000001")
    assert await seconds_to_invite(lab, anna, client) < 0.5
    assert await client.done() == 0


async def test_a_list_of_steps_in_astdb_is_walked_and_then_the_default_queue(lab):
    await known_to_astdb(lab, steps="dial^5^104:PJSIP/104|dial^2^102:PJSIP/102")
    await lab.phone("102", "no_answer")
    await lab.phone("103")
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    assert [step.split("^")[1] for step in lab.walked()] == ["dial", "dial", "queue"]


async def test_a_silent_crm_costs_300_ms_and_then_nothing(lab, agi):
    agi.manner = "silent"
    await known_to_astdb(lab)
    anna = await lab.phone("101")
    client = await lab.client(seconds=1)
    assert 0.25 < await seconds_to_invite(lab, anna, client) < 0.5
    assert await client.done() == 0
    assert lab.road() == "late-astdb"
    anna = await lab.phone("101")
    client = await lab.client(seconds=1)
    assert await seconds_to_invite(lab, anna, client) < 0.1
    assert await client.done() == 0
    assert len(agi.asked) == 1


async def test_who_was_away_when_the_crm_died_is_rung_again_after_half_an_hour(lab):
    await lab.pbx.cli("devstate change Custom:rolodial-103 BUSY")
    clara = await lab.phone("103")
    client = await lab.client(seconds=2)
    assert await client.done() == 0
    assert "INVITE" not in clara.messages()
    await lab.until(lab.is_quiet)
    await lab.pbx.cli(f"dialplan set global ROLODIAL_SEEN {int(time.time()) - 1801}")
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    assert await clara.done() == 0


async def test_the_breaker_closes_again(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101"]
    await lab.pbx.cli(f"dialplan set global ROLODIAL_OFF_UNTIL {int(time.time()) + 1}")
    await asyncio.sleep(2)
    await lab.phone("101")
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    assert lab.road() == "good"


async def test_an_answer_without_steps_counts_as_none(lab, agi):
    agi.manner = "close"
    for _ in range(2):
        await lab.phone("103")
        client = await lab.client(seconds=1)
        assert await client.done() == 0
    assert lab.road() == "empty-default"
    assert len(agi.asked) == 1, "a CRM that has no plan is not asked for a while either"


async def test_a_crm_stopped_with_sigstop_loses_no_call(lab):
    port = lab.plan.agi.rsplit(":", 1)[1]
    code = (
        "import os,signal,socket; s=socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);"
        f"s.bind(('127.0.0.1',{port})); s.listen(100); print('up', flush=True); os.kill(os.getpid(), signal.SIGSTOP)"
    )
    stopped = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    try:
        await stopped.stdout.readline()
        clara = await lab.phone("103")
        client = await lab.client(seconds=1)
        assert await seconds_to_invite(lab, clara, client) < 0.5
        assert await client.done() == 0
    finally:
        stopped.kill()
        await stopped.communicate()


async def test_a_caller_who_hangs_up_while_the_crm_is_silent_is_gone_within_a_second(lab, agi):
    agi.manner = "silent"
    client = await lab.client("cancel_unrung", seconds=0.1)
    assert await client.done() == 0
    await lab.until(lab.is_quiet, 1)


@pytest.mark.parametrize(
    ("caller", "name"),
    [
        ("'; DROP TABLE call; --", ""),
        ("1'OR'1'='1", '"<img src=x onerror=alert(1)>"'),
        ("500&PJSIP/900@trunk", ""),
        ("${SHELL(touch /tmp/rolodial-owned)}", '"${SHELL(touch /tmp/rolodial-owned)}"'),
        ("9" * 300, '"' + "N" * 300 + '"'),
        ("anonymous", '"Anonymous"'),
        ("$[1+1]", '"Иван \\"Пётр\\", System(id)"'),
    ],
)
async def test_a_hostile_caller_is_a_caller(lab, caller, name):
    """The way through AstDB and the queue is the one where the dialplan itself handles the number."""
    await known_to_astdb(lab)
    await lab.phone("103")
    safe = (
        caller.replace(" ", "%20")
        .replace("@", "%40")
        .replace("<", "%3C")
        .replace("[", "%5B")
        .replace("]", "%5D")
    )
    safe = safe.replace("{", "%7B").replace("}", "%7D")
    client = await lab.client(seconds=1, caller=safe, NAME=f"{name} ")
    assert await client.done() == 0
    log = await lab.log()
    assert "rolodial-owned" not in "".join(line for line in log.splitlines() if "func_shell" in line)
    assert lab.road() == "failed-default"
