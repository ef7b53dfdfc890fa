# SPDX-License-Identifier: Apache-2.0
"""The fields of contacts and companies that the house defines: added, changed, archived; never removed."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from crm_core.domain import clean
from crm_core.domain.client_field import (
    LAST,
    LONGEST_LABEL,
    MOST,
    ClientField,
    FieldKind,
    choices_kept,
    is_key,
)
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.version import check_unchanged
from crm_core.ports.store import Tx
from crm_core.usecases.named_by_rules import fields_of_rules
from crm_core.usecases.trail import Trail

_STEP: Final = 10


async def put_field(tx: Tx, field: ClientField, trail: Trail, seen: str | None = None) -> None:
    """Its key, and whose field it is, never change; its kind does not while a client has something in it."""
    await tx.clients.serialise()
    listed = await tx.client_fields.all()
    before = next((one for one in listed if one.id == field.id), None)
    check_unchanged(before, seen)
    field = _cleaned(field, before)
    _check_others(field, [one for one in listed if one.id != field.id and one.of is field.of])
    if before is None and field.position == LAST:
        field = replace(field, position=max((one.position for one in listed), default=0) + _STEP)
    if before:
        await _check_values(tx, before, field)
        await _check_rules(tx, before, field)
    if before != field:
        await tx.client_fields.save(field)
        trail.note("client_field", before, field)


def _cleaned(field: ClientField, before: ClientField | None) -> ClientField:
    label = clean.line(field.label, LONGEST_LABEL)
    if label is None:
        raise InvalidInputError("a name is needed", field="label")
    key, of = (before.key, before.of) if before else (field.key.strip().lower(), field.of)
    if not is_key(key):
        raise InvalidInputError(
            "a key begins with a letter and has a-z, 0-9 and _, 40 characters at most", field="key"
        )
    choices = choices_kept(field.choices) if field.kind is FieldKind.CHOICE else ()
    if field.kind is FieldKind.CHOICE and not choices:
        raise InvalidInputError("at least one choice is needed", field="choices")
    return replace(field, label=label, key=key, of=of, choices=choices)


def _check_others(field: ClientField, others: Collection[ClientField]) -> None:
    if any(one.key == field.key for one in others):
        raise InvalidInputError("another field has this key", field="key")
    shown = [one for one in others if one.archived_at is None]
    if field.archived_at is None and any(one.label.casefold() == field.label.casefold() for one in shown):
        raise InvalidInputError("another field has this name", field="label")
    if len(others) >= MOST:
        raise InvalidInputError("there are 100 fields already: that are too many")


async def _check_values(tx: Tx, before: ClientField, after: ClientField) -> None:
    if before.kind is not after.kind and await tx.client_fields.is_used(before.name):
        raise InvalidInputError("clients have something in this field: its kind stays", field="kind")
    gone = [one for one in before.choices if one not in after.choices]
    if after.kind is FieldKind.CHOICE and await tx.client_fields.used(before.name, gone):
        raise InvalidInputError("a choice that is gone here is that of a client: it stays", field="choices")


async def _check_rules(tx: Tx, before: ClientField, after: ClientField) -> None:
    """Those in force go on meaning what they mean."""
    asked = (await fields_of_rules(tx)).get(before.name)
    if asked is None:
        return
    if after.archived_at and not before.archived_at:
        raise InvalidInputError("the rules of routing name this field: change them first")
    if before.kind is not after.kind:
        raise InvalidInputError("the rules of routing name this field: change them first", field="kind")
    if asked & {one.lower() for one in before.choices} - {one.lower() for one in after.choices}:
        raise InvalidInputError("the rules of routing name this field: change them first", field="choices")
