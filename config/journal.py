# SPDX-License-Identifier: Apache-2.0
"""Where the journals of the settings' PBXs lie, and what is asked of them."""

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo

from config.settings import Settings, load_settings
from config.settings_file import SettingsError
from crm_core.domain.call import Call
from crm_core.domain.errors import InvalidInputError
from crm_core.ports.call_events import NoEventsError
from crm_core.storage.secret_box import KEY_FILE, FernetBox
from pbx_bridge.amij import Read
from pbx_bridge.export_call import AFTER, BEFORE, export_call, in_time
from pbx_bridge.journal import directory_of
from pbx_bridge.journal_keys import DayKeys, KeyMissingError
from pbx_bridge.journal_read import Period
from pbx_bridge.mask import Mask
from pbx_bridge.refold import JournalOf

_NOWHERE = timezone(timedelta(), "nowhere")


def journals(settings: Settings, pbx: str | None = None) -> list[JournalOf]:
    """Of all PBXs, or of the one that is named."""
    names = [one.name for one in settings.pbx]
    if pbx is not None and pbx not in names:
        raise SettingsError(f"the settings name no PBX {pbx!r}; they name: {', '.join(names) or 'none'}")
    keys = keys_of(settings)
    return [
        JournalOf(one.name, directory_of(settings.journal, one.name), one.profile, keys)
        for one in settings.pbx
        if pbx in {None, one.name}
    ]


def keys_of(settings: Settings) -> DayKeys | None:
    """None where no secret.key is: then nothing can have been sealed with it."""
    path = settings.home / KEY_FILE
    return DayKeys(settings.journal.directory, FernetBox.of_file(path)) if path.exists() else None


class LazyKeys:
    """Those of the settings, looked for when something sealed is read."""

    def named(self, name: str) -> bytes:
        keys = keys_of(load_settings())
        if keys is None:
            raise KeyMissingError
        return keys.named(name)


@dataclass(frozen=True, slots=True)
class Asked:
    """A period as people write it; times without a zone are the house's."""

    day: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def has_zone(self) -> bool:
        """Whether no zone need be known to understand it."""
        return not self.day and all(_has_zone(one) for one in (self.since, self.until))

    def between(self, zone: tzinfo, now: datetime) -> tuple[datetime, datetime]:
        """`until` is exclusive. The last day unless something is asked for."""
        if self.day:
            day = _date(self.day)
            return _at(day, zone), _at(day + timedelta(days=1), zone)
        until = _moment(self.until, zone) if self.until else now
        since = _moment(self.since, zone) if self.since else until - timedelta(days=1)
        if since >= until:
            raise InvalidInputError("The period ends before it begins.")
        return since, until


def days(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """A long period in pieces that fit into memory."""
    while since < until:
        end = min(until, since + timedelta(days=1))
        yield since, end
        since = end


class JournalCallEvents:
    """Implements crm_core.ports.call_events.CallEvents, in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def masked(self, call: Call) -> bytes:
        return await asyncio.to_thread(self._masked, call)

    def _masked(self, call: Call) -> bytes:
        if call.pbx not in {one.name for one in self._settings.pbx}:
            raise NoEventsError(call=str(call.id))
        (journal,) = journals(self._settings, call.pbx)
        return export_call(
            call, in_time(call, _reads(journal, call)), journal.profile, Mask(secrets.token_bytes(32))
        )


def _reads(journal: JournalOf, call: Call) -> Iterator[Read]:
    since = call.started_at - BEFORE if call.started_at else None
    until = call.ended_at + AFTER if call.ended_at else None
    for segment in Period(journal.directory, journal.keys, since, until).segments():
        yield from segment


def _has_zone(text: str | None) -> bool:
    return text is None or _moment(text, _NOWHERE).tzinfo is not _NOWHERE


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
        day + timedelta(days=1)  # the calendar's last day has no end
    except (ValueError, OverflowError) as error:
        raise InvalidInputError("A day is written as 2026-11-22.") from error
    return day


def _moment(text: str, zone: tzinfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError("A time is written as 2026-11-22T09:30.") from error
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _at(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
