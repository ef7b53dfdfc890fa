# SPDX-License-Identifier: Apache-2.0
"""The state each person would have, kept by applying the very frames that are sent."""

from typing import Any
from uuid import UUID

import orjson

from crm_core.domain.workspace import PERSONAL, SHARED, State, apply, empty
from crm_core.ports.feed import Audience

_COMMON = ("operators", "phones", "pbx")


class Views:
    """Own cards by person, what all see alike by role: a broadcast is applied once a role, not once a person."""

    def __init__(self) -> None:
        self._own: dict[UUID, State] = {}
        self._common: dict[str, State] = {}
        self._encoded: dict[str, dict[str, orjson.Fragment]] = {}

    def apply(self, frame: dict[str, Any], to: Audience) -> None:
        if frame["type"] in PERSONAL:
            for user in to.users:
                self._own[user] = apply(self._own.get(user) or empty(str(user)), frame)
        elif frame["type"] in SHARED:
            for role in to.roles:
                self._common[role] = apply(self._common.get(role) or empty(""), frame)
                self._encoded.pop(role, None)

    def snapshot(self, user: UUID, role: str) -> dict[str, Any]:
        """Return the state; its common part is encoded once for a thousand reconnects."""
        return {**(self._own.get(user) or empty(str(user))), **self._common_of(role)}

    def _common_of(self, role: str) -> dict[str, orjson.Fragment]:
        if (done := self._encoded.get(role)) is None:
            common = self._common.get(role) or empty("")
            done = {key: orjson.Fragment(orjson.dumps(common[key])) for key in _COMMON}
            self._encoded[role] = done
        return done


def check_audience(kind: str, to: Audience) -> None:
    """Hold each kind to its way of addressing: a view is exact only if no frame goes both ways."""
    if kind in PERSONAL and to.roles:
        raise ValueError(f"a {kind!r} frame makes somebody's own screen: address users, not roles")
    if kind in SHARED and to.users:
        raise ValueError(f"a {kind!r} frame is the same for all: address roles, not users")
