# SPDX-License-Identifier: Apache-2.0
"""People by name in the story of a call: whose an extension or a device was at that time stands in its leg."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from crm_core.domain.call_history import KeptLeg
from crm_core.ports.store import Tx


async def names_of_all(tx: Tx) -> dict[UUID, str]:
    """Of who left as well: their calls stay theirs."""
    return {user.id: user.name for user in await tx.people.users(archived=True)}


def parties(legs: Iterable[KeptLeg], names: Mapping[UUID, str]) -> dict[str | None, str | None]:
    return {kept.leg.party: names.get(kept.user_id) for kept in legs if kept.user_id}
