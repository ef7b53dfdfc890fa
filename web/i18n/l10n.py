# SPDX-License-Identifier: Apache-2.0
"""A reader's language, zone and ways to write: every text, time, sum and number on a page goes through one of these."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations

from crm_core.domain.client_field import ClientField

# Signs that CLDR writes only in the currency's own country.
_SIGNS = {"RUB": "₽", "UAH": "₴", "KZT": "₸"}
_SIGN_FIRST = {"en", "id"}  # languages that write it before the sum


@dataclass(frozen=True, slots=True)
class L10n:
    code: str  # 'ru'
    translations: NullTranslations
    zone: ZoneInfo
    region: str  # numbers of this country are written without its code
    now: datetime
    fields: tuple[ClientField, ...] = ()  # of clients: the house itself has named them

    def gettext(self, message: str, **values: object) -> str:
        text = self.translations.ugettext(message)
        return text % values if values else text

    def ngettext(self, one: str, many: str, n: int, **values: object) -> str:
        return self.translations.ungettext(one, many, n) % {"num": n, **values}

    def money(self, amount: Decimal, currency: str) -> str:
        """Whole units when there are no cents: turnover is read at a glance."""
        if amount != amount.to_integral_value():
            text = format_currency(amount, currency, locale=self.code)
        else:
            pattern = "¤#,##0" if self.code in _SIGN_FIRST else "#,##0 ¤"
            text = format_currency(amount, currency, pattern, locale=self.code, currency_digits=False)
        return text.replace(currency, _SIGNS.get(currency, currency))

    def number(self, value: float | Decimal) -> str:
        return format_decimal(value, locale=self.code)

    def space(self, size: int, total: int | None = None) -> str:
        """Of a file or on a disk: '13.5 MiB', '41.2 / 97.9 GiB'."""
        units = self.gettext("%(num)s KiB"), self.gettext("%(num)s MiB"), self.gettext("%(num)s GiB")
        largest = max(size, total or 0)
        power = next((power for power in (3, 2) if largest >= 1024**power), 1)
        sizes = [size] if total is None else [size, total]
        figures = [format_decimal(one / 1024**power, "#,##0.0", locale=self.code) for one in sizes]
        return (units[power - 1] % {"num": " / ".join(figures)}).replace(" ", "\xa0")

    def percent(self, share: float) -> str:
        return format_percent(share, locale=self.code)

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def on_day(self, at: datetime | date) -> str:
        return format_date(self._day(at), "medium", locale=self.code)

    def time(self, at: datetime) -> str:
        return format_time(self.local(at), "short", locale=self.code)

    def precise_time(self, at: datetime) -> str:
        return format_time(self.local(at), "HH:mm:ss", locale=self.code)

    def full(self, at: datetime) -> str:
        """For a tooltip: nothing left out."""
        return format_datetime(self.local(at), "full", locale=self.code)

    def moment(self, at: datetime) -> str:
        """Inside a sentence of what is to come or was done: day and minute, nothing left out that may matter."""
        return f"{format_date(self._day(at), 'EEEE, d MMMM yyyy', locale=self.code)}, {self.time(at)}"

    def when(self, at: datetime) -> str:
        """As short as it is unambiguous: '14:05' today, 'Yesterday 14:05', '3 Mar, 14:05', '3 Mar 2024'."""
        day, today = self._day(at), self._day(self.now)
        if day == today:
            return self.time(at)
        if day == today - timedelta(days=1):
            return f"{self.gettext('Yesterday')} {self.time(at)}"
        if day.year == today.year:
            return f"{format_date(day, 'd MMM', locale=self.code)}, {self.time(at)}"
        return self.on_day(day)

    def when_inside(self, at: datetime) -> str:
        """Inside a sentence: 'overdue since yesterday 14:05'."""
        yesterday = self.gettext("Yesterday")
        return self.when(at).replace(yesterday, yesterday.lower())

    def day(self, at: datetime | date) -> str:
        """The heading of a day in a list."""
        day, today = self._day(at), self._day(self.now)
        if day == today:
            return self.gettext("Today")
        if day == today - timedelta(days=1):
            return self.gettext("Yesterday")
        pattern = "EEEE, d MMMM" if day.year == today.year else "d MMMM yyyy"
        text = format_date(day, pattern, locale=self.code)
        return text[:1].upper() + text[1:]

    def ago(self, at: datetime) -> str:
        return format_timedelta(at - self.now, add_direction=True, locale=self.code)

    def duration(self, seconds: float | None) -> str:
        """A clock: '0:42', '12:05', '1:02:33'; nothing where it is not known."""
        if seconds is None:
            return ""
        minutes, s = divmod(max(0, round(seconds)), 60)
        hours, m = divmod(minutes, 60)
        return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}"

    def spoken_duration(self, seconds: float) -> str:
        """For a screen reader: '12 minutes 5 seconds' instead of '12:05'."""
        minutes, s = divmod(max(0, round(seconds)), 60)
        parts = [self.ngettext("%(num)d minute", "%(num)d minutes", minutes)] if minutes else []
        return " ".join([*parts, self.ngettext("%(num)d second", "%(num)d seconds", s)])

    def phone(self, e164: str | None) -> str:
        """As people write it; what is no telephone number stays as it came."""
        return _phone(e164, self.region) if e164 else ""

    def _day(self, at: datetime | date) -> date:
        return self.local(at).date() if isinstance(at, datetime) else at


def best_locale(accept_language: str, known: Mapping[str, object], default: str) -> str:
    """Return the language a browser likes best of those we have."""
    wishes = []
    for item in accept_language.split(",")[:20]:
        tag, _, weight = item.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag.split("-")[0].lower()))
        except ValueError:
            continue
    return next((tag for _, tag in sorted(wishes, key=lambda wish: wish[0]) if tag in known), default)


@lru_cache(maxsize=65536)
def _phone(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text
    if not phonenumbers.is_possible_number(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
