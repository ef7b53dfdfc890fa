# SPDX-License-Identifier: Apache-2.0
"""The verbs of the contract on a real Asterisk: answers arrive as they are, and without answers calls go on."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest

from config.agi import AgiParts, agi_handlers
from crm_core.domain.outbound import OutboundSettings
from crm_core.usecases.decide_route import RouteSettings
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.fastagi import FastAgiServer
from tests.live.lab import DID, OLGA
from tests.support.routing import IVAN, FakePbx, a_desk, a_house, rules_of

NASTY = "O'Hara, \"Ltd\" ${SYSTEM(touch x)} $[1+1] \\ =^&| Олена"
PLAN = """
[test-identify]
exten => s,1,Set(ROLODIAL_DID=+74951112233)
 same => n,Set(ROLODIAL_LANGUAGE=uk)
 same => n,Gosub(rolodial-identify,s,1)
 same => n,Set(GLOBAL(TEST_SAID)=${GOSUB_RETVAL};${ROLODIAL_KNOWN};${ROLODIAL_MANAGER};${ROLODIAL_SPEAKS};${ROLODIAL_CALL})
 same => n,Set(GLOBAL(TEST_NAME)=${ROLODIAL_NAME})
 same => n,Hangup()
"""


@asynccontextmanager
async def crm(lab, *, outbound=None, kept=None, house=None, rules=None):
    """The handlers of the product at the lab's address."""
    kept = [] if kept is None else kept
    rules = rules or rules_of({"id": "all", "step": [{"to": "queue", "queue": "default", "seconds": 5}]})
    desk = a_desk(house, rules=rules, kept=kept, pbx=FakePbx(), settings=RouteSettings(hold_ms=0))
    parts = AgiParts(
        desk=desk,
        outbound=outbound or OutboundSettings(),
        clock=lambda: datetime.now(UTC),
        ready=lambda: True,
        syncs={},
    )
    server = FastAgiServer(
        FastAgiSettings(port=int(lab.plan.agi.rsplit(":", 1)[1])), agi_handlers(parts)
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
async def plan_of_ones_own(lab):
    """A context beside ours, as a site would write it."""
    lines, exten = [], "s"
    for number, line in enumerate(PLAN.strip().splitlines()[1:], 1):
        app = line.partition(",1," if number == 1 else "n,")[2]
        lines.append(f"dialplan add extension {exten},{number},{app} into test-identify replace")
    for line in lines:
        name, _, args = line.partition(f"{exten},")[2].partition("(")
        place, _, app = name.partition(",")
        said = await lab.pbx.cli(
            f'dialplan add extension {exten},{place},{app},"{_escaped(args.rpartition(") into")[0])}" '
            "into test-identify replace"
        )
        assert "added" in said, said
    yield
    await lab.pbx.cli("dialplan remove context test-identify")


def _escaped(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


async def said(lab, name):
    text = await lab.pbx.cli("dialplan show globals")
    found = [line for line in text.splitlines() if line.strip().startswith(f"{name}=")]
    return found[0].strip().partition("=")[2] if found else None


async def identify(lab):
    await lab.pbx.cli("dialplan set global TEST_SAID none")
    await lab.pbx.cli("channel originate Local/s@test-identify/n application Wait 1")

    async def done():
        value = await said(lab, "TEST_SAID")
        return value if value not in {"none", None} else None

    return (await lab.until(done)).split(";")
