# SPDX-License-Identifier: Apache-2.0
"""Tokens of programs that act as me."""

from datetime import timedelta

from aiohttp import web

from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.session import SCOPES
from crm_core.usecases.issue_token import issue_token, revoke_token
from web import keys
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.opening import go
from web.render import page
from web.scope_words import SCOPE_WORDS
from web.secret_ids import hashed, new_token
from web.words import N_

LASTS = (30, 90, 365, 1095)  # days


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


@requires(Role.OPERATOR)
async def make(request: web.Request) -> web.StreamResponse:
    """Answered with the page itself: the token stands on it once, and nowhere after."""
    form = await form_of(request)
    label, days = text_field(form, "label", 200).strip(), text_field(form, "days", 5)
    scopes = frozenset(scope for scope in SCOPES if f"scope-{scope}" in form)
    errors = {}
    if not label:
        errors["label"] = N_("Say what it is for.")
    if not scopes:
        errors["scopes"] = N_("Choose what it may do.")
    if days not in {str(each) for each in LASTS}:
        errors["days"] = N_("Choose one of these.")
    if errors:
        return await _page(request, errors=errors, label=label, scopes=scopes)
    secret, now, viewer = new_token(), request.app[keys.CLOCK](), request[keys.VIEWER]
    try:
        await issue_token(
            request.app[keys.STORE],
            viewer.user.login,
            token_hash=hashed(secret),
            label=label,
            scopes=scopes,
            expires_at=now + timedelta(days=int(days)),
            actor=viewer.actor,
            now=now,
        )
    except InvalidInputError:  # a label of control characters only
        return await _page(request, errors={"label": N_("Say what it is for.")}, scopes=scopes)
    return await _page(request, secret=secret)


@requires(Role.OPERATOR)
async def revoke(request: web.Request) -> web.StreamResponse:
    token_id, viewer, app = uuid_of(request.match_info["id"]), request[keys.VIEWER], request.app
    async with app[keys.STORE].read() as tx:
        mine = {token.id for token in await tx.sessions.tokens(viewer.id)}
    if token_id not in mine:
        raise NotFoundError("there is no such token")
    await revoke_token(app[keys.STORE], token_id, viewer.actor, app[keys.CLOCK]())
    return go("/me/tokens")


async def _page(
    request: web.Request,
    *,
    errors: dict[str, str] | None = None,
    label: str = "",
    scopes: frozenset[str] = frozenset(),
    secret: str = "",
) -> web.Response:
    viewer, l10n = request[keys.VIEWER], request[keys.L10N]
    async with request.app[keys.STORE].read() as tx:
        tokens = await tx.sessions.tokens(viewer.id)
    return page(
        request,
        "me/tokens.html",
        status=422 if errors else 200,
        tokens=tokens[::-1],
        every_scope={scope: l10n.gettext(SCOPE_WORDS[scope]) for scope in SCOPES},
        lasts_names={days: l10n.ngettext("%(num)d day", "%(num)d days", days) for days in LASTS},
        now=request.app[keys.CLOCK](),
        errors=errors or {},
        label=label,
        chosen=scopes,
        secret=secret,
    )
