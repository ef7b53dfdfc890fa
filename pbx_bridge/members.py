# SPDX-License-Identifier: Apache-2.0
"""Who may be rung: a person's availability and the members of queues, told to a PBX over any login of ours."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress

from crm_core.ports.pbx import MEETING, OnlyWatchedError, PbxUnavailableError
from pbx_bridge import ami_actions
from pbx_bridge.ami_errors import ActionRefusedError

_IS_SO = re.compile(r"already there|not there", re.IGNORECASE)  # as app_queue says it
Ask = Callable[[ami_actions.Headers], Awaitable[dict[str, str]]]


class Members:
    """Implements crm_core.ports.pbx.PbxMembers."""

    def __init__(self, name: str, ask: Ask, *, watched: bool = False) -> None:
        self.name = name
        self._ask = ask
        self._watched = watched  # nothing there is ours: no hint of ours, no context that looks at our states

    async def set_operator_available(self, extension: str, *, available: bool, reason: str = "") -> None:
        if self._watched:
            return
        try:
            meeting = reason == MEETING
            await self._ask(ami_actions.set_available(extension, available=available, meeting=meeting))
        except ActionRefusedError as error:
            raise PbxUnavailableError(str(error)) from error
        if available:
            with suppress(ActionRefusedError):  # in no queue, and so paused in none
                await self._ask(ami_actions.unpause(extension))
        elif reason:
            with suppress(ActionRefusedError):
                await self._ask(ami_actions.pause(extension, reason))

    async def join_queue(self, queue: str, extension: str) -> None:
        await self._member(queue, extension, joins=True)

    async def leave_queue(self, queue: str, extension: str) -> None:
        await self._member(queue, extension, joins=False)

    async def _member(self, queue: str, extension: str, *, joins: bool) -> None:
        if self._watched:
            raise OnlyWatchedError(pbx=self.name)
        try:
            await self._ask(ami_actions.queue_member(queue, extension, joins=joins))
        except ActionRefusedError as error:
            if not _IS_SO.search(str(error.details.get("refusal", ""))):
                raise PbxUnavailableError(str(error)) from error
