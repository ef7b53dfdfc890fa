# SPDX-License-Identifier: Apache-2.0
"""Where clients stand after their orders: some of them at once, all of them every day. Again changes nothing."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from crm_core.domain.audit import SYSTEM
from crm_core.domain.band_history import BandChange, KnownBand, Look, Why
from crm_core.domain.bands import CAUGHT_UP, Bands, BandState, convert, crossing, follow
from crm_core.domain.client import ClientKind
from crm_core.domain.house import House
from crm_core.domain.ids import new_id
from crm_core.domain.turnover import spans, turnover
from crm_core.domain.version import version_of
from crm_core.ports.store import Store, Tx
from crm_core.usecases.set_house import SETTINGS
from crm_core.usecases.trail import Trail

Account = tuple[ClientKind, UUID]
Sums = Sequence[tuple[date, str, Decimal]]
_AT_ONCE = 50  # the loop breathes between; a forecast of one takes some tenths of a millisecond


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    clients: int = 0
    changes: int = 0
    stale_since: date | None = None


async def step_accounts(tx: Tx, accounts: Iterable[Account], trail: Trail, why: Why | None = None) -> int:
    """How many changed. Before the first look at all nothing is known of what was before: nobody is handed over."""
    bands, house = await tx.bands.settings(), await tx.settings.house()
    if why is None:
        why = Why.ORDERS if await tx.bands.look() else Why.SETTINGS
    steps = _Steps(bands, house, trail, why)
    every = await _counted(tx, bands, set(accounts))
    for kind in ClientKind:
        ids = sorted(client_id for of, client_id in every if of is kind)
        if ids:
            known = await tx.bands.known(ids)
            since = steps.first_day(known.values())
            sums = await tx.bands.sums(kind, ids, since, groups=bands.groups)
            for client_id in ids:
                steps.take(kind, client_id, known.get(client_id), sums.get(client_id, ()))
    await tx.bands.save(steps.kept)
    await tx.bands.add_changes(steps.changes)
    return len(steps.changes)


async def step_all(store: Store, now: datetime) -> Stepped:
    """In small transactions. Where no orders come any more, bands stay: no news may be a broken import."""
    async with store.read() as tx:
        bands, house, look = await tx.bands.settings(), await tx.settings.house(), await tx.bands.look()
        told_at = await tx.bands.last_order_at()
        today = now.astimezone(house.tzinfo).date()
        told = told_at.astimezone(house.tzinfo).date() if told_at else today
        same = look is not None and look.settings == settings_version(bands, house)
        if look and same and bands.stale_days and (today - told).days > bands.stale_days:
            stale: Look | None = replace(look, stale_since=told)
            accounts: Sequence[Account] = ()
        else:
            stale = None
            since = _first(bands, today - timedelta(days=CAUGHT_UP))
            accounts = await tx.bands.accounts(since, groups=bands.groups)
    if stale:
        if stale != look:
            await _keep_look(store, stale, now)
        return Stepped(stale_since=told)
    if bands.groups and not same:
        await _forget_members(store, now)
    changes = 0
    for start in range(0, len(accounts), _AT_ONCE):
        trail = Trail(SYSTEM, now)
        async with store.begin() as tx:
            await tx.clients.serialise()  # orders that come meanwhile are counted before us or after us
            some = accounts[start : start + _AT_ONCE]
            changes += await step_accounts(tx, some, trail, Why.ORDERS if same else Why.SETTINGS)
            await trail.write(tx)
    await _keep_look(store, Look(day=today, at=now, settings=settings_version(bands, house)), now)
    return Stepped(clients=len(accounts), changes=changes)


async def forget_members(tx: Tx, trail: Trail, of: UUID | None = None) -> None:
    """Where groups count, a company that belongs to another stands where its head stands."""
    for one in await tx.bands.forget_members(of):
        trail.changed("band", one)


async def _forget_members(store: Store, now: datetime) -> None:
    trail = Trail(SYSTEM, now)
    async with store.begin() as tx:
        await tx.clients.serialise()
        await forget_members(tx, trail)
        await trail.write(tx)


async def _counted(tx: Tx, bands: Bands, accounts: set[Account]) -> set[Account]:
    """Of companies that belong together the head, where groups count."""
    if not bands.groups:
        return accounts
    heads = await tx.clients.heads_of([one for kind, one in accounts if kind is ClientKind.COMPANY])
    return {(kind, heads.get(one, one)) for kind, one in accounts}


def settings_version(bands: Bands, house: House) -> str:
    """Changes with what decides about bands, and with nothing else."""
    limits = replace(bands, stale_days=0, hand_over_days=0)
    counted = replace(House(), currency=house.currency, zone=house.zone, turnover_basis=house.turnover_basis)
    return f"{version_of(limits)}-{version_of(counted)}"


class _Steps:
    def __init__(self, bands: Bands, house: House, trail: Trail, why: Why) -> None:
        self._bands = bands
        self._currency = house.currency
        self._today = trail.now.astimezone(house.tzinfo).date()
        self._trail = trail
        self._why = why
        self.kept: list[KnownBand] = []
        self.changes: list[BandChange] = []

    def first_day(self, known: Collection[KnownBand]) -> date | None:
        """What was bought before is in no window of the days to go through."""
        oldest = min((one.state.as_of for one in known), default=self._today)
        return _first(self._bands, max(oldest, self._today - timedelta(days=CAUGHT_UP)))

    def take(self, kind: ClientKind, client_id: UUID, known: KnownBand | None, sums: Sums) -> None:
        days, apart = convert(self._bands, self._currency, sums)
        before = known.state if known else self._nowhere()
        *changed, state = follow(self._bands, before, days, self._today)
        aside = {of: turnover(some, self._bands.window, self._today) for of, some in apart.items()}
        state = replace(state, apart={of: amount for of, amount in aside.items() if amount})
        coming = crossing(self._bands, state, days, self._today)
        now = KnownBand(kind=kind, client_id=client_id, state=state, currency=self._currency, next=coming)
        if self._is_news(known, now):
            self.kept.append(now)
        for after in changed:
            self._note(now, before, after, last=after is changed[-1])
            before = after

    def _nowhere(self) -> BandState:
        return BandState(band=self._bands.base, since=self._today, as_of=self._today)

    def _is_news(self, known: KnownBand | None, now: KnownBand) -> bool:
        """Who buys nothing and is in no band needs no row, nor a new one every day."""
        if known is None:
            state = now.state
            return state.band != self._bands.base or bool(state.turnover or state.apart)
        idle = now.state.band == self._bands.base and not now.state.turnover
        return replace(known.state, as_of=now.state.as_of) != now.state or not idle or known.next != now.next

    def _note(self, known: KnownBand, before: BandState, after: BandState, *, last: bool) -> None:
        waits = last and self._why is Why.ORDERS and bool(self._bands.team(after.band))
        on = max(after.since + timedelta(days=self._bands.hand_over_days), self._today)
        self.changes.append(
            BandChange(
                id=new_id(self._trail.now),
                kind=known.kind,
                client_id=known.client_id,
                day=after.since,
                at=self._trail.now,
                before=before.band,
                after=after.band,
                turnover=after.turnover,
                currency=known.currency,
                why=self._why,
                hand_over_on=on if waits else None,
            )
        )
        self._trail.changed("band", known.client_id)


def _first(bands: Bands, day: date) -> date | None:
    firsts = [span.first for span in spans(bands.window, day)]
    return None if None in firsts else min(first for first in firsts if first)


async def _keep_look(store: Store, look: Look, now: datetime) -> None:
    trail = Trail(SYSTEM, now)
    async with store.begin() as tx:
        await tx.bands.save_look(look)
        trail.changed("bands", SETTINGS)
        await trail.write(tx)
