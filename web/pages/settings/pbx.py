# SPDX-License-Identifier: Apache-2.0
"""The PBXs with the doctor's findings, and the queues they know."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from crm_core.domain.directory import Directory
from crm_core.domain.people import Role
from crm_core.ports.pbx_care import PbxQueue
from web import keys
from web.access import requires
from web.health_words import trouble
from web.pages.settings.forms import saved
from web.render import page


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    statuses = [pbx.status() for pbx in request.app[keys.PBXS]]
    return page(
        request, "settings/pbx.html", pbxs=statuses, visit=request.app[keys.CHECK_UP], trouble=trouble
    )


@requires(Role.ADMIN)
async def check(request: web.Request) -> web.StreamResponse:
    """Some seconds; calls go on meanwhile."""
    await request.app[keys.CHECK_UP].visit(request.app[keys.CLOCK]())
    return saved("/settings/pbx")


@requires(Role.ADMIN)
async def queues(request: web.Request) -> web.StreamResponse:
    care = request.app[keys.CHECK_UP].care
    found, silent = await care.queues() if care else ((), ())
    people = _people(request.app[keys.DIRECTORY], found)
    return page(request, "settings/queues.html", queues=found, silent=silent, people=people)


def _people(directory: Directory, queues: Sequence[PbxQueue]) -> Mapping[str, str]:
    """Whose device a member is, by our books."""
    known = {}
    for queue in queues:
        for member in queue.members:
            if operator := directory.operator_by_device(queue.pbx, member.device):
                known[member.device] = operator.name
    return known
