# SPDX-License-Identifier: Apache-2.0
"""A request's path, parameters and body as the operation says they are, or a refusal that names each fault."""

from typing import Any

from aiohttp import hdrs, web
from pydantic import BaseModel, TypeAdapter, ValidationError

from crm_core.domain.errors import InvalidInputError, NotFoundError
from web.api.operation import Operation
from web.api.problems import faults_of_body, faults_of_query
from web.errors import NotAcceptableError

JSON = "application/json"


class _Nothing(BaseModel, extra="forbid"):
    """An operation without parameters."""


def check_accept(request: web.Request, media_type: str) -> None:
    """A header that names nothing we have is refused; quality says only what is not wanted (q=0)."""
    accept = ",".join(request.headers.getall(hdrs.ACCEPT, ()))
    if not accept.strip():
        return
    kind = media_type.partition("/")[0]
    for one in accept.split(","):
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        refused = any(each.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for each in parameters)
        if not refused and name in {"*/*", "*", f"{kind}/*", media_type, "application/problem+json"}:
            return
    raise NotAcceptableError(f"the answer is {media_type}")


def read_path(operation: Operation, request: web.Request) -> list[Any]:
    """What cannot be an id is not found, as any id that does not exist."""
    try:
        return [
            kind.validate_strings(request.match_info[name]) for name, kind in operation.path_types.items()
        ]
    except ValidationError as error:
        raise NotFoundError from error


def read_query(operation: Operation, request: web.Request) -> BaseModel:
    given: dict[str, str] = {}
    for name, value in request.query.items():
        if name in given:
            raise _wrong_query([{"parameter": name, "detail": "it is given twice"}])
        if "\0" in value:
            raise _wrong_query([{"parameter": name, "detail": "a text cannot hold the character NUL"}])
        given[name] = value
    try:
        return (operation.query or _Nothing).model_validate_strings(given)
    except ValidationError as error:
        raise _wrong_query(faults_of_query(error)) from error


async def read_body(request: web.Request, kind: TypeAdapter[Any], raw: bytes) -> Any:
    if request.content_type != JSON or (request.charset or "utf-8").lower() != "utf-8":
        raise web.HTTPUnsupportedMediaType
    try:
        return kind.validate_json(raw)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise InvalidInputError(f"the body is not JSON: {error.errors()[0]['msg']}") from error
        # What is one of several begins its paths with which of them it was taken for.
        skip = int(_core(kind)["type"] == "tagged-union")
        raise InvalidInputError(
            "the body is not what it should be; nothing was changed", errors=faults_of_body(error, skip=skip)
        ) from error


def _core(kind: TypeAdapter[Any]) -> Any:
    core: Any = kind.core_schema
    return core["schema"] if core["type"] == "definitions" else core


def _wrong_query(faults: list[dict[str, str]]) -> InvalidInputError:
    return InvalidInputError("a parameter is not what it should be", errors=faults)
