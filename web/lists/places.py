# SPDX-License-Identifier: Apache-2.0
"""Places in a list as they stand in an address: a letter for the kind of value, the value, the id, in base64url."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.listing import Place

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63
_LONGEST = 2000


def write(place: Place) -> str:
    value = place.value
    if isinstance(value, datetime):
        said = f"t{(value - _EPOCH) // _MICROSECOND}"
    else:
        said = f"i{value}" if isinstance(value, int) else f"s{value}"
    return urlsafe_b64encode(place.id.bytes + said.encode()).decode().rstrip("=")


def read(text: str | None) -> Place | None:
    if not text:
        return None
    try:
        return _read(text[:_LONGEST])
    except (ValueError, OverflowError, binascii.Error) as error:
        raise InvalidInputError("after: not a place in this list") from error


def _read(text: str) -> Place:
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    row_id, said = UUID(bytes=raw[:16]), raw[16:].decode()
    kind, value = said[:1], said[1:]
    if kind == "s" and "\0" not in value:
        return Place(value, row_id)
    number = int(value)
    if kind == "i" and -_LARGEST <= number < _LARGEST:
        return Place(number, row_id)
    at = _EPOCH + number * _MICROSECOND
    if kind != "t" or not 1 < at.year < 9999:  # noqa: PLR2004 - so that it can be told in any zone
        raise ValueError(kind)
    return Place(at, row_id)
