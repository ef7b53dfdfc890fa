# SPDX-License-Identifier: Apache-2.0
"""Opening hours from their stored form: `mon = ["09:00-13:00", "14:00-18:00"]`."""

import re
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from crm_core.domain.routing.hours import DAYS, MIDNIGHT, OpeningHours, Span
from crm_core.domain.routing.reading import Reader

_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_LEAP_YEAR = "2024-"


def parse_hours(reader: Reader) -> dict[str, OpeningHours]:
    """All tables [hours.NAME]."""
    return {name: _hours(name, reader.table(name)) for name in reader.keys()}  # noqa: SIM118 - not a mapping


def _hours(name: str, reader: Reader) -> OpeningHours:
    hours = OpeningHours(
        name=name,
        zone=_zone(reader),
        days=tuple(_day(reader, day) for day in DAYS),
        holidays=_holidays(reader),
        special=_special(reader.table("special")),
    )
    reader.done()
    return hours


def _zone(reader: Reader) -> str:
    zone = reader.text("zone", r"[A-Za-z0-9_+/-]+", "a time zone (as Europe/Moscow)")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        raise reader.fail("zone", "not a time zone (as Europe/Moscow): %(value)r", value=zone) from None
    return zone


def _day(reader: Reader, day: str) -> tuple[Span, ...]:
    spans = reader.raw(day, [])
    if not isinstance(spans, list):
        raise reader.fail(day, 'a list of spans is wanted, as ["09:00-18:00"]')
    return tuple(_span(reader, day, span) for span in spans)


def _span(reader: Reader, day: str, span: Any) -> Span:
    match = _SPAN.fullmatch(span) if isinstance(span, str) else None
    if match:
        hour, minute, end_hour, end_minute = map(int, match.groups())
        start, end = hour * 60 + minute, end_hour * 60 + end_minute
        if max(minute, end_minute) < 60 and start < MIDNIGHT and end <= MIDNIGHT:  # noqa: PLR2004 - minutes
            return start, end
    raise reader.fail(day, "a span is wanted, as 09:00-18:00, not %(value)r", value=span)


def _holidays(reader: Reader) -> frozenset[str]:
    days = reader.raw("holidays", [])
    if not isinstance(days, list):
        raise reader.fail("holidays", 'a list of days is wanted, as ["2026-05-01", "01-07"]')
    return frozenset(_holiday(reader, day) for day in days)


def _special(reader: Reader) -> tuple[tuple[str, tuple[Span, ...]], ...]:
    """Days with hours of their own: `special = {"2026-12-31" = ["09:00-14:00"]}`."""
    days = sorted(reader.keys())
    return tuple((_holiday(reader, day, day), _day(reader, day)) for day in days)


def _holiday(reader: Reader, day: Any, key: str = "holidays") -> str:
    text = str(day)  # TOML has dates of its own
    try:
        date.fromisoformat(_LEAP_YEAR + text if re.fullmatch(r"\d\d-\d\d", text) else text)
    except ValueError:
        raise reader.fail(key, "a day is wanted, as 2026-05-01 or 05-01, not %(value)r", value=text) from None
    return text


def hours_as_kept(hours: OpeningHours) -> dict[str, Any]:
    """As `parse_hours` reads it."""
    days = {day: said(spans) for day, spans in zip(DAYS, hours.days, strict=True) if spans}
    special = {day: said(spans) for day, spans in hours.special}
    return {"zone": hours.zone, **days, "holidays": sorted(hours.holidays), "special": special}


def said(spans: tuple[Span, ...]) -> list[str]:
    return [f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans]
