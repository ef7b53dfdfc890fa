# SPDX-License-Identifier: Apache-2.0
"""What clients have in the fields that rules name; of fields nobody asks for, nothing is in memory."""

from collections.abc import Mapping
from uuid import UUID

from crm_core.domain.directory.party import Party, PartyKind


class ClientFieldTables:
    """By the name of a field ('contact.segment') and by client; most have nothing in it."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[bytes, str]] = {}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._tables)

    def put(self, name: str, values: dict[bytes, str]) -> None:
        """All there are."""
        self._tables[name] = values

    def set(self, kind: PartyKind, identity: UUID, values: Mapping[str, str]) -> None:
        """Of one client; a field that is not among them is empty."""
        for name, table in self._tables.items():
            if not name.startswith(kind.value):
                continue
            if name in values:
                table[identity.bytes] = values[name]
            else:
                table.pop(identity.bytes, None)

    def value(self, name: str, party: Party | None) -> str | None:
        """'' where there is nothing, None where the field is not in memory. A company's is its people's too."""
        table = self._tables.get(name)
        if table is None:
            return None
        identity = self._owner(name, party) if party else None
        return "" if identity is None else table.get(identity.bytes, "")

    def _owner(self, name: str, party: Party) -> UUID | None:
        if name.startswith(PartyKind.COMPANY.value):
            return party.company_id
        return party.id if party.kind is PartyKind.CONTACT else None
