# SPDX-License-Identifier: Apache-2.0
"""What the rules [[assign]] ask of clients and leads: of many at once, and only what a rule asks."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm_core.domain.client import ClientKind
from crm_core.domain.house import House
from crm_core.domain.money import to_minor
from crm_core.domain.routing.assign_rules import AssignRule, Source
from crm_core.domain.routing.client_conditions import DealIs, DebtIs, TagIs, TaskIs
from crm_core.domain.routing.conditions import DidIs, TalkedWithin, TurnoverIs
from crm_core.domain.routing.facts import AskedFields, Facts
from crm_core.domain.routing.field_conditions import FieldIs
from crm_core.domain.routing.number_conditions import LanguageIs
from crm_core.domain.routing.number_facts import NumberFacts
from crm_core.domain.sharing import Owned, OwnedRecord
from crm_core.domain.turnover import Window, spans, turnover
from crm_core.ports.store import Tx

_Days = list[tuple[date, Decimal]]
_Told = dict[UUID, dict[str, Any]]  # by record: facts by their names
_Records = Sequence[OwnedRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """How somebody came to us. `did`: the number of ours that was called; `talked`: who talked with them, and when."""

    source: Source | None = None  # None: not known any more
    did: str | None = None
    talked: UUID | None = None
    talked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`base`: the band of who has no other. `groups`: companies that belong together count as one."""

    rules: Sequence[AssignRule]
    house: House
    base: str
    groups: bool = True
    languages: Mapping[str, str] = field(default_factory=dict)  # of our numbers

    async def facts(
        self, tx: Tx, kind: Owned, records: _Records, came: Mapping[UUID, Came], now: datetime
    ) -> dict[UUID, Facts]:
        bands = await self._bands(tx, kind, records)
        bought = await self._turnover(tx, kind, records, now)
        asked, calls = await self._asked(tx, kind, records, now), await self._calls(tx, kind, records, came)
        told: dict[UUID, Facts] = {}
        for one in records:
            source = came[one.id].source
            told[one.id] = Facts(
                at=now,
                pbx="",
                number=one.number,
                caller_kind=kind.value,
                party_id=one.id,
                company_id=one.company_id,
                source=source.value if source else None,
                turnover=bought.get(one.company_id or one.id, {}),
                currency=self.house.currency,
                about_number=NumberFacts(one.number),
                **bands[one.id],
                **asked[one.id],
                **calls[one.id],
            )
        return told

    def _asks(self, *conditions: type) -> bool:
        return any(isinstance(one, conditions) for rule in self.rules for one in rule.when)

    async def _asked(self, tx: Tx, kind: Owned, records: _Records, now: datetime) -> _Told:
        """As calls have them (domain.routing.live); what no rule asks nobody looks at."""
        look, told = tx.client_facts, {one.id: dict[str, Any]() for one in records}
        if self._asks(TagIs):
            tags = await look.tags(kind, records)
            _tell(told, "tags", lambda one: tags.get(one, ()))
        if names := {one.field for rule in self.rules for one in rule.when if isinstance(one, FieldIs)}:
            filled = await look.fields(kind, records, names)
            _tell(
                told, "fields", lambda one: AskedFields({**dict.fromkeys(names, ""), **filled.get(one, {})})
            )
        if self._asks(DebtIs):
            debts = await look.debts(kind, records, self.house.currency)
            _tell(told, "debt", lambda one: debts.get(one, 0))
        if self._asks(DealIs):
            deals = await look.deals(kind, records)
            _tell(told, "deals", lambda one: deals.get(one, ()))
        if self._asks(TaskIs):
            tasks = await look.tasks(kind, records, now, now.astimezone(self.house.tzinfo).date())
            _tell(told, "tasks", lambda one: tasks.get(one, ()))
        return told

    async def _calls(self, tx: Tx, kind: Owned, records: _Records, came: Mapping[UUID, Came]) -> _Told:
        """As they came; where nobody says how, as the calls with them tell it."""
        asks_did, asks_talk = self._asks(DidIs, LanguageIs), self._asks(TalkedWithin)
        dids = await tx.client_facts.dids(kind, records) if asks_did else {}
        talks = await tx.client_facts.last_talks(kind, records) if asks_talk else {}
        told: _Told = {}
        for one in records:
            how = came[one.id]
            did = how.did or dids.get(one.id)
            talk = (how.talked, how.talked_at)
            who, at = talk if how.talked_at else talks.get(one.id, talk)
            told[one.id] = {
                "did": did,
                "language": self.languages.get(did) if did else None,
                "last_operator": who,
                "last_talk_at": at,
            }
        return told

    async def _bands(self, tx: Tx, kind: Owned, records: _Records) -> _Told:
        accounts = {one.id: one.company_id or one.id for one in records}
        heads = await tx.clients.heads_of(list(accounts.values())) if self.groups else {}
        counts_as = {one: heads.get(account, account) for one, account in accounts.items()}
        known = await tx.bands.known(list(counts_as.values()))
        told: _Told = {one.id: {"band": None if kind is Owned.LEAD else self.base} for one in records}
        for one, account in counts_as.items():
            if band := known.get(account):
                days = {"band_since": band.state.since, "band_as_of": band.state.as_of}
                told[one] = {"band": band.state.band} | {key: day.isoformat() for key, day in days.items()}
        return told

    async def _turnover(
        self, tx: Tx, kind: Owned, records: _Records, now: datetime
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


def _tell(told: _Told, name: str, of: Callable[[UUID], Any]) -> None:
    for one, facts in told.items():
        facts[name] = of(one)
