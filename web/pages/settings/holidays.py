# SPDX-License-Identifier: Apache-2.0
"""A country's public holidays put into the form of opening hours: looked over there, and saved with it or not."""

import asyncio

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Role
from web import keys
from web.access import requires
from web.forms import form_of, text_field
from web.holiday_days import countries, country_names, holidays_of, with_holidays
from web.render import page
from web.words import N_


@requires(Role.ADMIN)
async def add(request: web.Request) -> web.StreamResponse:
    """Of this year and the next."""
    form, l10n = await form_of(request), request[keys.L10N]
    country = text_field(form, "country", 2)
    if country not in await asyncio.to_thread(countries):
        raise InvalidInputError(N_("The holidays of this country are not known."))
    year = l10n.now.year
    days = await asyncio.to_thread(holidays_of, country, (year, year + 1))
    return page(
        request,
        "settings/hours_special.html",
        special=with_holidays(text_field(form, "special", 10_000), days),
        known=bool(days),
        wrong="",
        country=country,
        countries=await asyncio.to_thread(country_names, l10n.code),
        put=True,
    )
