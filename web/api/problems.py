# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a request, beyond what the domain knows."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from crm_core.domain.errors import ConflictError, InvalidInputError


class StillAtWorkError(ConflictError):
    """The first request with this Idempotency-Key is still at work, or was cut off: look before you send another."""


class KeyUsedError(InvalidInputError):
    """This Idempotency-Key was used for another request."""


class Fault(BaseModel):
    """One thing that is wrong, and where: in the body (a JSON pointer), a parameter, a header."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Fault] = []
    current: Annotated[Any, Field(description="With 412: the record as it is now.")] = None


def faults_of_body(error: ValidationError, *, skip: int = 0) -> list[dict[str, str]]:
    return [{"pointer": pointer(path[skip:]), "detail": said} for path, said in _items(error)]


def faults_of_query(error: ValidationError) -> list[dict[str, str]]:
    return [{"parameter": str(path[0]) if path else "", "detail": said} for path, said in _items(error)]


def pointer(path: Iterable[int | str]) -> str:
    """As RFC 6901 writes it: '/0/amount'."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _items(error: ValidationError) -> list[tuple[tuple[int | str, ...], str]]:
    items = error.errors(include_url=False, include_context=False, include_input=False)
    return [(item["loc"], item["msg"]) for item in items]
