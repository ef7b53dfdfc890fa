# SPDX-License-Identifier: Apache-2.0
"""Public holidays by country and year, with the days off that were moved, as the library `holidays` knows them."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from babel import Locale


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """By their two letters."""
    from holidays import list_supported_countries

    return frozenset(code for code in list_supported_countries(include_aliases=False) if len(code) == 2)  # noqa: PLR2004 - ISO 3166 alpha-2


def country_names(language: str) -> dict[str, str]:
    """In the reader's language and its order."""
    names: Mapping[str, str] = Locale.parse(language).territories
    found = {code: names.get(code, code) for code in countries()}
    return dict(sorted(found.items(), key=lambda item: item[1].casefold()))


def holidays_of(country: str, years: Iterable[int]) -> list[date]:
    from holidays import country_holidays

    return sorted(country_holidays(country, years=list(years)))


def with_holidays(written: str, days: Iterable[date]) -> str:
    """The lines of a form's exceptions with these days beside them; what is written there already stays as it is."""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    said = {line.partition(" ")[0] for line in lines}
    new = [day.isoformat() for day in days if not said & {day.isoformat(), day.strftime("%m-%d")}]
    return "\n".join(sorted([*lines, *new]))
