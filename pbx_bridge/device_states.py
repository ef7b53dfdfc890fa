# SPDX-License-Identifier: Apache-2.0
"""What was last heard of each device."""

from crm_core.ports.pbx import DeviceState
from pbx_bridge.ami_event import AmiEvent

_WORDS = {state.value: state for state in DeviceState}


class DeviceStates:
    """A new connection lists them all; the old words hold until that list is complete, then what it lacks is gone.

    Of a PBX that began anew they hold no longer: whoever talked through it then does not talk now.
    """

    WANTED = frozenset({"DeviceStateChange", "DeviceStateListComplete"})

    def __init__(self) -> None:
        self._states: dict[str, DeviceState] = {}
        self._listed: dict[str, DeviceState] | None = None
        self._boot = ""

    def feed(self, event: AmiEvent) -> None:
        if event.name == "DeviceStateChange":
            state = _WORDS.get(event["State"], DeviceState.UNKNOWN)
            self._states[event["Device"]] = state
            if self._listed is not None:
                self._listed[event["Device"]] = state
        elif event.name == "Banner":
            self._listed = {}
        elif event.name == "DeviceStateListComplete" and self._listed is not None:
            self._states, self._listed = self._listed, None

    def booted(self, boot: str) -> None:
        """The PBX said when it started."""
        if boot != self._boot:
            self._boot, self._states = boot, dict(self._listed or {})

    def all(self) -> dict[str, DeviceState]:
        return dict(self._states)

    def __getitem__(self, device: str) -> DeviceState:
        return self._states.get(device, DeviceState.UNKNOWN)
