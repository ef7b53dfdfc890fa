# SPDX-License-Identifier: Apache-2.0
"""Who did what is said by name; by login where that is needed to know who it was."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from crm_core.domain.people import Role, User
from web.actors import Actors

PEOPLE = (("anna", "Anna Smirnova"), ("ivan", "Ivan Ivanov"), ("ivan2", "Ivan Ivanov"))
ACTORS = Actors(
    User(
        id=UUID(int=number),
        login=login,
        name=name,
        role=Role.ADMIN,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    for number, (login, name) in enumerate(PEOPLE)
)


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        ("anna", "Anna Smirnova"),
        ("anna (import of orders)", "Anna Smirnova (import of orders)"),
        ("ivan2", "Ivan Ivanov (ivan2)"),
        ("gone", "gone"),
        ("rolodial rules", "rolodial rules"),
        ("", ""),
    ],
)
def test_an_actor_is_said_by_name(actor, said):
    assert ACTORS(actor) == said


@pytest.mark.parametrize(
    ("actor", "user_id", "said"),
    [
        ("anna.s", UUID(int=0), "Anna Smirnova"),
        ("anna.s (import of orders)", UUID(int=0), "Anna Smirnova (import of orders)"),
        ("", UUID(int=2), "Ivan Ivanov (ivan2)"),
        (str(UUID(int=0)), None, "Anna Smirnova"),
        ("anna", UUID(int=9), "Anna Smirnova"),
    ],
)
def test_an_id_is_known_whatever_the_login_was(actor, user_id, said):
    assert ACTORS(actor, user_id) == said
