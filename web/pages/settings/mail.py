# SPDX-License-Identifier: Apache-2.0
"""The mail server: its settings, and a letter to try them, with the server's own answer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Any, Final

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.mail import Mail, MailServer, MailTemplate, Security, check_address
from crm_core.domain.outbox import OutKind
from crm_core.domain.people import Role
from crm_core.ports.outbox import DeliveryError
from crm_core.usecases.trail import Trail
from web import keys
from web.access import requires
from web.forms import form_of, text_field
from web.opening import go
from web.render import page
from web.words import N_

SECURITIES: Final = {
    Security.STARTTLS: N_("STARTTLS (usual: port 587)"),
    Security.TLS: N_("TLS from the first byte (port 465)"),
    Security.NONE: N_("None: only within the same machine or network"),
}
_HIDDEN = "\u2022" * 8


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        server = await tx.mail.server()
    return _page(request, server, saved="saved" in request.query)


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    """What waited for a mail server goes out at once."""
    app, sent = request.app, await form_of(request)
    now, viewer = app[keys.CLOCK](), request[keys.VIEWER]
    async with app[keys.STORE].read() as tx:
        before = await tx.mail.server()
    try:
        after = _server(request, sent, before)
    except InvalidInputError as error:
        return _page(request, before, refused=str(error), status=422)
    trail = Trail(viewer.actor, now)
    async with app[keys.STORE].begin() as tx:
        await tx.mail.save_server(after)
        await tx.outbox.hurry(OutKind.MAIL, now)
        trail.note_fields("mail_server", viewer.id, _told(before), _told(after))
        await trail.write(tx)
    return go("/settings/mail?saved=1")


@requires(Role.ADMIN)
async def test(request: web.Request) -> web.StreamResponse:
    app = request.app
    to = text_field(await form_of(request), "to", 320).strip()
    async with app[keys.STORE].read() as tx:
        server = await tx.mail.server()
    mailer = app[keys.MAILER]
    if mailer is None:
        return _page(request, server, to=to, failed=N_("mail is not running here"))
    try:
        mail = Mail(
            to=check_address(to), template=MailTemplate.TEST, values={}, locale=request[keys.L10N].code
        )
        answer = await mailer.send_now(server, mail, str(new_id(app[keys.CLOCK]())))
    except (DeliveryError, InvalidInputError) as error:
        return _page(request, server, to=to, failed=str(error))
    return _page(request, server, to=to, answer=answer)


def _server(request: web.Request, sent: Mapping[str, object], before: MailServer) -> MailServer:
    security, typed = text_field(sent, "security", 10), text_field(sent, "password", 500)
    if security not in set(Security):
        raise InvalidInputError(N_("Choose one of these."))
    port, digest_at = text_field(sent, "port", 5), text_field(sent, "digest_at", 5)
    try:
        at, number = time.fromisoformat(digest_at), int(port)
    except ValueError as error:
        raise InvalidInputError(N_("A port is a number, an hour is like 18:00.")) from error
    user = text_field(sent, "user", 200).strip()
    password = request.app[keys.SECRET_BOX].seal(typed.encode()) if typed else before.password
    return MailServer(
        host=text_field(sent, "host", 255).strip(),
        port=number,
        security=Security(security),
        user=user,
        password=password if user else "",
        from_address=text_field(sent, "from_address", 320).strip(),
        from_name=text_field(sent, "from_name", 200).strip(),
        digest_at=at.replace(second=0, microsecond=0, tzinfo=None),
    )


def _told(server: MailServer) -> MailServer:
    """For the audit trail: whether there is a password, never which."""
    return replace(server, password=_HIDDEN if server.password else "")


def _page(request: web.Request, server: MailServer, *, status: int = 200, **more: Any) -> web.Response:
    l10n, viewer = request[keys.L10N], request[keys.VIEWER]
    said = {"saved": False, "refused": "", "failed": "", "answer": "", "to": viewer.user.email or ""} | more
    names = {code.value: l10n.gettext(text) for code, text in SECURITIES.items()}
    return page(request, "settings/mail.html", status=status, server=server, securities=names, **said)
