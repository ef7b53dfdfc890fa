# SPDX-License-Identifier: Apache-2.0
"""From what a trunk sends as a caller to E.164, on the hot path: hostile text is no number and costs nothing."""

import re

from crm_core.domain.phone import normalise

_E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z", re.ASCII)
_NUMBER_LIKE = re.compile(r"\+?[0-9(][0-9 ().-]{1,30}\Z", re.ASCII)
# A trunk's own words for a number it does not show.
WITHHELD = frozenset(
    {"", "anonymous", "unknown", "unavailable", "restricted", "private", "withheld", "asterisk"}
)


def e164(raw: str | None, region: str) -> str | None:
    """Return '+' and 7 to 15 digits, or None. A number found in the middle of prose is not the caller's."""
    if not raw:
        return None
    if _E164.match(raw):
        return raw
    return normalise(raw, region).e164 if _NUMBER_LIKE.match(raw) else None


def is_withheld(raw: str | None) -> bool:
    return raw is None or raw.strip().casefold() in WITHHELD
