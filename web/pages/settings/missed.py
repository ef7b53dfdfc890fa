# SPDX-License-Identifier: Apache-2.0
"""Calling back: within how much working time, and whose a missed caller is."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.missed import LONGEST_MIN, MissedRules, OwnerRule
from crm_core.domain.people import Role
from crm_core.usecases.put_settings import put_missed_rules
from web import keys
from web.access import requires
from web.forms import text_field
from web.pages.settings.forms import Form, Values, Work, filled, submitted
from web.render import page
from web.words import N_

TEMPLATE = "settings/missed.html"
OWNERS: Final = {
    OwnerRule.MANAGER: N_("The client's manager, else who was rung last, else the number's team"),
    OwnerRule.LAST_RUNG: N_("Who was rung last, else the client's manager, else the number's team"),
    OwnerRule.TEAM: N_("The number's team, else the client's manager, else who was rung last"),
}
_FIELDS = ("within_min", "owner")


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        rules = await tx.settings.missed_rules()
    form = filled(rules, values_of(rules))
    return page(request, TEMPLATE, form=form, saved="saved" in request.query, **_context(request))


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    form = Form(
        template=TEMPLATE,
        done="/settings/missed",
        values_of=values_of,
        typed=typed,
        work=work,
        context=_context(request),
    )
    return await submitted(request, form)


def values_of(rules: MissedRules) -> Values:
    return {name: str(getattr(rules, name)) for name in _FIELDS}


def typed(sent: Mapping[str, object]) -> Values:
    return {name: str(sent.get(name, ""))[:20] for name in _FIELDS}


def work(sent: Mapping[str, object], seen: str) -> Work:
    owner, minutes = text_field(sent, "owner", 20), text_field(sent, "within_min", 20).strip()
    if owner not in set(OwnerRule):
        raise InvalidInputError(N_("Choose one of these."), field="owner")
    if not (minutes.isascii() and minutes.isdigit() and 1 <= int(minutes) <= LONGEST_MIN):
        raise InvalidInputError(N_("Between 1 and 10080 minutes."), field="within_min")
    rules = MissedRules(within_min=int(minutes), owner=OwnerRule(owner))
    return lambda tx, trail: put_missed_rules(tx, rules, trail, seen)


def _context(request: web.Request) -> Values:
    return {"owners": {code.value: request[keys.L10N].gettext(text) for code, text in OWNERS.items()}}
