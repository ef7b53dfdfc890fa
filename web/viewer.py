# SPDX-License-Identifier: Apache-2.0
"""Who is looking: a user with a session, or a program with a token."""

from dataclasses import dataclass
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.people import Role, User
from crm_core.domain.session import ApiToken, Session

_RANK = {Role.OPERATOR: 0, Role.SUPERVISOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    user: User
    session: Session | None = None
    token: ApiToken | None = None
    must_set_up: bool = False  # the house demands a second step, and they have none: nothing else opens

    @property
    def id(self) -> UUID:
        return self.user.id

    @property
    def actor(self) -> Actor:
        name = f"{self.user.login} ({self.token.label})" if self.token else self.user.login
        return Actor(name, self.user.id)

    def is_at_least(self, role: Role) -> bool:
        return _RANK[self.user.role] >= _RANK[role]
