# SPDX-License-Identifier: Apache-2.0
"""What a caller has in the fields that rules ask for, looked at when one asks."""

from crm_core.domain.directory.client_fields import ClientFieldTables
from crm_core.domain.directory.party import Party
from crm_core.domain.routing.facts import AskedFields


class LiveFields(AskedFields):
    """'' where there is nothing; None while the field is not in memory."""

    def __init__(self, tables: ClientFieldTables, party: Party | None) -> None:
        self._tables = tables
        self._party = party

    def __missing__(self, name: str) -> str | None:
        found = self[name] = self._tables.value(name, self._party)
        return found
