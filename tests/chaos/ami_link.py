# SPDX-License-Identifier: Apache-2.0
"""The connection to AMI: cut, reset, silent, stalled, away, split, mixed up, flooded, full of nonsense."""

import asyncio
import re
from contextlib import asynccontextmanager

from tests.chaos.fault import fault, proved_by
from tests.chaos.pops import pops_in_time
from tests.chaos.stage import Stage, pause
from tests.integration.fake_ami_server import event

_AS_1 = "reconnect <= 3 s; resync by CoreShowChannels; the screen says 'no connection' meanwhile"


@asynccontextmanager
async def comes_back(stage: Stage, within: float, said: list[str]):
    """Who looks at a screen sees the connection go and come; every channel is asked for again."""
    before = stage.proxy.actions["CoreShowChannels"]
    async with stage.screen("sofia") as (_, screen):
        yield
        seen = await _gone_and_back(screen, 40)
        lost, back = seen
        assert back - lost <= within, f"back after {back - lost:.1f} s"
        await stage.floor.until(lambda: stage.proxy.actions["CoreShowChannels"] > before, 5)
        said.append(f"back {back - lost:.1f} s after it was noticed, the screen said so")
        await stage.product.ready()


async def _gone_and_back(screen, within: float) -> tuple[float, float]:
    lost, _ = await screen.frame("pbx", within, state="disconnected")
    back, _ = await screen.frame("pbx", within, state="connected")
    return lost, back


@fault(1, "AMI closed (FIN) in mid-call", _AS_1)
async def closed(stage: Stage) -> str:
    said: list[str] = []
    await stage.talking()
    async with comes_back(stage, 3, said):
        stage.proxy.pipe.close()
    await pause(4)
    return said[0]


@fault(2, "AMI reset in mid-frame", "as 1; half a frame is thrown away")
async def reset(stage: Stage) -> str:
    said: list[str] = []
    await stage.talking()
    async with comes_back(stage, 3, said):
        stage.proxy.pipe.half_then_reset = True
    await pause(4)
    return said[0]


@fault(3, "silent AMI (half-open)", "noticed <= 15 s, reconnect")
async def silent(stage: Stage) -> str:
    await stage.talking()
    async with stage.screen("sofia") as (_, screen):
        loop = asyncio.get_running_loop()
        began = loop.time()
        stage.proxy.pipe.flows.clear()
        await screen.frame("pbx", 30, state="disconnected")
        noticed = loop.time() - began
        assert noticed <= 15, f"noticed after {noticed:.1f} s"
        await screen.frame("pbx", 30, state="connected")
        back = loop.time() - began
    await pause(4)
    return f"noticed after {noticed:.1f} s, back after {back:.1f} s"


@fault(4, "AMI stalls 4 s and 30 s, goes on", "no false 'lost', order kept")
async def stalls(stage: Stage) -> str:
    before = stage.proxy.connections
    await _stalled(stage, 4)
    await pause(4)
    assert stage.proxy.connections == before, "a stall of 4 s cost the connection"
    await _stalled(stage, 30)
    await stage.ready_within(20)
    await pause(4)
    return "4 s: the same connection; 30 s: taken for silence, and a new one"


async def _stalled(stage: Stage, seconds: float) -> None:
    await stage.talking()
    stage.proxy.flows.clear()
    await pause(seconds)
    stage.proxy.flows.set()


proved_by(
    5, "wrong secret, many times", "back-off to >= 30 s, no storm, a clear message to the admin",
    "tests/integration/pbx_bridge/test_ami_link.py::test_a_wrong_secret_is_named_and_tried_ever_more_seldom",
)  # fmt: skip


@fault(6, "AMI away (25 s for 2 h)", "calls of the gap filled from CDR/CEL or shown as a gap, never invented")
async def away(stage: Stage) -> str:
    await stage.talking()
    await stage.proxy.stop()
    await pause(25)
    await stage.proxy.listen()
    back = await stage.ready_within(40)
    await pause(4)
    return f"back {back:.0f} s after the PBX was"


@fault(7, "the product starts in mid-call", "the call appears with what is known, ends at the hangup", load=2)
async def attach_late(stage: Stage) -> str:
    """Without its journal, which would know of the call."""
    stage.product.kill()
    phone = await stage.floor.phone("101")
    number = stage.product.client("101")
    client = await stage.floor.client(caller=number, seconds=12)
    await stage.floor.until(lambda: stage.floor.state_is("PJSIP/101", "InUse"), 15)
    for segment in (stage.product.home / "journal/main").glob("*.amij*"):
        segment.unlink()
    stage.product.start()
    await stage.product.ready()
    async with stage.screen("anna") as (_, screen):
        _, snapshot = await screen.frame("snapshot")
        shown = re.search(re.escape(number[-7:]), str(snapshot)) is not None
        assert client.running, "the product started too late for this"
        await client.done(20)
    kept = await stage.product.ended(number, 20)
    await phone.done(10)
    assert shown, f"the screen did not show it: {snapshot}"
    assert kept.call.answered_by == "101", kept.call
    return f"shown, ended at the hangup, in doubt: {', '.join(kept.call.uncertain) or 'nothing'}"


@fault(10, "one byte per segment", "all facts, all letters", load=2, exact=True)
async def byte_by_byte(stage: Stage) -> str:
    before = stage.proxy.connections
    stage.proxy.segment = 1
    await pause(12)
    stage.proxy.segment = None
    assert stage.proxy.connections == before
    return "12 s, byte by byte, the same connection"


@fault(11, "neighbouring events of different channels swapped", "all facts", exact=True)
async def swapped(stage: Stage) -> str:
    swaps = 0

    def swap(frames: list[bytes]) -> list[bytes]:
        nonlocal swaps
        out = list(frames)
        for i in range(0, len(out) - 1, 2):
            one, other = _channels(out[i]), _channels(out[i + 1])
            if one and other and not one & other:
                out[i], out[i + 1] = out[i + 1], out[i]
                swaps += 1
        return out

    stage.proxy.reshape = swap
    await pause(20)
    stage.proxy.reshape = None
    return f"{swaps} swapped in 20 s"


def _channels(frame: bytes) -> set[bytes]:
    """Those an event concerns; nothing for an answer, whose place is its own."""
    if not frame.startswith(b"Event: "):
        return set()
    return set(
        re.findall(
            rb"^(?:Dest|Orig|Transferer|Second)?(?:Uniqueid|Linkedid|BridgeUniqueid): (\S+)",
            frame,
            re.MULTILINE,
        )
    )


@fault(12, "frames doubled", "all facts", exact=True)
async def doubled(stage: Stage) -> str:
    def double(frames: list[bytes]) -> list[bytes]:
        return [copy for one in frames for copy in ((one, one) if one.startswith(b"Event: ") else (one,))]

    stage.proxy.reshape = double
    await pause(15)
    stage.proxy.reshape = None
    return "each event twice for 15 s"


@fault(13, "flood of foreign events", "pop p95 <= 500 ms, connection kept", exact=True)
async def flood(stage: Stage) -> str:
    before = stage.proxy.connections
    said = 0

    async def pour() -> None:
        nonlocal said
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() - began < 20:
            await asyncio.sleep(0.02)
            due = int((loop.time() - began) * 5000) - said
            one = event("VarSet", Channel="PJSIP/x-1", Variable="A", Value="x" * 300, Uniqueid="9.9")
            stage.proxy.say(*[one] * due)
            said += due
            await stage.proxy.pipe.to_client.drain()

    p95 = await pops_in_time(stage, pour())
    assert stage.proxy.connections == before, "the connection was lost"
    return f"{said / 20:.0f} VarSet/s for 20 s, pops {p95}"


@fault(19, "headers missing, new, reordered, 1 MB value", "no crash; skipped and counted", exact=True)
async def nonsense(stage: Stage) -> str:
    before = stage.proxy.connections, await stage.metric("rolodial_ami_events_skipped_total")
    for _ in range(20):
        stage.proxy.say(
            b"\x00\xff garbage\r\n\r\n",
            event("Newchannel"), event("Hangup", Cause="16"), event("DialEnd", DestUniqueid=""),
            event("BridgeEnter", New="1", BridgeUniqueid="b", Uniqueid="nobody"),
            event("Newchannel", Linkedid="7.7", Channel="PJSIP/x-1", AppData="x" * 1_000_000, Uniqueid="7.7"),
            event("Newstate", ChannelState="not a number", Uniqueid="\udcff".encode("utf-8", "replace").decode()),
            b"Event: Newchannel\r\nEvent: Hangup\r\nno colon\r\n\r\n",
        )  # fmt: skip
        await pause(0.5)
    skipped = await stage.metric("rolodial_ami_events_skipped_total") - before[1]
    assert stage.alive()
    assert stage.proxy.connections == before[0], "the connection was lost"
    assert skipped >= 40, f"only {skipped:.0f} were counted"
    return f"160 wrong frames, {skipped:.0f} skipped and counted"
