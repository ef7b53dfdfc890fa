# SPDX-License-Identifier: Apache-2.0
"""What the demo's administrator is about to do: other rules of routing in the draft, and leads dealt out to people."""

from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from config.demo.data import DID
from config.demo.shop import MARIA, OLGA
from config.routing_file import DEFAULT_FILE, read_routing_file
from crm_core.domain.audit import Actor
from crm_core.domain.ids import new_id
from crm_core.domain.listing import ListKind, ListQuery
from crm_core.domain.people import User
from crm_core.domain.routing.toml import to_toml
from crm_core.domain.sharing import BatchState, ShareBatch, Way
from crm_core.ports.store import Store
from crm_core.usecases.rule_draft import save_draft
from crm_core.usecases.share_out import begin_sharing, order, plan, work_some
from crm_core.usecases.trail import Trail

_WHOLESALE_FROM: Final = 10_000
_WEEK: Final = ["09:00-18:00"]
_HOURS: Final = {
    "zone": "Europe/Moscow",
    **dict.fromkeys(("mon", "tue", "wed", "thu"), _WEEK),
    "fri": ["09:00-17:00"],
    "holidays": ["01-01", "01-07"],
    "special": {"12-31": ["09:00-13:00"]},
}
_MISSED: Final = {
    "id": "missed-today",
    "when": {"missed_today": True},
    "step": [
        {"to": "team", "team": "retail", "how": "least_recent", "seconds": 15},
        {"to": "queue", "queue": "default", "priority": 20, "seconds": 120},
        {"to": "voicemail", "mailbox": "default", "seconds": 120},
    ],
}
_STRANGERS: Final = {
    "id": "strangers",
    "when": {"caller": ["unknown", "lead"]},
    "step": [
        {"to": "queue", "queue": "retail", "seconds": 90},
        {"to": "voicemail", "mailbox": "default", "seconds": 120},
    ],
}
_CLOSED: Final = {
    "id": "closed",
    "when": {"closed": "office"},
    "step": [{"to": "voicemail", "mailbox": "default", "seconds": 120}],
}


async def load_demo_plans(store: Store, now: datetime) -> None:
    async with store.read() as tx:
        people = {user.login: user for user in await tx.people.users()}
    await _draft(store, people["admin"], now)
    await _share_out(store, people, now)


async def _draft(store: Store, admin: User, now: datetime) -> None:
    trail = Trail(Actor(admin.name, admin.id), now)
    async with store.begin() as tx:
        await save_draft(tx, to_toml(draft_of(DEFAULT_FILE)), 0, trail)
        await trail.write(tx)


def draft_of(file: Path) -> dict[str, Any]:
    """Wholesale begins lower, whoever was missed comes first, strangers wait, and at night there is voicemail."""
    body = deepcopy(read_routing_file(file, currency="RUB", region="RU")[0])
    for rule in body["rule"]:
        if "turnover" in rule.get("when", {}):
            rule["when"]["turnover"]["at_least"] = _WHOLESALE_FROM
    return {
        **body,
        "hours": {"office": _HOURS},
        "lists": {
            "blocked": {"numbers": ["+79169990006"], "beginnings": ["+1900"]},
            "vip": {"numbers": [OLGA, MARIA]},
        },
        "skills": {"english": {"anna": 4, "clara": 8, "dmitri": 6}},
        "rule": [_CLOSED, _MISSED, *body["rule"][:-1], _STRANGERS, body["rule"][-1]],
        "test": [
            _test("A client calls at night", "2026-11-27T03:00:00+03:00", "closed", "voicemail default"),
            _test("Their manager is on a call", "2026-11-27T12:00:00+03:00", "wholesale", "Clara")
            | {"turnover": {"30d": 25_000}, "manager": "Anna", "people": {"Anna": "on_call"}}
            | {"teams": {"wholesale": ["Clara"]}},
        ],
    }


def _test(name: str, at: str, rule: str, step: str) -> dict[str, Any]:
    given = {"name": name, "at": at, "caller": "contact", "did": DID}
    return given | {"expect": {"rule": rule, "steps": [step]}}


async def _share_out(store: Store, people: dict[str, User], now: datetime) -> None:
    """The leads of nobody, evenly between two; by the supervisor, who has seen the plan."""
    sofia = people["sofia"]
    batch = ShareBatch(
        id=new_id(now),
        user_id=sofia.id,
        actor=sofia.name,
        list=ListKind.LEADS,
        query="",
        way=Way.EVENLY,
        people=[people["anna"].id, people["boris"].id],
        made_at=now,
    )
    async with store.begin() as tx:
        await begin_sharing(tx, batch)
    await plan(store, batch, ListQuery(sort="created"), now)
    trail = Trail(Actor(sofia.name, sofia.id), now)
    async with store.begin() as tx:
        batch = await order(tx, batch.id, BatchState.PLANNED, BatchState.GIVING, trail)
        await trail.write(tx)
    while batch.state.is_at_work:
        batch = await work_some(store, batch, now)
