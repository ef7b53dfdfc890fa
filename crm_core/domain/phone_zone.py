# SPDX-License-Identifier: Apache-2.0
"""Where a number is called to: its time zones by the numbering plan, and whether it is an emergency number."""

from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException
from phonenumbers.shortnumberinfo import is_emergency_number
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

_EVERYWHERE: Final = "112"  # every mobile network takes it for help


@lru_cache(maxsize=65536)
def zones(e164: str) -> tuple[str, ...]:
    """All that are possible: a Russian mobile number may be in any of eleven. Empty: none can be told."""
    try:
        found = time_zones_for_number(phonenumbers.parse(e164, None))
    except NumberParseException:
        return ()
    return tuple(zone for zone in found if zone != UNKNOWN_TIMEZONE)


def is_emergency(dialled: str, region: str) -> bool:
    return dialled == _EVERYWHERE or (dialled.isascii() and dialled.isdigit() and _in_plan(dialled, region))


@lru_cache(maxsize=4096)
def _in_plan(dialled: str, region: str) -> bool:
    return bool(is_emergency_number(dialled, region))
