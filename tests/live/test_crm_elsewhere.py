# SPDX-License-Identifier: Apache-2.0
"""A CRM on another host is asked over HTTP: calls go the same ways, and a host that swallows all holds nobody up."""

import contextlib
import socket
from urllib.parse import unquote

import pytest

from pbx_bridge.agi_lines import AgiRequest, Answer
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.ask_http import AskServer
from pbx_bridge.fastagi import FastAgiStats
from tests.live.test_crm_away import is_met_once, known_to_astdb, seconds_to_ring

CALL = "018f6c3e-0000-7000-8000-000000000001"


@pytest.fixture
async def elsewhere(lab):
    """Answers route; `asked` is what the PBX said, `answer` what it hears."""
    house = House()
    server = AskServer(FastAgiSettings(http_port=0), {"route": house}, FastAgiStats())
    await server.start()
    await lab.pbx.cli(f"dialplan set global ROLODIAL_HTTP http://127.0.0.1:{server.port}")
    yield house
    await lab.pbx.cli("dialplan set global ROLODIAL_HTTP -")
    await server.stop()


class House:
    def __init__(self) -> None:
        self.asked: list[AgiRequest] = []
        self.steps = ["dial^15^101:PJSIP/101"]
        self.name = "Olga"

    def __call__(self, request) -> Answer:
        self.asked.append(request)
        steps = {f"ROLODIAL_S{number}": step for number, step in enumerate(self.steps, 1)}
        made = {"ROLODIAL_CALL": CALL, **steps, "ROLODIAL_STEPS": str(len(steps)), "ROLODIAL_ANSWER": "route"}
        return Answer(made, {"ROLODIAL_NAME": self.name})


async def test_a_call_goes_as_it_is_told_and_shows_the_name(lab, elsewhere):
    elsewhere.name = "Ольга, O'Brien & «Söhne» (100 %) = +1"
    anna = await lab.phone("101")
    client = await lab.client(seconds=1, caller="+79161000001")
    assert await client.done() == 0
    assert await lab.road() == "good"
    assert f'"{elsewhere.name}" <sip:' in anna.messages()
    asked = elsewhere.asked[0]
    assert asked.env["agi_callerid"] == "+79161000001"
    assert asked.args[0] == "main"
    assert asked.args[2] == "+74951112233"
    assert asked.env["agi_channel"].startswith("PJSIP/trunk-")


async def test_a_crm_without_an_answer_is_not_asked_again_at_once(lab, elsewhere):
    elsewhere.steps = []
    for _ in range(2):
        await lab.phone("103", "answer_and_hang_up", seconds=0.3)
        client = await lab.client("call_until_bye")
        assert await client.done() == 0
    assert await lab.road() == "empty-default"
    assert len(elsewhere.asked) == 1


@pytest.fixture
async def swallowed(lab):
    """A port whose queue is full: no SYN is answered, as by a host that is gone."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)  # noqa: FBT003 - its own name
            with contextlib.suppress(BlockingIOError):
                one.connect(listener.getsockname())
        await lab.pbx.cli(f"dialplan set global ROLODIAL_HTTP http://127.0.0.1:{listener.getsockname()[1]}")
        yield
        await lab.pbx.cli("dialplan set global ROLODIAL_HTTP -")


async def test_a_host_that_swallows_all_costs_a_quarter_of_a_second_and_then_nothing(lab, swallowed):
    await known_to_astdb(lab)
    assert 0.15 < await seconds_to_ring(lab, "101", 0.5) < 0.5
    assert await lab.road() == "failed-astdb"
    await is_met_once(lab, "101")


async def test_a_silent_one_costs_300_ms(lab):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes the connect and says nothing
        await lab.pbx.cli(f"dialplan set global ROLODIAL_HTTP http://127.0.0.1:{silent.getsockname()[1]}")
        try:
            assert 0.25 < await seconds_to_ring(lab, "103", 0.5) < 0.5
        finally:
            await lab.pbx.cli("dialplan set global ROLODIAL_HTTP -")
    assert await lab.road() == "failed-default"


@pytest.mark.parametrize(
    ("caller", "name"),
    [
        ("'; DROP TABLE call; --", '"x&callerid=112&heard=route"'),
        ("${SHELL(touch /tmp/rolodial-owned)}", '"${SHELL(touch /tmp/rolodial-owned)}"'),
        ("1)},x&y=z", '"a,b)}%26, %41 \\"c\\""'),
        ("9" * 300, '"' + "N" * 300 + '"'),
    ],
)
async def test_a_hostile_caller_is_a_caller_here_too(lab, elsewhere, caller, name):
    await lab.phone("101")
    safe = "".join(one if one.isalnum() else f"%{ord(one):02X}" for one in caller)
    client = await lab.client(seconds=1, caller=safe, NAME=f"{name} ")
    assert await client.done() == 0
    log = await lab.log()
    assert "rolodial-owned" not in "".join(line for line in log.splitlines() if "func_shell" in line)
    assert await lab.road() == "good"
    said = elsewhere.asked[0].env
    assert said["agi_channel"].startswith("PJSIP/trunk-")
    assert unquote(safe).startswith(said["agi_callerid"][:10])
    assert len(elsewhere.asked[0].args) == 7
