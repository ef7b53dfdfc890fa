# SPDX-License-Identifier: Apache-2.0
"""What people set for themselves, by name."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID


class Preferences(Protocol):
    async def get(self, user_id: UUID, name: str) -> Mapping[str, Any]:
        """Empty when nothing was set."""
        ...

    async def set(self, user_id: UUID, name: str, value: Mapping[str, Any]) -> None: ...
