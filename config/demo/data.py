# SPDX-License-Identifier: Apache-2.0
"""The demo's people and clients. Their orders keep their distance from `now`, so each start finds them fresh."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from config.demo.shop import Client, shop
from crm_core.domain.audit import Actor
from crm_core.domain.ids import new_id
from crm_core.domain.people import Device, DeviceKind, Extension, OwnNumber, Role, Team, User
from crm_core.domain.received import Outcome
from crm_core.ports.store import Store, Tx
from crm_core.usecases.step_bands import step_all
from crm_core.usecases.trail import Trail
from crm_core.usecases.upsert_clients import upsert_clients
from crm_core.usecases.upsert_orders import upsert_orders
from web.passwords import hash_password

PASSWORD: Final = "rolodial-demo"  # noqa: S105 - the demo's, printed on its first page
DID: Final = "+74951112233"
PBX: Final = "main"
PEOPLE: Final = (  # login, name, role, extension, team
    ("anna", "Anna Smirnova", Role.OPERATOR, "101", "retail"),
    ("boris", "Boris Volkov", Role.OPERATOR, "102", "retail"),
    ("clara", "Clara Weiss", Role.OPERATOR, "103", "wholesale"),
    ("dmitri", "Dmitri Orlov", Role.OPERATOR, "104", "wholesale"),
    ("sofia", "Sofia Lebedeva", Role.SUPERVISOR, "105", None),
    ("admin", "Administrator", Role.ADMIN, None, None),
)
_ACTOR = Actor("demo")
# At first orders come week by week, so that clients enter and leave turnover bands on days of their own.
_WEEKS: Final = tuple(timedelta(weeks=ago) for ago in range(9, -1, -1))


async def load_demo(store: Store, now: datetime) -> None:
    """Whatever is there already stays; orders are moved so that they are as old as they should be."""
    hashed = await asyncio.to_thread(hash_password, PASSWORD)
    async with store.begin() as tx:
        trail = Trail(_ACTOR, now)
        await _people(tx, trail, hashed)
        await _teams(tx, trail)
        await _own_number(tx, trail)
        await trail.write(tx)
    await _clients(store, shop(), now)


async def _people(tx: Tx, trail: Trail, password_hash: str) -> None:
    since = trail.now - timedelta(days=400)  # so that past calls are theirs
    for login, name, role, extension, _ in PEOPLE:
        if await tx.people.user_by_login(login):
            continue
        user = User(id=new_id(trail.now), login=login, name=name, role=role, created_at=trail.now)
        await tx.people.add_user(user, password_hash)
        trail.note("user", None, user)
        if extension is None:
            continue
        number = Extension(
            id=new_id(trail.now), user_id=user.id, pbx=PBX, extension=extension, valid_from=since
        )
        phone = Device(
            id=new_id(trail.now),
            user_id=user.id,
            pbx=PBX,
            device=f"PJSIP/{extension}",
            kind=DeviceKind.DESK,
            valid_from=since,
        )
        await tx.people.add_extension(number)
        await tx.people.add_device(phone)
        trail.note("extension", None, number)
        trail.note("device", None, phone)


async def _teams(tx: Tx, trail: Trail) -> None:
    users = {user.login: user.id for user in await tx.people.users(archived=True)}
    known = {team.name for team in await tx.people.teams()}
    for name in ("retail", "wholesale"):
        if name not in known:
            members = frozenset(users[login] for login, *_, team in PEOPLE if team == name)
            team = Team(id=new_id(trail.now), name=name, members=members)
            await tx.people.add_team(team)
            trail.note("team", None, team)


async def _own_number(tx: Tx, trail: Trail) -> None:
    if DID not in {number.e164 for number in await tx.people.own_numbers()}:
        number = OwnNumber(id=new_id(trail.now), e164=DID, label="Main number")
        await tx.people.add_own_number(number)
        trail.note("own_number", None, number)


async def _clients(store: Store, clients: list[Client], now: datetime) -> None:
    verdicts = await upsert_clients(store, [client.told for client in clients], _ACTOR, now)
    orders = [order for client in clients for order in client.orders_at(now)]
    async with store.read() as tx:
        is_first = await tx.bands.look() is None
    if is_first:
        await step_all(store, now - _WEEKS[0])
    since = None
    for ago in _WEEKS if is_first else _WEEKS[-1:]:
        until = now - ago
        some = [
            one for one in orders if (since is None or one.ordered_at > since) and one.ordered_at <= until
        ]
        verdicts += await upsert_orders(store, some, _ACTOR, until)
        since = until
    refused = [verdict.why for verdict in verdicts if verdict.outcome is Outcome.REFUSED]
    if refused:
        raise RuntimeError(f"the demo's own data was refused: {refused[0]}")
