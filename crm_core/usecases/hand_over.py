# SPDX-License-Identifier: Apache-2.0
"""Who changed their band goes to a manager of the team whose band it is, unless their own one is pinned."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from crm_core.domain.audit import SYSTEM
from crm_core.domain.band_history import BandChange, HandOver, Pin
from crm_core.domain.bands import Bands
from crm_core.domain.client import ClientKind, Company, Contact
from crm_core.domain.errors import NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.mail import Mail, MailTemplate
from crm_core.domain.routing.assignment import fewest
from crm_core.domain.task import GET_TO_KNOW, HAND_ON, TAKE_OVER, Task, TaskOrigin
from crm_core.ports.store import Store, StoreAwayError, Tx
from crm_core.usecases.put_mail import can_mail, put_mail
from crm_core.usecases.trail import Trail

log = structlog.get_logger()
_SOON: Final = timedelta(days=2)


async def hand_over_due(store: Store, now: datetime) -> int:
    """Those whose day has come; each in a transaction of its own, so that one does not hold up the others."""
    async with store.read() as tx:
        today = now.astimezone((await tx.settings.house()).tzinfo).date()
        waiting = await tx.bands.waiting(today)
    done = 0
    for change in waiting:
        trail = Trail(SYSTEM, now)
        try:
            async with store.begin() as tx:
                await hand_over(tx, change, trail)
                await trail.write(tx)
        except StoreAwayError:
            raise
        except Exception:  # at the next look again
            log.exception("a client was not handed over", client=str(change.client_id))
        else:
            done += 1
    return done


async def hand_over(tx: Tx, change: BandChange, trail: Trail) -> BandChange:
    """One client; what became of it stands with the change, and on the card."""
    await tx.clients.serialise()
    bands = await tx.bands.settings()
    client = await _client(tx, change.kind, change.client_id)
    settled = replace(change, hand_over_on=None, from_manager=client.manager_id if client else None)
    standing = (await tx.bands.known([change.client_id])).get(change.client_id)
    if client is None or client.archived_at or standing is None or standing.state.band != change.after:
        settled = replace(settled, outcome=HandOver.CALLED_OFF)
    elif await tx.bands.pins([change.client_id]):
        settled = replace(settled, outcome=HandOver.PINNED)
    else:
        clients = await _with_group(tx, client) if bands.groups else [client]
        settled = await _give(tx, clients, settled, bands, trail)
    await tx.bands.settle(settled)
    trail.changed("band", change.client_id)
    return settled


async def _with_group(tx: Tx, head: Contact | Company) -> list[Contact | Company]:
    """The head first, then who belongs to it and is not pinned: one client for us, so one manager for all."""
    if isinstance(head, Contact):
        return [head]
    group = [one for one in await tx.clients.groups_of([head.id]) if not one.archived_at]
    pinned = await tx.bands.pins([one.id for one in group])
    return [head, *(one for one in group if one.id not in {head.id, *pinned})]


async def _give(
    tx: Tx, clients: Sequence[Contact | Company], change: BandChange, bands: Bands, trail: Trail
) -> BandChange:
    team = await _able(tx, bands.team(change.after), trail.now)
    theirs = [one.manager_id for one in clients if one.manager_id in team]
    if len(theirs) == len(clients):
        return replace(change, outcome=HandOver.THEIRS)
    if not team:
        return replace(change, outcome=HandOver.NOBODY)
    heir = theirs[0] if theirs else fewest(team, await tx.sharing.counts(team))
    leave = [one for one in clients if one.manager_id not in team]
    for client in leave:
        given = replace(client, manager_id=heir, updated_at=trail.now)
        if isinstance(given, Contact):
            await tx.clients.save_contacts([given])
        else:
            await tx.clients.save_companies([given])
        trail.note(change.kind.value, client, given)
    handed = replace(change, outcome=HandOver.HANDED, from_manager=leave[0].manager_id, to_manager=heir)
    formers = list(dict.fromkeys(one.manager_id for one in leave))
    await _set_tasks(tx, handed, formers, clients[0].name, trail)
    for former in formers:
        await _tell(tx, replace(handed, from_manager=former), clients[0].name, trail.now)
    return handed


async def _set_tasks(
    tx: Tx, change: BandChange, formers: Sequence[UUID | None], client: str, trail: Trail
) -> None:
    """Who gets the client and who gives it up have something to do about it, within some days."""
    olds = [user for one in formers if one and (user := await tx.people.user(one))]
    new = await tx.people.user(change.to_manager) if change.to_manager else None
    about = {
        "client": client,
        "band": change.after,
        "old": ", ".join(one.name for one in olds),
        "new": new.name if new else "",
    }
    texts = [(new, TAKE_OVER if olds else GET_TO_KNOW), *((old, HAND_ON) for old in olds)]
    whose: dict[str, Any] = {f"{change.kind.value}_id": change.client_id}
    due = trail.now.astimezone((await tx.settings.house()).tzinfo).date() + _SOON
    for user, text in texts:
        if user is None or user.archived_at:
            continue
        task = Task(
            id=new_id(trail.now),
            text=text,
            about=about,
            user_id=user.id,
            due_on=due,
            origin=TaskOrigin.BAND,
            created_at=trail.now,
            updated_at=trail.now,
            **whose,
        )
        await tx.tasks.save(task)
        trail.note("task", None, task)


async def _tell(tx: Tx, change: BandChange, client: str, now: datetime) -> None:
    """Both managers get a letter, where there is a mail server and they have an address; the card tells everybody."""
    if not await can_mail(tx):
        return
    sides = (change.from_manager, change.to_manager)
    old, new = [await tx.people.user(one) if one else None for one in sides]
    page = {ClientKind.CONTACT: "contacts", ClientKind.COMPANY: "companies"}[change.kind]
    values = {
        "client": client,
        "old": old.name if old else "",
        "new": new.name if new else "",
        "before": change.before,
        "after": change.after,
        "path": f"/{page}/{change.client_id}",
    }
    for user in (old, new):
        if user and user.email and not user.archived_at:
            mail = Mail(
                to=user.email,
                template=MailTemplate.HANDED_OVER,
                values=values,
                locale=user.locale,
                zone=user.zone,
            )
            await put_mail(tx, mail, key=f"handed-over:{change.id}:{user.id}", now=now)


async def set_pin(tx: Tx, kind: ClientKind, client_id: UUID, trail: Trail, *, pinned: bool) -> None:
    if await _client(tx, kind, client_id) is None:
        raise NotFoundError
    before = (await tx.bands.pins([client_id])).get(client_id)
    if pinned and before is None:
        pin = Pin(kind=kind, client_id=client_id, at=trail.now, by=trail.actor.name)
        await tx.bands.pin(pin)
        trail.note("manager_pin", None, pin)
    elif before and not pinned:
        await tx.bands.unpin(client_id)
        trail.note("manager_pin", before, None)


async def _able(tx: Tx, team: str, now: datetime) -> list[UUID]:
    """Of the team, who works here and is not away today."""
    members = next((one.members for one in await tx.people.teams() if one.name == team), frozenset[UUID]())
    away = {one.user_id for one in await tx.absences.since(now) if one.covers(now)}
    return [user.id for user in await tx.people.users() if user.id in members - away]


async def _client(tx: Tx, kind: ClientKind, client_id: UUID) -> Contact | Company | None:
    if kind is ClientKind.CONTACT:
        return await tx.clients.contact(client_id)
    return await tx.clients.company(client_id)
