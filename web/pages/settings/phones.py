# SPDX-License-Identifier: Apache-2.0
"""Phones: who has which, where the PBX and our books differ, and accounts made where we are their master."""

import segno
from aiohttp import web

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.phone_list import phone_lines
from crm_core.ports.pbx import PbxUnavailableError
from crm_core.ports.phones import Phones
from crm_core.usecases.give_phone import give_phone, take_phone
from web import keys
from web.access import public, requires
from web.pages.settings.forms import saved
from web.render import page
from web.softphones import SipAccount, linphone_xml


@requires(Role.ADMIN)
async def index(request: web.Request) -> web.StreamResponse:
    return await _list(request)


@requires(Role.ADMIN)
async def give(request: web.Request) -> web.StreamResponse:
    """A new account or a new secret: shown once."""
    app, phones = request.app, _ours(request)
    extension, now = request.match_info["extension"], app[keys.CLOCK]()
    try:
        secret = await give_phone(app[keys.STORE], phones, extension, request[keys.VIEWER].actor, now)
    except (PbxUnavailableError, InvalidInputError) as error:
        return await _list(request, refused=str(error), status=409)
    async with app[keys.STORE].read() as tx:
        user_id = await tx.people.extension_at(phones.pbx, extension, now)
        user = await tx.people.user(user_id) if user_id else None
    host, port = phones.server
    account = SipAccount(
        extension=extension, name=user.name if user else extension, host=host, port=port, secret=secret
    )
    origin = app[keys.SETTINGS].public_url.rstrip("/") or str(request.url.origin())
    link = f"{origin}/phones/{app[keys.SOFTPHONES].add(account, now)}"
    drawn = segno.make(link, error="m", micro=False).svg_data_uri(scale=5, border=3, light="#fff")
    answer = page(request, "settings/phone_given.html", account=account, link=link, drawn=drawn)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@requires(Role.ADMIN)
async def take(request: web.Request) -> web.StreamResponse:
    app, phones = request.app, _ours(request)
    extension, now = request.match_info["extension"], app[keys.CLOCK]()
    try:
        await take_phone(app[keys.STORE], phones, extension, request[keys.VIEWER].actor, now)
    except PbxUnavailableError as error:
        return await _list(request, refused=str(error), status=409)
    return saved("/settings/phones")


@public
async def fetch(request: web.Request) -> web.StreamResponse:
    """What Linphone asks for after it has read the code: once, and soon."""
    account = request.app[keys.SOFTPHONES].take(request.match_info["key"], request.app[keys.CLOCK]())
    if account is None:
        raise web.HTTPNotFound
    return web.Response(
        body=linphone_xml(account), content_type="application/xml", headers={"Cache-Control": "no-store"}
    )


async def _list(request: web.Request, *, refused: str = "", status: int = 200) -> web.StreamResponse:
    app = request.app
    now = app[keys.CLOCK]()
    async with app[keys.STORE].read() as tx:
        extensions, devices = await tx.people.extensions(now), await tx.people.devices(now)
        names = {user.id: user.name for user in await tx.people.users()}
    boxes = []
    for pbx in app[keys.PBXS]:
        ours = app[keys.PHONES].get(pbx.name)
        states = {device: state.value for device, state in pbx.device_states().items()}
        if ours:
            try:
                states = {f"PJSIP/{name}": "" for name in await ours.names()} | states
            except PbxUnavailableError as error:
                refused = refused or str(error)
        lines = phone_lines(pbx.name, at_pbx=states, extensions=extensions, devices=devices)
        boxes.append({"name": pbx.name, "ours": ours, "lines": lines, "heard": bool(states)})
    return page(request, "settings/phones.html", status=status, boxes=boxes, names=names, refused=refused,
                saved="saved" in request.query)  # fmt: skip


def _ours(request: web.Request) -> Phones:
    phones = request.app[keys.PHONES].get(request.match_info["pbx"])
    if phones is None:
        raise NotFoundError("Rolodial makes no phones at this PBX.")
    return phones
