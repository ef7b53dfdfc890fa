# SPDX-License-Identifier: Apache-2.0
"""Fields of contacts and companies that the house defines."""

from collections.abc import Collection
from typing import Protocol

from crm_core.domain.client_field import ClientField


class ClientFields(Protocol):
    async def all(self) -> list[ClientField]:
        """Those of contacts first, each in their order; archived ones too."""
        ...

    async def save(self, *fields: ClientField) -> None:
        """Add or overwrite, by id."""
        ...

    async def is_used(self, name: str) -> bool:
        """Whether any client has a value in it; who is archived too."""
        ...

    async def used(self, name: str, values: Collection[str]) -> list[str]:
        """Those of these values that any client has."""
        ...
