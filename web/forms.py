# SPDX-License-Identifier: Apache-2.0
"""Fields of forms and of addresses: text of bounded length, or a clear refusal."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError, NotFoundError
from web.words import N_

_FORM = "application/x-www-form-urlencoded"


async def form_of(request: web.Request) -> Mapping[str, object]:
    """What a form of ours sent. Anything else is refused: a body that is not understood must not empty a field."""
    if not request.body_exists:
        return {}
    if request.content_type != _FORM or (request.charset or "utf-8").lower() != "utf-8":
        raise web.HTTPUnsupportedMediaType
    try:
        return await request.post()
    except UnicodeDecodeError as error:
        raise InvalidInputError("the form is not written in UTF-8") from error


def text_field(form: Mapping[str, object], name: str, longest: int) -> str:
    """What was sent as text; '' when it is not there. A novel is refused, and a NUL, which no database keeps."""
    value = form.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidInputError("a text is too long or has control characters", field=name)
    if "\0" in value:
        raise InvalidInputError("a text is too long or has control characters", field=name)
    return value.replace("\r\n", "\n")


def uuid_of(text: str) -> UUID:
    """An id in an address; what cannot be one is not found, as any id that does not exist."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError from error


def chosen_id(text: str, field: str = "") -> UUID:
    """What a form lets one choose of a list."""
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInputError(N_("choose one of the list"), field=field) from error


def day_of(text: str, field: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError("this is not a day", field=field) from error
    if not 1 < day.year < 9999:  # noqa: PLR2004 - so that it has hours in any zone
        raise InvalidInputError("this is not a day", field=field)
    return day


def moment_of(text: str, zone: tzinfo, field: str) -> datetime | None:
    """As a browser writes it, in the reader's zone; None of ''."""
    try:
        local = datetime.fromisoformat(text) if text else None
        return local and (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError("this is not a time", field=field) from error


def seen_at(text: str) -> datetime | None:
    """When what the form was opened with was changed last."""
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInputError(N_("the form is not whole: open it again")) from error
    if at is not None and at.tzinfo is None:
        raise InvalidInputError(N_("the form is not whole: open it again"))
    return at
