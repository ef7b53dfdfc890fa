# SPDX-License-Identifier: Apache-2.0
"""A PBX that does what it is told and remembers it; the real one is pbx_bridge.Bridge."""

import asyncio
from datetime import UTC, datetime

from crm_core.ports.pbx import DeviceState, LinkState, NotRecordedError, PbxStatus, PbxUnavailableError
from crm_core.ports.pbx_care import PbxQueue


class FakePbx:
    def __init__(self, name="main") -> None:
        self.name = name
        self.boot = ""
        self.state = LinkState.CONNECTED
        self.detail = ""
        self.devices: dict[str, DeviceState] = {}
        self.calls = []
        self.originated: list[tuple[str, str, str]] = []  # device, extension, number
        self.hung_up = []
        self.available: dict[str, bool] = {}
        self.reasons: dict[str, str] = {}  # of pauses
        self.muted: dict = {}
        self.queues: dict[str, set[str]] = {}
        self.takes_s = 0.0

    def status(self):
        return PbxStatus(name=self.name, state=self.state, since=datetime.now(UTC), detail=self.detail)

    def device_state(self, device):
        return self.devices.get(device, DeviceState.UNKNOWN)

    def device_states(self):
        return dict(self.devices)

    def is_behind(self, linkedid):
        return False

    def open_calls(self):
        return tuple(self.calls)

    async def originate(self, *, call_id, device, extension, number):
        await asyncio.sleep(self.takes_s)
        self._check()
        self.originated.append((device, extension, number))

    async def hang_up(self, call_id):
        self._check()
        self.hung_up.append(call_id)

    async def mute_recording(self, call_id, *, muted):
        self._check()
        if not any(call.id == call_id and call.recordings for call in self.calls):
            raise NotRecordedError
        self.muted[call_id] = muted

    async def set_operator_available(self, extension, *, available, reason=""):
        self._check()
        self.reasons[extension] = reason
        self.available[extension] = available

    async def join_queue(self, queue, extension):
        self._check()
        self.queues.setdefault(queue, set()).add(extension)

    async def leave_queue(self, queue, extension):
        self._check()
        self.queues.get(queue, set()).discard(extension)

    def _check(self):
        if self.state is not LinkState.CONNECTED:
            raise PbxUnavailableError


class Care:
    """What PBXs answer that are asked for their queues."""

    def __init__(self, *names, silent=()) -> None:
        self.names, self.silent, self.asked = names, silent, 0

    async def queues(self):
        self.asked += 1
        found = [PbxQueue(pbx="main", name=one, strategy="", waiting=0, members=()) for one in self.names]
        return found, self.silent
