# SPDX-License-Identifier: Apache-2.0
"""Who did what, by name: what is kept with a change is an id, a login, and with a token its label."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from crm_core.domain.people import User


class Actors:
    """A login stands for whom nobody is known by it, and beside the name where two have one name."""

    def __init__(self, users: Iterable[User] = ()) -> None:
        users = list(users)
        having = Counter(user.name for user in users)
        self._said = {
            key: user.name if having[user.name] == 1 else f"{user.name} ({user.login})"
            for user in users
            for key in (user.login, str(user.id))
        }

    def __call__(self, actor: str, user_id: UUID | None = None) -> str:
        """As web.viewer writes them: 'anna', or 'anna (the label of a token)'. An id alone does: logins may change."""
        who, begins, label = actor.partition(" (")
        name = self._said.get(str(user_id), self._said.get(who))
        return actor if name is None else f"{name}{begins}{label}"
