# SPDX-License-Identifier: Apache-2.0
"""The doctor for the pages: in a thread with a loop of its own, so that no call waits for it."""

import asyncio
from collections.abc import Sequence

import structlog

from config.doctor.ami_session import ami_session
from config.doctor.examine import examine
from config.settings import PbxSettings, Settings
from crm_core.domain.errors import CrmError
from crm_core.ports.clock import utc_now
from crm_core.ports.pbx_care import CareFinding, PbxCare, PbxQueue, QueueMember
from pbx_bridge.ami_event import AmiEvent

log = structlog.get_logger()
_WITHIN_S = 60.0


def pbx_care(settings: Settings) -> PbxCare | None:
    """None without a PBX: that nobody could be asked is not that there are no queues."""
    return DoctorCare(settings) if settings.pbx else None


class DoctorCare:
    """Implements ports.pbx_care.PbxCare."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def examine(self) -> Sequence[CareFinding]:
        return await asyncio.to_thread(lambda: asyncio.run(self._examine()))

    async def queues(self) -> tuple[Sequence[PbxQueue], Sequence[str]]:
        return await asyncio.to_thread(lambda: asyncio.run(self._queues()))

    async def _examine(self) -> Sequence[CareFinding]:
        async with asyncio.timeout(_WITHIN_S):
            findings = await examine(self._settings, quick=True)
        return [
            CareFinding(check=one.check, level=one.level.value, says=one.says, advice=one.advice, pbx=one.pbx)
            for one in findings
        ]

    async def _queues(self) -> tuple[Sequence[PbxQueue], Sequence[str]]:
        found: list[PbxQueue] = []
        silent: list[str] = []
        for pbx in self._settings.pbx:
            try:
                found += await _queues_of(pbx)
            except (OSError, CrmError) as error:
                log.info("queues not read", pbx=pbx.name, error=str(error))
                silent.append(pbx.name)
        return found, silent


async def _queues_of(pbx: PbxSettings) -> list[PbxQueue]:
    async with ami_session(pbx.ami, utc_now) as session:
        session.events.clear()
        await session.ask({"Action": "QueueStatus"})
        return queues_told(pbx.name, session.events)


def queues_told(pbx: str, events: Sequence[AmiEvent]) -> list[PbxQueue]:
    """From the list that QueueStatus gives: each queue, then its members."""
    members: dict[str, list[QueueMember]] = {}
    for event in events:
        if event.name == "QueueMember":
            device = _device(event)
            one = QueueMember(
                device=device,
                name=event.get("Name") or device,
                paused=event.get("Paused") == "1",
                fixed=event.get("Membership") != "dynamic",
            )
            members.setdefault(event["Queue"], []).append(one)
    return [
        PbxQueue(
            pbx=pbx,
            name=event["Queue"],
            strategy=event.get("Strategy"),
            waiting=int(event.get("Calls") or 0),
            members=tuple(members.get(event["Queue"], ())),
        )
        for event in events
        if event.name == "QueueParams"
    ]


def _device(event: AmiEvent) -> str:
    """What rings, where the state is a hint of ours (phone and person); else the state's: behind Local/ is a phone."""
    state = event.get("StateInterface")
    return event.get("Location") if not state or state.startswith("hint:") else state
