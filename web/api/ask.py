# SPDX-License-Identifier: Apache-2.0
"""What an operation's handler is given: who asks, when, and the parts of the application."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from aiohttp import hdrs, web
from pydantic import BaseModel

from crm_core.domain.audit import Actor
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.people import User
from crm_core.ports.store import Store
from web import keys
from web.api.operation import PREFIX
from web.errors import ChangedMeanwhileError
from web.viewer import Viewer

IF_MATCH = r'\*|(W/)?"[^"]*"( *, *(W/)?"[^"]*")*'
_TAGS = re.compile(IF_MATCH)
Record = TypeVar("Record", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Ask:
    request: web.Request
    headers: dict[str, str] = field(default_factory=dict)  # of the answer

    @property
    def viewer(self) -> Viewer:
        return self.request[keys.VIEWER]

    @property
    def user(self) -> User:
        return self.viewer.user

    @property
    def actor(self) -> Actor:
        return self.viewer.actor

    @property
    def store(self) -> Store:
        return self.request.app[keys.STORE]

    @property
    def now(self) -> datetime:
        return self.request.app[keys.CLOCK]()

    def created_at(self, path: str) -> None:
        self.headers[hdrs.LOCATION] = PREFIX + path

    def expects(self, current: BaseModel) -> bool:
        """Whether If-Match was sent; raise when it names another state than the current one."""
        wanted = self.request.headers.get(hdrs.IF_MATCH)
        if wanted is None:
            return False
        if not _TAGS.fullmatch(wanted):
            wrong = {"header": hdrs.IF_MATCH, "detail": 'an ETag in quotes, or "*"'}
            raise InvalidInputError("If-Match holds no ETag", errors=[wrong])
        named = {tag.strip() for tag in wanted.split(",")}
        if "*" not in named and etag(current.model_dump_json().encode()) not in named:
            raise changed_meanwhile(current)
        return "*" not in named


async def patched(
    ask: Ask, read: Callable[[], Awaitable[Record]], edit: Callable[[Record | None], Awaitable[object]]
) -> Record:
    """`edit`, given what If-Match says was seen; then what it is now.

    412 when somebody was quicker; any other conflict stays what it is.
    """
    current = await read()
    seen = current if ask.expects(current) else None
    try:
        await edit(seen)
    except ConflictError:
        if seen is None or (now_is := await read()) == seen:
            raise
        raise changed_meanwhile(now_is) from None
    return await read()


def changed_meanwhile(current: BaseModel) -> ChangedMeanwhileError:
    return ChangedMeanwhileError(current=current.model_dump(mode="json"))


def etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'
