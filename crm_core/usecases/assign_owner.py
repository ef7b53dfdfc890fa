# SPDX-License-Identifier: Apache-2.0
"""Who is new gets a manager by the rules [[assign]] in force, in the transaction that made them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm_core.domain.client import ClientKind, Company, Contact
from crm_core.domain.house import House
from crm_core.domain.money import to_minor
from crm_core.domain.routing.assign_rules import AmongTeam, AssignRule, Source
from crm_core.domain.routing.assignment import Assigned, Standing, assign
from crm_core.domain.routing.conditions import TurnoverIs
from crm_core.domain.routing.facts import Facts
from crm_core.domain.routing.number_facts import NumberFacts
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.sharing import Owned, OwnedRecord
from crm_core.domain.turnover import Window, spans, turnover
from crm_core.ports.store import Tx
from crm_core.usecases.trail import Trail

_IN_A_ROW = 25
_Days = list[tuple[date, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """How somebody came to us. `did`: the number of ours that was called; `talked`: who talked with them, and when."""

    source: Source | None = None  # None: not known any more
    did: str | None = None
    talked: UUID | None = None
    talked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigner:
    """The rules, and who could be given clients: read once for a batch of them."""

    rules: Sequence[AssignRule]
    house: House
    standing: Standing
    base: str  # band of who has no other
    groups: bool = True  # companies that belong together count as one

    async def decide(
        self, tx: Tx, kind: Owned, records: Sequence[OwnedRecord], came: Mapping[UUID, Came], now: datetime
    ) -> dict[UUID, Assigned]:
        """In the order given; each counts for the next."""
        facts = await self.facts(tx, kind, records, came, now)
        decided: dict[UUID, Assigned] = {}
        for number, one in enumerate(records, 1):
            first = came[one.id].talked
            decided[one.id] = assign(self.rules, facts[one.id], self.standing, first)
            self.standing.give(decided[one.id])
            if number % _IN_A_ROW == 0:
                await asyncio.sleep(
                    0
                )  # the numbering plan is asked, and that takes its time: calls come first
        return decided

    async def facts(
        self, tx: Tx, kind: Owned, records: Sequence[OwnedRecord], came: Mapping[UUID, Came], now: datetime
    ) -> dict[UUID, Facts]:
        accounts = [one.company_id or one.id for one in records]
        heads = await tx.clients.heads_of(accounts) if self.groups else {}
        bands = await tx.bands.known([heads.get(one, one) for one in accounts])
        bought = await self._turnover(tx, kind, records, now)
        told: dict[UUID, Facts] = {}
        for one, account in zip(records, accounts, strict=True):
            known, how = bands.get(heads.get(account, account)), came[one.id]
            band: dict[str, Any] = {"band": None if kind is Owned.LEAD else self.base}
            if known:
                state = known.state
                band = {
                    "band": state.band,
                    "band_since": state.since.isoformat(),
                    "band_as_of": state.as_of.isoformat(),
                }
            told[one.id] = Facts(
                at=now,
                pbx="",
                did=how.did,
                number=one.number,
                caller_kind=kind.value,
                party_id=one.id,
                company_id=one.company_id,
                source=how.source.value if how.source else None,
                last_operator=how.talked,
                last_talk_at=how.talked_at,
                turnover=bought.get(one.company_id or one.id, {}),
                currency=self.house.currency,
                about_number=NumberFacts(one.number),
                **band,
            )
        return told

    async def _turnover(
        self, tx: Tx, kind: Owned, records: Sequence[OwnedRecord], now: datetime
    ) -> dict[UUID, dict[str, int]]:
        """Only in the windows that a rule asks for. A contact of a company counts as the company."""
        windows = {
            Window(one.window) for rule in self.rules for one in rule.when if isinstance(one, TurnoverIs)
        }
        if kind is Owned.LEAD or not windows:
            return {}
        today, currency = now.astimezone(self.house.tzinfo).date(), self.house.currency
        firsts = [span.first for window in windows for span in spans(window, today)]
        since = None if None in firsts else min(first for first in firsts if first)
        companies = {one.company_id or one.id for one in records if one.company_id or kind is Owned.COMPANY}
        contacts = {one.id for one in records if not one.company_id} - companies
        members = await self._members(tx, companies)
        everyone = {one for of_group in members.values() for one in of_group}
        bought = await self._days(tx, ClientKind.COMPANY, everyone, since)
        sums = await self._days(tx, ClientKind.CONTACT, contacts, since)
        for company, of_group in members.items():
            sums[company] = [day for one in of_group for day in bought.get(one, ())]
        return {
            client: {window.value: to_minor(turnover(days, window, today), currency) for window in windows}
            for client, days in sums.items()
        }

    async def _days(
        self, tx: Tx, of: ClientKind, ids: Collection[UUID], since: date | None
    ) -> dict[UUID, _Days]:
        """What they bought in the house's currency."""
        return {
            client: [(day, amount) for day, currency, amount in days if currency == self.house.currency]
            for client, days in (await tx.bands.sums(of, ids, since)).items()
        }

    async def _members(self, tx: Tx, companies: Collection[UUID]) -> dict[UUID, list[UUID]]:
        """By company, all whose turnover counts as its own."""
        if not self.groups:
            return {one: [one] for one in companies}
        heads = await tx.clients.heads_of(companies)
        of_head: dict[UUID, list[UUID]] = {}
        for one in await tx.clients.groups_of(companies):
            of_head.setdefault(one.head_id or one.id, []).append(one.id)
        return {one: of_head.get(heads.get(one, one), [one]) for one in companies}


async def load_assigner(tx: Tx, now: datetime) -> Assigner | None:
    """None: no rules say whose client anybody becomes. Clients are locked: whose turn it is changes by what follows."""
    stored = await tx.routing.in_force()
    if stored is None or not can_assign(stored.body):
        return None
    await tx.clients.serialise()
    house = await tx.settings.house()
    rules = parse_rules(stored.body, currency=house.currency, region=house.region).assign
    standing = await load_standing(
        tx, now, teams={one.to.team for one in rules if isinstance(one.to, AmongTeam)}
    )
    bands = await tx.bands.settings()
    return Assigner(rules=rules, house=house, standing=standing, base=bands.base, groups=bands.groups)


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
