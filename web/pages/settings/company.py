# SPDX-License-Identifier: Apache-2.0
"""The company: zone, region, currency, and how turnover is counted."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from zoneinfo import available_timezones

from aiohttp import web
from babel import Locale
from babel.numbers import list_currencies

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.house import House
from crm_core.domain.money import parse_amount, to_minor
from crm_core.domain.people import Role
from crm_core.domain.phone import regions
from crm_core.domain.turnover import Basis, Window
from crm_core.usecases.set_house import put_house
from web import keys
from web.access import requires
from web.forms import text_field
from web.i18n.l10n import L10n
from web.pages.settings.forms import Form, Values, Work, filled, submitted
from web.render import page
from web.words import N_

TEMPLATE = "settings/company.html"
BASES: Final = {
    Basis.PAID: N_("On the day it was paid"),
    Basis.SHIPPED: N_("On the day it was shipped"),
    Basis.ORDERED: N_("On the day it was ordered"),
}
_FIELDS = ("region", "zone", "currency", "turnover_basis", "turnover_window", "wholesale_from")
_COMMON = ("RUB", "UAH", "IDR", "EUR", "USD", "KZT", "BYN", "UZS", "GEL", "AMD", "PLN", "GBP", "CNY", "TRY")


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        house = await tx.settings.house()
    form = filled(house, values_of(house))
    return page(request, TEMPLATE, form=form, saved="saved" in request.query, **context(request[keys.L10N]))


@requires(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    form = Form(
        template=TEMPLATE,
        done="/settings/company",
        values_of=values_of,
        typed=typed,
        work=work,
        context=context(request[keys.L10N]),
    )
    return await submitted(request, form)


def values_of(house: House) -> Values:
    return {name: str(getattr(house, name)) for name in _FIELDS}


def typed(sent: Mapping[str, object]) -> Values:
    return {name: str(sent.get(name, ""))[:100] for name in _FIELDS}


def work(sent: Mapping[str, object], seen: str) -> Work:
    house = _house(sent)
    return lambda tx, trail: put_house(tx, house, trail, seen)


def context(l10n: L10n) -> Values:
    names = Locale.parse(l10n.code).territories
    return {
        "zones": sorted(
            zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")
        ),
        "regions": dict(
            sorted(((code, names.get(code, code)) for code in regions()), key=lambda one: one[1])
        ),
        "currencies": _COMMON,
        "bases": {code.value: l10n.gettext(text) for code, text in BASES.items()},
        "windows": [window.value for window in Window],
    }


def _house(sent: Mapping[str, object]) -> House:
    given = {name: text_field(sent, name, 100).strip() for name in _FIELDS}
    currency = given["currency"].upper()
    if currency not in list_currencies():
        raise InvalidInputError(N_("This is not a currency (three letters, as EUR)."), field="currency")
    if given["turnover_basis"] not in set(Basis):
        raise InvalidInputError(N_("Choose one of these."), field="turnover_basis")
    if given["turnover_window"] not in set(Window):
        raise InvalidInputError(N_("Choose one of these."), field="turnover_window")
    if given["zone"] not in available_timezones():
        raise InvalidInputError(N_("This is not a time zone (as Europe/Moscow)."), field="zone")
    if given["region"] not in regions():
        raise InvalidInputError(N_("Choose one of these."), field="region")
    return House(
        region=given["region"],
        zone=given["zone"],
        currency=currency,
        turnover_basis=Basis(given["turnover_basis"]),
        turnover_window=Window(given["turnover_window"]),
        wholesale_from=_amount(given["wholesale_from"], currency),
    )


def _amount(text: str, currency: str) -> Decimal:
    try:
        amount = parse_amount(text)
        to_minor(amount, currency)
    except InvalidInputError as error:
        raise InvalidInputError(N_("This is not an amount of money."), field="wholesale_from") from error
    if amount < 0:
        raise InvalidInputError(N_("This is not an amount of money."), field="wholesale_from")
    return amount
