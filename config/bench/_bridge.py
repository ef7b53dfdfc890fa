# SPDX-License-Identifier: Apache-2.0
"""The bridge alone as a process: `python -m config.bench._bridge '{...}'` with the AMI settings and extensions.

Framing, journal, tracker and FastAGI as in `rolodial serve`; each call is sent to the next phone, and what the tracker
says is counted, not stored. Says 'ready', and at the end of its input how many calls it saw end.
"""

import asyncio
import itertools
import sys
from pathlib import Path

import orjson
import uvloop

from config.demo.data import PBX
from config.garbage import settle_garbage
from config.logging import set_up_logging
from crm_core.domain.call import CallEnded, CallEvent
from crm_core.ports.pbx import LinkState, PbxStatus
from pbx_bridge.agi_lines import AgiRequest, mset
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.bridge import Bridge
from pbx_bridge.fastagi import FastAgiServer, Script
from pbx_bridge.profile import PbxProfile
from pbx_bridge.settings import AmiSettings, JournalSettings


async def main(told: dict[str, object]) -> None:
    extensions = [str(one) for one in told["extensions"]]  # type: ignore[attr-defined] # a list
    turns = itertools.cycle(extensions)
    connected, ended = asyncio.Event(), itertools.count()

    def route(_request: AgiRequest) -> Script:
        one = next(turns)
        yield from mset({"ROLODIAL_S1": f"dial^15^{one}:PJSIP/{one}", "ROLODIAL_STEPS": "1"})

    async def on_call_event(event: CallEvent) -> None:
        if isinstance(event, CallEnded) and event.call.talk_s:
            next(ended)

    def on_state(status: PbxStatus) -> None:
        if status.state is LinkState.CONNECTED:
            connected.set()

    bridge = Bridge(
        PBX,
        AmiSettings(port=int(str(told["port"])), username=str(told["user"]), secret=str(told["secret"])),
        PbxProfile(trunks=("PJSIP/trunk",), extensions={f"PJSIP/{one}": one for one in extensions}),
        JournalSettings(directory=Path(str(told["journal"]))),
        on_call_event=on_call_event,
        on_state=on_state,
    )
    server = FastAgiServer(FastAgiSettings(port=int(str(told["agi"]))), {"route": route})
    await server.start()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bridge.run())
        await connected.wait()
        settle_garbage()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        running.cancel()
    await server.stop()
    sys.stdout.write(f"{next(ended)}\n")


if __name__ == "__main__":
    set_up_logging()
    uvloop.run(main(orjson.loads(sys.argv[1])))
