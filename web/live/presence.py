# SPDX-License-Identifier: Apache-2.0
"""Phones and links to PBXs, said to all screens when they change."""

from collections.abc import Iterable, Sequence
from typing import Any

from crm_core.domain.directory import Operator
from crm_core.ports.feed import EVERYBODY, Feed
from crm_core.ports.pbx import Pbx, PbxStatus


def pbx_frame(status: PbxStatus) -> dict[str, Any]:
    return {
        "name": status.name,
        "state": status.state.value,
        "detail": status.detail,
        "alone": status.alone,
    }


class Presence:
    """Remembers what it said last, so that looking often costs little and says nothing twice."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._said: dict[tuple[str, ...], tuple[Any, ...]] = {}

    def look(self, people: Iterable[Operator], pbxs: Sequence[Pbx]) -> None:
        for pbx in pbxs:
            status = pbx.status()
            if self._is_news(("pbx", pbx.name), (status.state, status.detail, status.alone)):
                self._feed.publish("pbx", pbx_frame(status), EVERYBODY)
        by_name = {pbx.name: pbx for pbx in pbxs}
        for person in people:
            for line in person.lines:
                if line.pbx in by_name:
                    self._look_at(person, line.device, by_name[line.pbx])

    def _look_at(self, person: Operator, device: str, pbx: Pbx) -> None:
        state = pbx.device_state(device).value
        if self._is_news(("phone", pbx.name, str(person.id), device), (state,)):
            self._feed.publish("phone", {"user_id": person.id, "device": device, "state": state}, EVERYBODY)

    def _is_news(self, about: tuple[str, ...], now: tuple[Any, ...]) -> bool:
        if self._said.get(about) == now:
            return False
        self._said[about] = now
        return True
