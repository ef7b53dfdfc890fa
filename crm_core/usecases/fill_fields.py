# SPDX-License-Identifier: Apache-2.0
"""What somebody says of the fields of a contact or a company, checked against the fields there are."""

from collections.abc import Iterable, Mapping

from crm_core.domain.client import ClientKind
from crm_core.domain.client_field import ClientField, Given, Pairs, merged
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.received import ReceivedClient
from crm_core.ports.store import Tx


async def filled(tx: Tx, of: ClientKind, before: Pairs, given: Mapping[str, Given] | None) -> Pairs:
    """By their keys; what is not given stays. InvalidInputError names the field."""
    if not given:
        return before
    return merged([one for one in await tx.client_fields.all() if one.of is of], before, given)


def check_told(fields: Iterable[ClientField], told: ReceivedClient, there: Mapping[ClientKind, bool]) -> None:
    """What they may hold, and that the row speaks of who has them: `there`."""
    for kind, is_there in there.items():
        given = [name for name, _ in told.fields if name.startswith(kind.value)]
        if given and not is_there:
            raise InvalidInputError(f"{given[0]}: the row names no {kind.value}")
        try:
            told_of(fields, kind, (), told)
        except InvalidInputError as error:
            raise InvalidInputError(f"{error.details.get('label', given[0])}: {error}") from error


def told_of(fields: Iterable[ClientField], of: ClientKind, before: Pairs, told: ReceivedClient) -> Pairs:
    """With what a row says of them. An empty cell empties nothing."""
    start = f"{of.value}."
    given = {name.removeprefix(start): said for name, said in told.fields if name.startswith(start)}
    return merged([one for one in fields if one.of is of], before, given)
