# SPDX-License-Identifier: Apache-2.0
"""The bridge alone as a process: `python -m config.bench._bridge '{...}'` with the AMI settings and extensions.

Framing, journal, tracker and FastAGI as in `rolodial serve`, and with `cel` the second witness too: its file read,
folded, and held against what the tracker said. Each call is sent to the next phone, and what is said of it is counted,
not stored. Says 'ready', and at the end of its input how many calls it saw end, and in how many both agreed.
"""

import asyncio
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson
import uvloop

from config.demo.data import PBX
from config.garbage import settle_garbage
from config.logging import set_up_logging
from crm_core.domain.call import CallEnded, CallEvent
from crm_core.ports.pbx import LinkState, PbxStatus
from crm_core.usecases.correct_call import RecentCalls
from pbx_bridge.agi_lines import AgiRequest, Answer
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.bridge import Bridge
from pbx_bridge.cel.watch import CelWatch, Due
from pbx_bridge.fastagi import FastAgiServer
from pbx_bridge.profile import PbxProfile
from pbx_bridge.settings import AmiSettings, JournalSettings


class Seen:
    """What both witnesses said, counted."""

    def __init__(self) -> None:
        self.ended = self.agreed = 0
        self._recent = RecentCalls()

    async def note(self, event: CallEvent) -> None:
        if isinstance(event, CallEnded):
            self._recent.note(event.call)
            self.ended += bool(event.call.talk_s)

    async def hold_against(self, due: Sequence[Due]) -> Sequence[Due]:
        self.agreed += sum(self._recent.agreeing(one.call) is not None for one in due)
        return ()


async def main(told: dict[str, object]) -> None:
    extensions = [str(one) for one in told["extensions"]]  # type: ignore[attr-defined] # a list
    turns = itertools.cycle(extensions)
    connected, seen = asyncio.Event(), Seen()

    def route(_request: AgiRequest) -> Answer:
        one = next(turns)
        return Answer({"ROLODIAL_S1": f"dial^15^{one}:PJSIP/{one}", "ROLODIAL_STEPS": "1"})

    def on_state(status: PbxStatus) -> None:
        if status.state is LinkState.CONNECTED:
            connected.set()

    profile = PbxProfile(trunks=("PJSIP/trunk",), extensions={f"PJSIP/{one}": one for one in extensions})
    bridge = Bridge(
        PBX,
        AmiSettings(port=int(str(told["port"])), username=str(told["user"]), secret=str(told["secret"])),
        profile,
        JournalSettings(directory=Path(str(told["journal"]))),
        on_call_event=seen.note,
        on_state=on_state,
    )
    server = FastAgiServer(FastAgiSettings(port=int(str(told["agi"]))), {"route": route})
    await server.start()
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(bridge.run())]
        if told["cel"]:
            place = Path(str(told["journal"])).with_suffix(".cel.json")
            watch = CelWatch(PBX, Path(str(told["cel"])), profile, place, seen.hold_against)
            running.append(tasks.create_task(watch.run()))
        await connected.wait()
        settle_garbage()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        for one in running:
            one.cancel()
    await server.stop()
    sys.stdout.write(f"{seen.ended} {seen.agreed}\n")


if __name__ == "__main__":
    set_up_logging()
    uvloop.run(main(orjson.loads(sys.argv[1])))
