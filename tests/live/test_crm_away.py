# SPDX-License-Identifier: Apache-2.0
"""The CRM is dead, stopped, silent or wrong: the call goes on within half a second, by AstDB or the default queue."""

import asyncio
import sys
import time

import pytest

from tests.live.lab import DID, OLGA

_TRIES = 4


async def told(lab, event, channel=""):
    """The first row of that kind about a channel whose name begins so."""

    def found():
        return [row for row in lab.cel() if row["eventtype"] == event and row["channame"].startswith(channel)]

    return (await lab.until(found))[0]


async def seconds_to_ring(lab, extension, below, **words):
    """From the client's channel to the phone's, by Asterisk's own clock; what SIPp and we need does not count.

    Of the quickest of some calls, each of which meets the outage as the first does: a busy machine is late by itself.
    """
    for _ in range(_TRIES):
        await lab.pbx.cli("dialplan set global ROLODIAL_OFF_UNTIL 0")
        lab.mark_cel()
        await lab.phone(extension, "answer_and_hang_up", seconds=0.3)
        client = await lab.client("call_until_bye", **words)
        assert await client.done() == 0
        came, rang = await told(lab, "CHAN_START"), await told(lab, "CHAN_START", f"PJSIP/{extension}-")
        took = float(rang["eventtime"]) - float(came["eventtime"])
        if took < below:
            break
    return took


async def is_met_once(lab, extension):
    """The next call is not held up by an outage that is known."""
    lab.mark_cel()
    await lab.phone(extension)
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    assert (await lab.road()).startswith("off-")


async def known_to_astdb(lab, number=OLGA, steps="dial^15^101:PJSIP/101"):
    for key, value in (("live", "v7"), (f"v7/{number}", "4"), ("v7/list/4", steps)):
        await lab.pbx.cli(f'database put rolodial {key} "{value}"')


async def test_nobody_listens_so_the_default_queue_rings(lab):
    assert await seconds_to_ring(lab, "103", 0.5) < 0.5
    assert await lab.road() == "failed-default"


async def test_nobody_listens_so_the_manager_in_astdb_rings(lab):
    await known_to_astdb(lab)
    assert await seconds_to_ring(lab, "101", 0.5, caller="89161000001") < 0.5
    assert await lab.road() == "failed-astdb"


@pytest.mark.parametrize("caller", ["89165550000", "anonymous"])
async def test_who_has_no_list_goes_where_the_number_they_called_leads(lab, caller):
    await known_to_astdb(lab)
    await lab.pbx.cli(f'database put rolodial "v7/did/{DID}" "5"')
    await lab.pbx.cli('database put rolodial "v7/list/5" "dial^15^102:PJSIP/102"')
    await lab.phone("102")
    client = await lab.client(seconds=1, caller=caller)
    assert await client.done() == 0
    assert await lab.road() == "failed-astdb"
    assert await lab.walked_in_all() == ["dial"]


async def test_a_list_of_its_own_comes_before_that_of_the_number_called(lab):
    await known_to_astdb(lab)
    await lab.pbx.cli(f'database put rolodial "v7/did/{DID}" "5"')
    await lab.pbx.cli('database put rolodial "v7/list/5" "dial^15^102:PJSIP/102"')
    anna = await lab.phone("101")
    client = await lab.client(seconds=1, caller="89161000001")
    assert await client.done() == 0
    assert await anna.done() == 0


async def test_a_list_of_steps_in_astdb_is_walked_and_then_the_default_queue(lab):
    await known_to_astdb(lab, steps="dial^5^104:PJSIP/104|dial^2^102:PJSIP/102")
    await lab.phone("102", "no_answer")
    await lab.phone("103", "answer_and_hang_up", seconds=0.3)
    client = await lab.client("call_until_bye")
    assert await client.done() == 0
    assert await lab.walked_in_all() == ["dial", "dial", "queue"]


async def test_a_silent_crm_costs_300_ms_and_then_nothing(lab, agi):
    agi.manner = "silent"
    await known_to_astdb(lab)
    assert 0.25 < await seconds_to_ring(lab, "101", 0.5) < 0.5
    assert await lab.road() == "late-astdb"
    asked = len(agi.asked)
    await is_met_once(lab, "101")
    assert len(agi.asked) == asked


async def test_who_was_away_when_the_crm_died_is_rung_again_after_half_an_hour(lab):
    await lab.pbx.cli("devstate change Custom:rolodial-103 BUSY")
    await lab.knows("default", "103", "Busy")
    clara = await lab.phone("103", "answer_and_hang_up", seconds=0.3)
    client = await lab.client(seconds=2)
    assert await client.done() == 0
    assert "INVITE" not in clara.messages()
    await lab.until(lab.is_quiet)
    await lab.pbx.cli(f"dialplan set global ROLODIAL_SEEN {int(time.time()) - 1801}")
    client = await lab.client("call_until_bye")
    assert await client.done() == 0
    assert await clara.done() == 0


async def test_the_breaker_closes_again(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101"]
    until = int(time.time()) + 1
    await lab.pbx.cli(f"dialplan set global ROLODIAL_OFF_UNTIL {until}")
    await lab.until(lambda: time.time() >= until)
    await lab.phone("101")
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    assert await lab.road() == "good"


async def test_an_answer_without_steps_counts_as_none(lab, agi):
    agi.manner = "close"
    for _ in range(2):
        await lab.phone("103", "answer_and_hang_up", seconds=0.3)
        client = await lab.client("call_until_bye")
        assert await client.done() == 0
    assert await lab.road() == "empty-default"
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
        assert await seconds_to_ring(lab, "103", 0.5) < 0.5
    finally:
        stopped.kill()
        await stopped.communicate()


async def test_a_caller_who_hangs_up_while_the_crm_is_silent_is_gone_within_a_second(lab, agi):
    agi.manner = "silent"
    lived = []
    for _ in range(_TRIES):
        await lab.pbx.cli("dialplan set global ROLODIAL_OFF_UNTIL 0")
        lab.mark_cel()
        client = await lab.client("cancel_unrung", seconds=0.1)
        if await client.done():  # the 300 ms were over before they gave up: that is another case
            await lab.pbx.cli("channel request hangup all")
            await lab.until(lab.is_quiet)
            continue
        came = await told(lab, "CHAN_START")
        gone = await told(lab, "CHAN_END", came["channame"])  # the CRM is silent until the test is over
        lived.append(float(gone["eventtime"]) - float(came["eventtime"]))
        if lived[-1] < 1.1:
            return
    pytest.fail(f"they were gone after {lived} s")


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
    assert await lab.road() == "failed-default"
