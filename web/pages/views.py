# SPDX-License-Identifier: Apache-2.0
"""Names for views of lists: one's own; the view itself is its address, which anybody can be sent."""

from aiohttp import web

from crm_core.domain import clean
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.listing import ListKind, SavedView
from crm_core.domain.people import Role
from web import keys, said
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.lists.asked import read_string
from web.lists.registry import LISTS
from web.lists.spec import ListSpec, Reader

_LONGEST_NAME = 60
_LONGEST_QUERY = 2000
_MOST = 40  # of one person and list


def list_of(text: str) -> ListSpec:
    if text not in set(ListKind):
        raise InvalidInputError("there is no such list")
    return LISTS[ListKind(text)]


@requires(Role.OPERATOR)
async def keep(request: web.Request) -> web.StreamResponse:
    form, viewer, now = await form_of(request), request[keys.VIEWER], request.app[keys.CLOCK]()
    spec = list_of(text_field(form, "list", 20))
    name = clean.name(text_field(form, "name", _LONGEST_NAME))
    query = text_field(form, "query", _LONGEST_QUERY)
    known = read_string(spec, query, Reader(viewer.user, request[keys.L10N]), 1)
    view = SavedView(
        id=new_id(now),
        user_id=viewer.id,
        list=spec.kind,
        name=name,
        query=known.query_string(),
        created_at=now,
    )
    async with request.app[keys.STORE].begin() as tx:
        kept = await tx.lists.views(viewer.id, spec.kind)
        if len(kept) >= _MOST and name not in {one.name for one in kept}:
            raise InvalidInputError("that are too many views: remove one first")
        await tx.lists.save_view(view)
    return said.go(request, known.address(), "view-kept")


@requires(Role.OPERATOR)
async def remove(request: web.Request) -> web.StreamResponse:
    view_id, viewer = uuid_of(request.match_info["id"]), request[keys.VIEWER]
    async with request.app[keys.STORE].begin() as tx:
        removed = await tx.lists.remove_view(viewer.id, view_id)
    if removed is None:
        raise NotFoundError
    return said.go(request, LISTS[removed.list].address, "view-removed")
