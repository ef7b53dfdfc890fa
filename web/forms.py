# SPDX-License-Identifier: Apache-2.0
"""Fields of forms and of addresses: text of bounded length, or a clear refusal."""

from collections.abc import Mapping
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError, NotFoundError

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
