# SPDX-License-Identifier: Apache-2.0
"""An operation: method, path, scope and summary are said; what it takes and gives is read off its handler.

    @operation("GET", "/contacts/{id}", scope="contacts:read", summary="A contact")
    async def get(ask: Ask, contact_id: UUID) -> ContactTold: ...

The parameters after `ask` that stand first are those of the path, in its order; `query` and `body` are models.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import BaseModel, TypeAdapter

from crm_core.domain.people import Role

PREFIX = "/api/v1"
_IN_PATH = re.compile(r"{(\w+)}")
_SAFE = frozenset({"GET", "HEAD"})
Handle = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    method: str
    path: str
    scope: str
    tag: str
    summary: str
    description: str
    handle: Handle
    role: Role | None = None  # the least its user needs
    status: int = 200
    versioned: bool = False  # its answer has an ETag
    media_type: str = "application/json"
    refusals: Mapping[int, str] = field(default_factory=dict)  # that it has beyond those of all
    path_types: Mapping[str, TypeAdapter[Any]]
    query: type[BaseModel] | None
    body: TypeAdapter[Any] | None
    answer: TypeAdapter[Any] | None  # None: nothing, or what the handler sends itself
    is_raw: bool  # the handler sends its own response

    @property
    def name(self) -> str:
        return self.handle.__name__

    @property
    def address(self) -> str:
        return PREFIX + self.path

    @property
    def writes(self) -> bool:
        return self.method not in _SAFE


def operation(
    method: str, path: str, *, scope: str, summary: str, **more: Any
) -> Callable[[Handle], Operation]:
    def declare(handle: Handle) -> Operation:
        signature = inspect.signature(handle, eval_str=True)
        types = {name: each.annotation for name, each in signature.parameters.items()}
        types.pop("ask")
        query, body, answer = types.pop("query", None), types.pop("body", None), signature.return_annotation
        is_raw = inspect.isclass(answer) and issubclass(answer, web.StreamResponse)
        return Operation(
            method=method,
            path=path,
            scope=scope,
            tag=handle.__module__.rpartition(".")[2],
            summary=summary,
            description=inspect.getdoc(handle) or "",
            handle=handle,
            path_types={
                name: TypeAdapter(kind)
                for name, kind in zip(_IN_PATH.findall(path), types.values(), strict=True)
            },
            query=query,
            body=TypeAdapter(body) if body is not None else None,
            answer=None if is_raw or answer is None else TypeAdapter(answer),
            is_raw=is_raw,
            **more,
        )

    return declare
