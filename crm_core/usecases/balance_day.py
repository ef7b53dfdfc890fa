# SPDX-License-Identifier: Apache-2.0
"""Look through a day: every call against CEL and its files. What was found before and explained stays explained."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_core.domain.balance import (
    DayBalance,
    Evidence,
    Finding,
    FindingState,
    Found,
    Known,
    differences_of,
    healed,
    orphan,
    unseen,
)
from crm_core.domain.call import Call
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.recording import Recording
from crm_core.domain.witness import Witness
from crm_core.ports.pbx import LinkState, Pbx
from crm_core.ports.recording_store import RecordingStore
from crm_core.ports.store import Store, Tx

BY_ITSELF = "balance"  # who settles what is no longer found
_AT_ONCE = 500
_NAMED_BEFORE = timedelta(days=7)
GoingOn = Mapping[str, Collection[UUID]]


@dataclass(frozen=True, slots=True)
class Balanced:
    day: DayBalance
    findings: Sequence[Finding]

    @property
    def open(self) -> Sequence[Finding]:
        return [one for one in self.findings if one.state is FindingState.OPEN]


def going_on(pbxs: Collection[Pbx]) -> GoingOn:
    """What each PBX has now; one whose link is down is not asked."""
    linked = (pbx for pbx in pbxs if pbx.status().state is LinkState.CONNECTED)
    return {pbx.name: frozenset(call.id for call in pbx.open_calls()) for pbx in linked}


def span_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From midnight to midnight of the house's clock on the wall."""
    begin = datetime.combine(day, datetime.min.time(), zone)
    return begin, datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)


async def balance_day(
    store: Store, files: RecordingStore, day: date, now: datetime, open_now: GoingOn | None = None
) -> Balanced:
    """`open_now`: the calls that each PBX says it has now; one that cannot be asked is left out.

    Raises InvalidInputError for a day to come.
    """
    async with store.read() as tx:
        zone = (await tx.settings.house()).tzinfo
        if day > now.astimezone(zone).date():
            raise InvalidInputError("this day has not come yet")
        since, until = span_of(day, zone)
        witnesses = await tx.witnesses.between(since, until)
        orphans = await tx.balances.orphans(since, until)
        recorded = await tx.balances.recorded_boots(since, until)
    known = Known(now=now, recorded=recorded, witnessed=_since(witnesses), going_on=open_now or {})
    found = [one for each in orphans if (one := orphan(each, now))]
    found += [one for each in witnesses if (one := unseen(each, now))]
    calls = talks = recordings = 0
    async for evidence in _evidence(store, files, since, until):
        calls, talks = calls + 1, talks + len(evidence.call.talks)
        recordings += len(evidence.recordings)
        found += differences_of(evidence, known)
        await _heal(store, evidence, now)
    told = DayBalance(
        day=day.isoformat(),
        run_at=now,
        calls=calls,
        talks=talks,
        recordings=recordings + len(orphans),
        witnessed=len(witnesses),
    )
    return Balanced(told, await _keep(store, told, found, now))


async def days_to_look_at(store: Store, now: datetime) -> Sequence[date]:
    """For a night: the day that is over, and those of the last week of which something is open."""
    async with store.read() as tx:
        zone = (await tx.settings.house()).tzinfo
        yesterday = now.astimezone(zone).date() - timedelta(days=1)
        week = [one.day for one in await tx.balances.days(_NAMED_BEFORE.days + 1)]
        counts = await tx.balances.counts(week)
    again = {date.fromisoformat(day) for day in week if counts.get(day, {}).get(FindingState.OPEN)}
    recent = {day for day in again if yesterday - _NAMED_BEFORE <= day <= yesterday}
    return sorted({yesterday, *recent})


def _since(witnesses: Sequence[Witness]) -> dict[tuple[str, str], datetime]:
    """Of which PBX and boot CEL came, and from which call on; the oldest is given first."""
    first: dict[tuple[str, str], datetime] = {}
    for one in witnesses:
        first.setdefault((one.said.pbx, one.boot), one.said.started_at)
    return first


async def _evidence(
    store: Store, files: RecordingStore, since: datetime, until: datetime
) -> AsyncIterator[Evidence]:
    after = None
    while True:
        async with store.read() as tx:
            calls = await tx.balances.calls(since, until, after, _AT_ONCE)
            some = await _of_calls(tx, calls)
        for one in some:
            yield replace(one, gone=await _gone(files, one.recordings))
        if len(calls) < _AT_ONCE:
            return
        after = calls[-1].id


async def _of_calls(tx: Tx, calls: Sequence[Call]) -> list[Evidence]:
    ids = [call.id for call in calls]
    recordings, pauses = await tx.recordings.of_calls(ids), await tx.recordings.pauses(ids)
    witnesses = await tx.witnesses.of_calls(ids)
    return [
        Evidence(
            call=call,
            recordings=recordings.get(call.id, ()),
            pauses=pauses.get(call.id, ()),
            witnesses=witnesses.get(call.id, ()),
        )
        for call in calls
    ]


async def _heal(store: Store, evidence: Evidence, now: datetime) -> None:
    better = healed(evidence)
    if better:
        async with store.begin() as tx:
            for recording in better:
                await tx.recordings.save(recording)
                tx.changes.add("recording", recording.id, now)


async def _gone(files: RecordingStore, recordings: Sequence[Recording]) -> frozenset[UUID]:
    kept = [one for one in recordings if one.storage_key]
    return frozenset([one.id for one in kept if await files.find(one.storage_key or "") is None])


async def _keep(store: Store, day: DayBalance, found: Sequence[Found], now: datetime) -> Sequence[Finding]:
    async with store.begin() as tx:
        before = {(one.found.kind, one.found.subject): one for one in await tx.balances.findings(day.day)}
        for each in found:
            known = before.pop((each.kind, each.subject), None)
            await tx.balances.save_finding(_again(known, each, now) if known else _new(day.day, each, now))
        for over in before.values():
            if over.state is FindingState.OPEN:
                await tx.balances.save_finding(_settled(over, BY_ITSELF, now))
        await tx.balances.save(day)
        return await tx.balances.findings(day.day)


def _new(day: str, found: Found, now: datetime) -> Finding:
    finding = Finding(id=new_id(now), day=day, found=found, state=FindingState.OPEN)
    return _settled(finding, found.fixed_by, now) if found.fixed_by else finding


def _again(known: Finding, found: Found, now: datetime) -> Finding:
    """It is there still: what was thought to be fixed is open again, what was explained is not."""
    finding = replace(known, found=found)
    if found.fixed_by:
        return finding if known.settled_at else _settled(finding, found.fixed_by, now)
    if known.state is FindingState.FIXED:
        return replace(finding, state=FindingState.OPEN, actor=None, settled_at=None)
    return finding


def _settled(finding: Finding, actor: str, now: datetime) -> Finding:
    return replace(finding, state=FindingState.FIXED, actor=actor, settled_at=now)
