# SPDX-License-Identifier: Apache-2.0
"""Our people in memory: by id, extension and device; their teams; what they say of themselves."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.directory.people import Operator, OperatorState, StateSource, Team


class Roster:
    def __init__(self) -> None:
        self._operators: dict[UUID, Operator] = {}
        self._by_login: dict[str, UUID] = {}
        self._by_extension: dict[tuple[str, str], UUID] = {}
        self._by_device: dict[tuple[str, str], UUID] = {}
        self._teams: dict[str, Team] = {}
        # Rows of clients point at people by position: 4 bytes. A position is never given to another person.
        self._positions: dict[UUID, int] = {}
        self._listed: list[UUID] = []

    def set_people(self, operators: Iterable[Operator], teams: Iterable[Team]) -> None:
        """Take the people and teams as they now are, all of them."""
        self._operators = {operator.id: operator for operator in operators}
        self._teams = {team.name: team for team in teams}
        self._by_login = {
            operator.login: operator.id for operator in self._operators.values() if operator.login
        }
        self._by_extension, self._by_device = {}, {}
        for operator in self._operators.values():
            for line in operator.lines:
                self._by_extension[line.pbx, line.extension] = operator.id
                self._by_device[line.pbx, line.device] = operator.id

    def set_state(
        self,
        user_id: UUID,
        state: OperatorState,
        since: datetime,
        source: StateSource | None = None,
        until: datetime | None = None,
    ) -> None:
        if operator := self._operators.get(user_id):
            self._operators[user_id] = replace(
                operator, state=state, state_since=since, state_source=source, state_until=until
            )

    def operator(self, user_id: UUID) -> Operator | None:
        return self._operators.get(user_id)

    def by_login(self, login: str) -> Operator | None:
        user_id = self._by_login.get(login)
        return self._operators[user_id] if user_id else None

    def by_extension(self, pbx: str, extension: str) -> Operator | None:
        user_id = self._by_extension.get((pbx, extension))
        return self._operators[user_id] if user_id else None

    def by_device(self, pbx: str, device: str) -> Operator | None:
        user_id = self._by_device.get((pbx, device))
        return self._operators[user_id] if user_id else None

    def operators(self) -> tuple[Operator, ...]:
        return tuple(self._operators.values())

    def team(self, name: str) -> Team | None:
        return self._teams.get(name)

    def teams(self) -> tuple[Team, ...]:
        return tuple(self._teams.values())

    def position(self, user_id: UUID | None) -> int:
        """Where this person stands in the list that columns point into; -1 for nobody."""
        if user_id is None:
            return -1
        found = self._positions.get(user_id)
        if found is None:
            found = self._positions[user_id] = len(self._listed)
            self._listed.append(user_id)
        return found

    def at(self, position: int) -> UUID | None:
        return self._listed[position] if position >= 0 else None
