# SPDX-License-Identifier: Apache-2.0
"""What somebody says of the fields of a contact or a company, checked against the fields there are."""

from collections.abc import Mapping

from crm_core.domain.client import ClientKind
from crm_core.domain.client_field import Given, Pairs, merged
from crm_core.ports.store import Tx


async def filled(tx: Tx, of: ClientKind, before: Pairs, given: Mapping[str, Given] | None) -> Pairs:
    """By their keys; what is not given stays. InvalidInputError names the field."""
    if not given:
        return before
    return merged([one for one in await tx.client_fields.all() if one.of is of], before, given)
