# SPDX-License-Identifier: Apache-2.0
"""The queues that somebody may be rung for, as the pages of people offer them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from crm_core.domain.people import Extension
from crm_core.ports.pbx_care import PbxQueue
from crm_core.usecases.set_queues import queues_with, set_queues
from crm_core.usecases.trail import Trail
from web import keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The queues of one PBX for one phone; `fixed` are those of the PBX's own file."""

    of: Extension
    names: Sequence[str]
    now_in: frozenset[str]
    fixed: frozenset[str]
    is_ours: bool  # else it is said where they are changed

    def field(self, name: str) -> str:
        return f"queue-{self.of.pbx}-{name}"


async def offered(request: web.Request, extensions: Sequence[Extension]) -> list[Offered]:
    """Read anew from the PBXs; one that does not answer offers none."""
    care = request.app[keys.CHECK_UP].care
    if care is None or not extensions:
        return []
    found, _ = await care.queues()
    shown = (_of(found, one, request) for one in extensions)
    return [each for each in shown if each.names]


async def save(
    request: web.Request, shown: Sequence[Offered], sent: Mapping[str, object], trail: Trail
) -> None:
    """PbxUnavailableError when a PBX cannot be told."""
    pbxs = {pbx.name: pbx for pbx in request.app[keys.PBXS]}
    for one in shown:
        if one.is_ours:
            wanted = {name for name in one.names if one.field(name) in sent} | one.fixed
            store, pbx = request.app[keys.STORE], pbxs[one.of.pbx]
            await set_queues(store, pbx, one.of, one.now_in, wanted, trail.anew())


def _of(found: Sequence[PbxQueue], of: Extension, request: web.Request) -> Offered:
    device = f"PJSIP/{of.extension}"
    here = [queue for queue in found if queue.pbx == of.pbx]
    return Offered(
        of=of,
        names=sorted(queue.name for queue in here),
        now_in=queues_with(here, of.pbx, of.extension),
        fixed=frozenset(
            queue.name
            for queue in here
            if any(member.device == device and member.fixed for member in queue.members)
        ),
        is_ours=of.pbx in request.app[keys.PHONES],
    )
