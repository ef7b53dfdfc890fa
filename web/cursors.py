# SPDX-License-Identifier: Apache-2.0
"""Places in a list as they stand in an address: '<microseconds>_<id>'."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from crm_core.domain.call_history import Cursor
from crm_core.domain.errors import InvalidInputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NOWHERE = "after: not a place in this list"


def write(cursor: Cursor) -> str:
    return f"{(cursor.at - _EPOCH) // _MICROSECOND}_{cursor.id.hex}"


def read(text: str | None) -> Cursor | None:
    if not text:
        return None
    at, _, identity = text.partition("_")
    try:
        place = Cursor(_EPOCH + int(at) * _MICROSECOND, UUID(identity))
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(_NOWHERE) from error
    if not 1 < place.at.year < 9999:  # noqa: PLR2004 - so that it can be told in any zone
        raise InvalidInputError(_NOWHERE)
    return place
