# SPDX-License-Identifier: Apache-2.0
"""Which queues of a PBX of ours ring somebody: asked of the PBX, told to it, and written into the trail."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import structlog

from crm_core.domain.people import Extension
from crm_core.ports.pbx import PbxMembers, PbxUnavailableError
from crm_core.ports.pbx_care import PbxCare, PbxQueue
from crm_core.ports.store import Store
from crm_core.usecases.trail import Trail

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuesOf:
    """As the trail keeps it: names of queues."""

    pbx: str
    queues: tuple[str, ...]


def queues_with(queues: Sequence[PbxQueue], pbx: str, extension: str) -> frozenset[str]:
    """Those that ring this phone."""
    device = f"PJSIP/{extension}"
    return frozenset(
        queue.name
        for queue in queues
        if queue.pbx == pbx and any(member.device == device for member in queue.members)
    )


async def set_queues(
    store: Store,
    pbx: PbxMembers,
    extension: Extension,
    now_in: Collection[str],
    wanted: Collection[str],
    trail: Trail,
) -> None:
    """PbxUnavailableError; what was done before it stays, and saving again goes on from there."""
    done = set(now_in)
    try:
        for queue in sorted(set(wanted) - done):
            await pbx.join_queue(queue, extension.extension)
            done.add(queue)
        for queue in sorted(done - set(wanted)):
            await pbx.leave_queue(queue, extension.extension)
            done.discard(queue)
    finally:
        if done != set(now_in):
            before, after = (
                QueuesOf(pbx=pbx.name, queues=tuple(sorted(names))) for names in (set(now_in), done)
            )
            async with store.begin() as tx:
                trail.note_fields("queues", extension.user_id, before, after)
                await trail.write(tx)


async def leave_all(
    care: PbxCare | None, pbxs: Mapping[str, PbxMembers], extensions: Collection[Extension]
) -> None:
    """Whoever left is rung for no queue. What a PBX that is away keeps shows on the page of queues as nobody's."""
    ours = [one for one in extensions if one.pbx in pbxs]
    queues, _ = await care.queues() if care and ours else ((), ())
    for one in ours:
        for queue in sorted(queues_with(queues, one.pbx, one.extension)):
            try:
                await pbxs[one.pbx].leave_queue(queue, one.extension)
            except PbxUnavailableError as error:
                log.warning("somebody stays in a queue", pbx=one.pbx, queue=queue, why=str(error))
