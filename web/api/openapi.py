# SPDX-License-Identifier: Apache-2.0
"""OpenAPI 3.1, made from the operations: nothing in it is written by hand."""

from collections.abc import Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Any, Literal

from pydantic import TypeAdapter

from web.api.ask import IF_MATCH
from web.api.idempotency import HEADER, PATTERN
from web.api.operation import Operation
from web.api.problems import Problem

Schema = dict[str, Any]
_Mode = Literal["validation", "serialization"]
_TEMPLATE = "#/components/schemas/{model}"
_PROBLEM = TypeAdapter(Problem)
_ALL = {
    401: "No token, an unknown one, or one that is over.",
    403: "The token has not the scope, or its user not the right.",
}
_ALL |= {
    406: "Accept asks for another kind of answer.",
    422: "Something is not what it should be: `errors` says what.",
}
_ALL |= {429: "Too many requests with this token: Retry-After says how long to wait."}
_OF_WRITES = {
    409: "It does not fit what is there, or the first of two requests with this Idempotency-Key is at work."
}
_OF_BODIES = {413: "More than 2 MB.", 415: "The body is not application/json."}
_INTRODUCTION = (
    "Calls, clients and orders for programs. A token acts as its user, for what its scopes name. "
    "Faults are problem details (RFC 9457)."
)


class Contract:
    """Made for whoever wants it first: it takes longer than all the rest of a start."""

    def __init__(self, operations: Sequence[Operation], version: str) -> None:
        self._operations = operations
        self._version = version

    @cached_property
    def schema(self) -> Schema:
        return describe(self._operations, self._version)


def describe(operations: Sequence[Operation], version: str) -> Schema:
    schemas, definitions = _schemas(operations)
    paths: dict[str, Schema] = {}
    for each in operations:
        paths.setdefault(each.address, {})[each.method.lower()] = _operation(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Rolodial", "version": version, "description": _INTRODUCTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(each.tag for each in operations)],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class _Schemas(dict[tuple[str, str], Schema]):
    """By (name of the operation, 'body' | 'answer' | 'query' | 'path.<name>')."""


def _schemas(operations: Sequence[Operation]) -> tuple[_Schemas, Schema]:
    """All at once, so that a name that two models share is told apart everywhere."""
    wanted: list[tuple[tuple[str, str], _Mode, TypeAdapter[Any]]] = [
        (("", "problem"), "serialization", _PROBLEM)
    ]
    for each in operations:
        kinds: dict[str, tuple[_Mode, TypeAdapter[Any] | None]] = {
            "body": ("validation", each.body),
            "answer": ("serialization", each.answer),
            "query": ("validation", TypeAdapter(each.query) if each.query else None),
            **{f"path.{name}": ("validation", kind) for name, kind in each.path_types.items()},
        }
        wanted += [((each.name, key), mode, kind) for key, (mode, kind) in kinds.items() if kind]
    made, rest = TypeAdapter.json_schemas(wanted, ref_template=_TEMPLATE)
    for each in operations:  # told as parameters
        rest["$defs"].pop(each.query.__name__ if each.query else "", None)
    return _Schemas({key: schema for (key, _), schema in made.items()}), rest["$defs"]


def _operation(each: Operation, schemas: _Schemas) -> Schema:
    described: Schema = {
        "operationId": each.name,
        "tags": [each.tag],
        "summary": each.summary,
        "security": [{"token": [each.scope]}],
        "parameters": _parameters(each, schemas),
        "responses": _responses(each, schemas),
    }
    if each.description:
        described["description"] = each.description
    if each.role:
        described["x-role"] = each.role.value
    if each.body:
        content = {"application/json": {"schema": schemas[each.name, "body"]}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parameters(each: Operation, schemas: _Schemas) -> list[Schema]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": schemas[each.name, f"path.{name}"]}
        for name in each.path_types
    ]
    if each.query:
        query = each.query.model_json_schema(ref_template=_TEMPLATE)
        for name, schema in query["properties"].items():
            found.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in query.get("required", ()),
                    "schema": _without_null(schema),
                    **({"description": schema["description"]} if "description" in schema else {}),
                }
            )
    if each.writes:
        found.append(_header(HEADER, {"type": "string", "pattern": f"^{PATTERN}$", "maxLength": 200}))
    if each.method == "PATCH":
        found.append(_header("If-Match", {"type": "string", "pattern": f"^({IF_MATCH})$"}))
    return found


def _header(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "header", "required": False, "schema": schema}


def _without_null(schema: Schema) -> Schema:
    """An address cannot say null: what may be left out is left out."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name not in {"anyOf", "title", "description"}}
    rest = {name: value for name, value in rest.items() if (name, value) != ("default", None)}
    return rest | kinds[0] if kinds else rest


def _responses(each: Operation, schemas: _Schemas) -> dict[str, Schema]:
    refused = {
        **_ALL,
        **({404: "There is no such record, or it is not yours to see."} if each.path_types else {}),
    }
    refused |= _OF_WRITES if each.writes else {}
    refused |= _OF_BODIES if each.body else {}
    refused |= {412: "It is no longer what If-Match says."} if each.method == "PATCH" else {}
    problem = {"application/problem+json": {"schema": schemas["", "problem"]}}
    told = {str(each.status): _success(each, schemas)}
    for status, why in sorted({**refused, **each.refusals}.items()):
        told[str(status)] = {"description": why, "content": problem}
    if each.query:
        told["400"] = {
            "description": "The address is longer than 8 190 bytes.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    if "206" in told:
        told["206"]["content"] = told[str(each.status)]["content"]
    return told


def _success(each: Operation, schemas: _Schemas) -> Schema:
    answer: Schema = {"description": HTTPStatus(each.status).phrase}
    if each.answer:
        answer["content"] = {each.media_type: {"schema": schemas[each.name, "answer"]}}
    elif each.media_type != "application/json":
        answer["content"] = {each.media_type: {}}
    names = [
        *(["ETag"] if each.versioned else []),
        *(["Location"] if each.status == HTTPStatus.CREATED else []),
    ]
    if names:
        answer["headers"] = {name: {"schema": {"type": "string"}} for name in names}
    return answer
