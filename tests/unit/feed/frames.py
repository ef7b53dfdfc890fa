# SPDX-License-Identifier: Apache-2.0
"""Frames as hypothesis makes them: few people and calls, so that they meet."""

from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from crm_core.ports.feed import EVERYBODY, Audience

PEOPLE = [UUID(int=number) for number in range(1, 4)]
CALLS = [str(UUID(int=number)) for number in range(100, 110)]
Publication = tuple[str, dict[str, Any], Audience]

_calls = st.sampled_from(CALLS)
_users = st.sampled_from([*map(str, PEOPLE), None])
_to_people = st.sets(st.sampled_from(PEOPLE), min_size=1).map(lambda users: Audience(users=frozenset(users)))
_roles = st.sets(st.sampled_from(["operator", "admin"]), min_size=1).map(
    lambda roles: Audience(roles=frozenset(roles))
)


def _frame(kind: str, to: st.SearchStrategy[Audience], **fields: Any) -> st.SearchStrategy[Publication]:
    return st.tuples(st.just(kind), st.fixed_dictionaries(fields), to)


publications: st.SearchStrategy[Publication] = st.one_of(
    _frame("pop", _to_people, pop=st.uuids(), call_id=_calls, stage=st.sampled_from(["first", "next"])),
    _frame("pop.raised", _to_people, call_id=_calls, user_id=_users),
    _frame("pop.closed", _to_people, call_id=_calls, user_id=_users, reason=st.text(max_size=5)),
    _frame("pop.dismissed", _to_people, call_id=_calls),
    _frame("pop.client", _to_people, call_id=_calls, user_id=_users, client=st.just({"kind": "contact"})),
    _frame(
        "call",
        _to_people,
        call_id=_calls,
        user_id=_users,
        state=st.sampled_from(["ringing", "talking", "held", "ended", "odd"]),
        talk_s=st.integers(0, 9),
    ),
    _frame(
        "call.recording",
        _to_people,
        call_id=_calls,
        user_id=_users,
        paused_at=st.none() | st.just("2026-11-20T09:00:00+00:00"),
    ),
    _frame("operator", st.just(EVERYBODY), user_id=_users, state=st.sampled_from(["paused", "available"])),
    _frame("operator", st.just(EVERYBODY), user_id=_users, source=st.sampled_from(["phone", "schedule"])),
    _frame(
        "phone", st.just(EVERYBODY), user_id=_users, device=st.sampled_from("ab"), state=st.text(max_size=3)
    ),
    _frame("pbx", _roles, name=st.sampled_from(["main", "7"]), state=st.text(max_size=3)),
    _frame("communication", _to_people | _roles, id=st.uuids()),
)
