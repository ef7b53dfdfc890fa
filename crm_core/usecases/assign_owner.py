# SPDX-License-Identifier: Apache-2.0
"""Who is new gets a manager by the rules [[assign]] in force, in the transaction that made them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_core.domain.client import Company, Contact
from crm_core.domain.routing.assign_rules import AmongTeam, Source
from crm_core.domain.routing.assignment import Assigned, Standing, assign
from crm_core.domain.sharing import Owned, OwnedRecord
from crm_core.ports.store import Tx
from crm_core.usecases.look_at_clients import Came, Look
from crm_core.usecases.read_rule_set import read_rule_set
from crm_core.usecases.trail import Trail

_IN_A_ROW = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigner:
    """The rules, and who could be given clients: read once for a batch of them."""

    look: Look
    standing: Standing

    async def decide(
        self, tx: Tx, kind: Owned, records: Sequence[OwnedRecord], came: Mapping[UUID, Came], now: datetime
    ) -> dict[UUID, Assigned]:
        """In the order given; each counts for the next."""
        facts = await self.look.facts(tx, kind, records, came, now)
        decided: dict[UUID, Assigned] = {}
        for number, one in enumerate(records, 1):
            first = came[one.id].talked
            decided[one.id] = assign(self.look.rules, facts[one.id], self.standing, first)
            self.standing.give(decided[one.id])
            if number % _IN_A_ROW == 0:
                await asyncio.sleep(
                    0
                )  # the numbering plan is asked, and that takes its time: calls come first
        return decided


async def load_assigner(tx: Tx, now: datetime) -> Assigner | None:
    """None: no rules say whose client anybody becomes. Clients are locked: whose turn it is changes by what follows."""
    stored = await tx.routing.in_force()
    if stored is None or not can_assign(stored.body):
        return None
    await tx.clients.serialise()
    house = await tx.settings.house()
    rules = (await read_rule_set(stored.body, house)).assign
    standing = await load_standing(
        tx, now, teams={one.to.team for one in rules if isinstance(one.to, AmongTeam)}
    )
    bands, numbers = await tx.bands.settings(), await tx.people.own_numbers()
    languages = {one.e164: one.language for one in numbers if one.language}
    look = Look(rules=rules, house=house, base=bands.base, groups=bands.groups, languages=languages)
    return Assigner(look=look, standing=standing)


def can_assign(body: Mapping[str, Any]) -> bool:
    """Whether a rule set in its kept form has rules of this, and not all of them are switched off."""
    return not all(rule.get("off") for rule in body.get("assign", ()))


async def load_standing(tx: Tx, now: datetime, teams: Collection[str] = ()) -> Standing:
    """Who works here and is not away today, with what each has."""
    away = {one.user_id for one in await tx.absences.since(now) if one.covers(now)}
    able = [user for user in await tx.people.users() if user.archived_at is None and user.id not in away]
    return Standing(
        names={user.id: user.name for user in able},
        logins={user.login: user.id for user in able},
        teams={one.name: sorted(one.members) for one in await tx.people.teams() if one.name in teams},
        clients=await tx.sharing.counts([user.id for user in able]),
        turns=await tx.sharing.turns(teams),
    )


async def keep_turns(tx: Tx, standing: Standing) -> None:
    await tx.sharing.save_turns({turn: standing.turns[turn] for turn in standing.given})
    standing.given.clear()


async def assign_owners(tx: Tx, kind: Owned, came: Mapping[UUID, Came], trail: Trail) -> dict[UUID, UUID]:
    """Of these, who has no manager yet is given one, if a rule says whose they are; it goes on the trail."""
    if not came:
        return {}
    assigner = await load_assigner(tx, trail.now)
    if assigner is None:
        return {}
    without = {one.id: one for one in await tx.sharing.records(kind, list(came)) if one.manager_id is None}
    in_order = [without[one] for one in came if one in without]
    decided = await assigner.decide(tx, kind, in_order, came, trail.now)
    owners = {one: given.user for one, given in decided.items() if given.user is not None}
    await tx.sharing.set_owners(kind, owners, trail.now)
    await keep_turns(tx, assigner.standing)
    for one, owner in owners.items():
        note_assigned(trail, kind, one, owner, decided[one])
    return owners


async def assign_made(
    tx: Tx, made: tuple[Sequence[UUID], Sequence[UUID]], source: Source, trail: Trail
) -> None:
    """Contacts and companies that came in together: companies first, who has what counts for their contacts."""
    contacts, companies = made
    for kind, ids in ((Owned.COMPANY, companies), (Owned.CONTACT, contacts)):
        await assign_owners(tx, kind, dict.fromkeys(ids, Came(source=source)), trail)


async def assign_one(
    tx: Tx, kind: Owned, made: Contact | Company, source: Source, trail: Trail
) -> UUID | None:
    """Whose they are: as was said when they were made, else by the rules. The trail is written."""
    if made.manager_id is not None:
        return made.manager_id
    owners = await assign_owners(tx, kind, {made.id: Came(source=source)}, trail)
    await trail.write(tx)
    return owners.get(made.id)


def note_assigned(trail: Trail, kind: Owned, record_id: UUID, owner: UUID, decision: Assigned) -> None:
    """'Assigned by the rule so-and-so, because ...'."""
    after = Given(
        manager_id=owner,
        rule=decision.rule,
        because=[{"code": why.code, "params": dict(why.params)} for why in decision.why],
    )
    trail.note_fields(kind.value, record_id, Given(), after, "assign")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the trail says of it."""

    manager_id: UUID | None = None
    rule: str | None = None
    because: Sequence[Mapping[str, Any]] | None = None
