# SPDX-License-Identifier: Apache-2.0
"""The fields of clients that the house has named: which there are, and what stands in them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from crm_core.domain.client import ClientKind
from crm_core.domain.client_field import ClientField, FieldKind, Pairs, said
from web.api.ask import Ask
from web.api.operation import operation
from web.api.words import FieldTold, Told


class ClientFieldTold(Told):
    id: UUID
    of: ClientKind
    key: str
    label: str
    kind: FieldKind
    choices: list[str]
    position: int
    archived_at: datetime | None


class ClientFieldsTold(Told):
    """Those of contacts first, each in the order of the house."""

    items: list[ClientFieldTold]


@operation("GET", "/client-fields", scope="contacts:read", summary="Fields of contacts and companies")
async def list_client_fields(ask: Ask) -> ClientFieldsTold:
    """Those that the house has added. An archived one is written by nobody; what stands in it is told."""
    async with ask.store.read() as tx:
        fields = await tx.client_fields.all()
    return ClientFieldsTold(items=[ClientFieldTold.model_validate(one) for one in fields])


def told_fields(fields: Iterable[ClientField], of: ClientKind) -> Callable[[Pairs], dict[str, FieldTold]]:
    """Numbers as numbers, yes and no as true and false."""
    kinds = {one.key: one.kind for one in fields if one.of is of}
    return lambda values: {key: said(kinds[key], value) for key, value in values if key in kinds}
