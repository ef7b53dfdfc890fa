# SPDX-License-Identifier: Apache-2.0
"""Whether an operator may dial a number now, and which number of ours the other side sees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo


class Reason(StrEnum):
    """Why it is allowed or not."""

    EMERGENCY = "emergency"
    ALLOWED = "allowed"
    NO_NUMBER = "no_number"
    REFUSED = "refused"  # by a beginning that nobody may dial
    CLASS_OF_SERVICE = "class_of_service"  # this person's beginnings do not have it
    QUIET_HOURS = "quiet_hours"
    CLAIMED = "claimed"  # a colleague is calling them back


class Quiet(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # the number may be in several zones, and only in some of them it is late


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundSettings:
    """What may be dialled by hand or by a click, beneath the PBX's own class of service. Beginnings are '+7', '+'."""

    show: Mapping[str, str] = field(
        default_factory=dict
    )  # beginning -> number of ours; the longest one counts
    allowed: tuple[str, ...] = ("+",)  # what everybody may dial
    refused: tuple[str, ...] = ()  # what nobody may
    by_role: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # what more a role may
    quiet_from: time | None = None  # where the number is
    quiet_until: time | None = None
    quiet_refuses: bool = False  # else it is only told
    claimed_refuses: bool = False  # the same of whom a colleague is calling back


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    allowed: bool
    reason: Reason
    quiet: Quiet = Quiet.UNKNOWN
    zone: str | None = None  # by which quiet hours were looked at; None: several, or none
    show: str | None = None


def permission(
    number: str, role: str, at: datetime, settings: OutboundSettings, zones: tuple[str, ...], house_zone: str
) -> Permission:
    """`number` is E.164; `zones` all where it may be."""
    quiet, zone = quiet_hours(at, settings, zones, house_zone)
    reason = _class_of_service(number, role, settings)
    if reason is Reason.ALLOWED and quiet is Quiet.YES and settings.quiet_refuses:
        reason = Reason.QUIET_HOURS
    return Permission(
        allowed=reason is Reason.ALLOWED,
        reason=reason,
        quiet=quiet,
        zone=zone,
        show=_longest(number, settings.show),
    )


def quiet_hours(
    at: datetime, settings: OutboundSettings, zones: tuple[str, ...], house_zone: str
) -> tuple[Quiet, str | None]:
    """Of several zones that of the house counts, if it is one of them: most of whom we call are our neighbours."""
    if settings.quiet_from is None or settings.quiet_until is None:
        return Quiet.NO, None
    counted = (house_zone,) if house_zone in zones else zones
    late = {_is_late(at.astimezone(ZoneInfo(zone)).time(), settings) for zone in counted}
    if len(late) != 1:
        return Quiet.UNKNOWN, None
    return Quiet.YES if late.pop() else Quiet.NO, counted[0] if len(counted) == 1 else None


def _is_late(local: time, settings: OutboundSettings) -> bool:
    begins, ends = settings.quiet_from or time(), settings.quiet_until or time()
    if begins <= ends:
        return begins <= local < ends
    return local >= begins or local < ends


def _class_of_service(number: str, role: str, settings: OutboundSettings) -> Reason:
    if _begins(number, settings.refused):
        return Reason.REFUSED
    if _begins(number, (*settings.allowed, *settings.by_role.get(role, ()))):
        return Reason.ALLOWED
    return Reason.CLASS_OF_SERVICE


def _begins(number: str, beginnings: Iterable[str]) -> bool:
    return number.startswith(tuple(beginnings))


def _longest(number: str, show: Mapping[str, str]) -> str | None:
    fitting = [beginning for beginning in show if number.startswith(beginning)]
    return show[max(fitting, key=len)] if fitting else None
