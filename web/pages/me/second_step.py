# SPDX-License-Identifier: Apache-2.0
"""The second step of logging in: an authenticator app, its QR code, recovery codes."""

import io

import segno
from aiohttp import web

from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import Role, User
from crm_core.domain.totp import address_of
from crm_core.ports.store import Tx
from crm_core.usecases import second_factor
from crm_core.usecases.trail import Trail
from web import keys
from web.access import requires
from web.forms import form_of, text_field
from web.opening import go
from web.pages.me import frame
from web.render import page
from web.throttled import TooManyTriesError
from web.words import N_


@requires(Role.OPERATOR, first_of_all=True)
async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


@requires(Role.OPERATOR, first_of_all=True)
async def begin(request: web.Request) -> web.StreamResponse:
    """The password again: a browser left open must not be tied to somebody else's phone."""
    form = await form_of(request)
    if not await frame.password_is(request, text_field(form, "password", 256)):
        return await _page(request, errors={"password": N_("This is not your password.")})
    box = request.app[keys.SECRET_BOX]
    await frame.changed(request, lambda tx, user, trail: second_factor.begin(tx, user, box, trail.now))
    return go("/me/second-step")


@requires(Role.OPERATOR, first_of_all=True)
async def picture(request: web.Request) -> web.StreamResponse:
    """Only while it is being set up; of its own address, because the page may not hold drawn styles."""
    viewer, app = request[keys.VIEWER], request.app
    async with app[keys.STORE].read() as tx:
        factor = await tx.credentials.second_factor(viewer.id)
    if factor is None or factor.confirmed_at:
        raise NotFoundError
    secret = second_factor.secret_of(factor, app[keys.SECRET_BOX])
    drawn = io.BytesIO()
    said = address_of(secret, viewer.user.login, app[keys.SETTINGS].company or "Rolodial")
    segno.make(said, error="m", micro=False).save(drawn, kind="svg", scale=5, border=3, light="#fff")
    return web.Response(body=drawn.getvalue(), content_type="image/svg+xml")


@requires(Role.OPERATOR, first_of_all=True)
async def confirm(request: web.Request) -> web.StreamResponse:
    code = text_field(await form_of(request), "code", 40)
    box = request.app[keys.SECRET_BOX]
    try:
        codes = await frame.changed(
            request, lambda tx, user, trail: second_factor.confirm(tx, user, code, box, trail)
        )
    except second_factor.WrongCodeError as error:
        return await _page(request, errors={"code": str(error)})
    return await _page(request, codes=codes)


@requires(Role.OPERATOR)
async def codes(request: web.Request) -> web.StreamResponse:
    """Ten new recovery codes, for a code of the app."""
    return await _with_a_code(request, second_factor.new_codes)


@requires(Role.OPERATOR)
async def off(request: web.Request) -> web.StreamResponse:
    return await _with_a_code(request, _off)


async def _off(tx: Tx, user: User, trail: Trail) -> list[str]:
    await second_factor.take_away(tx, user, trail)
    return []


async def _with_a_code(request: web.Request, work: second_factor.Work) -> web.StreamResponse:
    typed = text_field(await form_of(request), "code", 40)
    app, viewer, address = request.app, request[keys.VIEWER], request.remote or ""
    now, throttle, throttled = app[keys.CLOCK](), app[keys.THROTTLE], f"code:{viewer.id}"
    if throttle.wait_s(throttled, address, now, known_address=True):
        raise TooManyTriesError

    async def proven(tx: Tx, user: User, trail: Trail) -> list[str] | None:
        if not await second_factor.proves(tx, user, typed, app[keys.SECRET_BOX], now):
            return None
        return await work(tx, user, trail)

    made = await frame.changed(request, proven)
    if made is None:
        throttle.failed(throttled, address, now)
        return await _page(request, errors={"code": second_factor.WrongCodeError.__doc__ or ""})
    throttle.succeeded(throttled, address)
    return await _page(request, codes=made) if made else go("/me/second-step")


async def _page(
    request: web.Request, *, errors: dict[str, str] | None = None, codes: list[str] | None = None
) -> web.Response:
    viewer = request[keys.VIEWER]
    async with request.app[keys.STORE].read() as tx:
        factor = await tx.credentials.second_factor(viewer.id)
        left = await tx.credentials.recovery_codes_left(viewer.id)
    waiting = factor is not None and factor.confirmed_at is None
    secret = second_factor.secret_of(factor, request.app[keys.SECRET_BOX]) if factor and waiting else ""
    return page(
        request,
        "me/second_step.html",
        status=422 if errors else 200,
        since=factor.confirmed_at if factor else None,
        secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        left=left,
        codes=codes or [],
        required=request.app[keys.IN_FORCE].security.two_steps,
        errors=errors or {},
    )
