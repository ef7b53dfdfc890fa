# SPDX-License-Identifier: Apache-2.0
"""The journal's calls held against the database's: what differs is shown, and written only when asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from config.journal import Asked, JournalCallEvents
from config.refold import Refolding
from config.settings import PbxSettings, Settings
from crm_core.domain.call import CallMerged
from crm_core.domain.directory import Directory
from crm_core.domain.errors import InvalidInputError
from crm_core.feed.in_process import InProcessFeed
from crm_core.storage.schema import audit, call, call_leg
from crm_core.usecases.record_call import record_call
from crm_core.usecases.refold_call import Verdict
from pbx_bridge.ami_event import parse
from pbx_bridge.amij import Head, Kind, encode, encode_head
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.journal_read import Fold, Period
from pbx_bridge.settings import AmiSettings
from tests.support.recordings_of_ami import NAMES, PROFILE, frames_of, recording

BOOT = "2026-11-22T15:33:27"
SOME = [
    "inbound_answered_caller_hangs_up",
    "queue_answered",
    "attended_transfer_by_refer_completed",
    "hold_and_resume",
]


class House:
    """A journal of recorded calls, and a database that heard of them as they happened."""

    def __init__(self, store, home) -> None:
        pbx = PbxSettings(name="main", ami=AmiSettings(secret="x"), profile=PROFILE)
        self.settings = Settings(home=home, pbx=(pbx,))
        self.store = store
        self.directory = home / "journal" / "main"
        self.directory.mkdir(parents=True)

    def write(self, name, hours=0):
        """The scenario as our journal has it; its calls' times."""
        reads, at = [], None
        for frame in frames_of(recording(name)):
            at = parse(frame).at or at or datetime(2026, 11, 22, tzinfo=UTC)
            end = b"\r\n" if frame.startswith(b"Asterisk Call Manager") else b"\r\n\r\n"
            reads.append(encode(Kind.DATA, 0, round((at.timestamp()) * 1e6) * 1000, frame + end))
        path = self.directory / f"{at:%Y%m%dT%H%M%S}.000000Z.amij"
        path.write_bytes(encode_head(Head("main", BOOT)) + encode(Kind.OPENED, 0, 0) + b"".join(reads))
        return path

    async def hear(self):
        told = []
        fold = Fold(CallTracker(PROFILE, pbx="main"), told.extend)
        for _ in Period(self.directory, None).into(fold):
            pass
        for event in told:
            await record_call(event, self.store, InProcessFeed(), Directory())
        self.merged = [one for one in told if isinstance(one, CallMerged)]

    async def refold(self, *, dry=True):
        refolding = Refolding(self.settings, self.store, dry=dry)
        since, now = datetime(2023, 1, 1, tzinfo=UTC), datetime.now(UTC)
        began = min(
            datetime.strptime(one.name[:8], "%Y%m%d").replace(tzinfo=UTC) for one in self.directory.iterdir()
        )
        found = [
            one
            async for one in refolding.run(
                max(since, began - timedelta(days=1)), began + timedelta(days=2), now
            )
        ]
        self.troubles, self.untold = refolding.troubles, refolding.untold
        return found

    async def sql(self, statement):
        async with self.store.engines.writer.begin() as connection:
            return await connection.execute(statement)

    async def calls(self):
        async with self.store.engines.reader.connect() as connection:
            rows = (await connection.execute(select(call).order_by(call.c.id))).all()
            legs = (
                await connection.execute(select(call_leg).order_by(call_leg.c.call_id, call_leg.c.position))
            ).all()
            return rows, legs


@pytest.fixture
def house(store, tmp_path):
    return House(store, tmp_path)


@pytest.mark.parametrize("name", SOME)
async def test_what_was_heard_live_is_the_same(house, name):
    house.write(name)
    await house.hear()
    found = await house.refold()
    assert found
    assert {(one.verdict, tuple(one.changes)) for one in found} == {(Verdict.SAME, ())}
    assert (house.troubles, house.untold) == ([], 0)


async def test_what_differs_is_shown_by_field_and_a_dry_run_writes_nothing(house):
    house.write("inbound_answered_caller_hangs_up")
    await house.hear()
    right = await house.calls()
    await house.sql(update(call).values(talk_s=99.0, disposition="busy"))
    wrong = await house.calls()
    (found,) = await house.refold()
    assert found.verdict is Verdict.CHANGED
    assert {name: one.before for name, one in found.changes.items()} == {
        "talk_s": 99.0,
        "disposition": "busy",
    }
    assert found.changes["disposition"].after == "answered"
    assert await house.calls() == wrong
    await house.refold(dry=False)
    assert await house.calls() == right
    ((action, kind, before, after),) = (
        await house.sql(select(audit.c.action, audit.c.kind, audit.c.before, audit.c.after))
    ).all()
    assert (action, kind, before) == ("refold", "call", {"talk_s": 99.0, "disposition": "busy"})
    assert after["disposition"] == "answered"
    assert [one.verdict for one in await house.refold(dry=False)] == [Verdict.SAME]


async def test_a_call_that_the_database_lost_is_added(house):
    house.write("queue_answered")
    (found,) = await house.refold(dry=False)
    assert found.verdict is Verdict.ADDED
    assert [one.verdict for one in await house.refold()] == [Verdict.SAME]


async def test_a_journal_that_lacks_something_never_spoils_the_record(house):
    path = house.write("inbound_answered_caller_hangs_up")
    await house.hear()
    before = await house.calls()
    data = path.read_bytes()
    middle = data.index(b"Event: BridgeEnter")
    path.write_bytes(data[: middle + 5] + b"\0" + data[middle + 6 :])
    rest = data[data.index(b"Event: BridgeLeave") - 25 :]
    later = path.with_name(path.name.replace("Z.amij", "9Z.amij"))
    later.write_bytes(encode_head(Head("main", BOOT)) + rest)
    found = await house.refold(dry=False)
    assert {one.verdict for one in found} <= {Verdict.LESS_SURE}
    assert await house.calls() == before
    assert house.troubles


async def test_calls_that_the_journal_does_not_tell_of_are_counted_and_left(house):
    path = house.write("inbound_busy")
    await house.hear()
    before = await house.calls()
    path.write_bytes(encode_head(Head("main", BOOT)))
    assert await house.refold(dry=False) == []
    assert house.untold == len(before[0])
    assert await house.calls() == before


async def test_calls_that_turned_out_to_be_one_are_joined(house):
    joined = next(name for name in NAMES if name.startswith("attended_transfer_by_refer_completed"))
    house.write(joined)
    await house.hear()
    await house.sql(update(call).values(merged_into=None))
    parts = len((await house.calls())[0])
    found = await house.refold(dry=False)
    changed = [one for one in found if one.verdict is Verdict.CHANGED]
    assert len(changed) == len(house.merged[:1])
    assert all("joined" in one.changes for one in changed)
    rows, _ = await house.calls()
    assert sum(row.merged_into is None for row in rows) == parts - len(house.merged)


async def test_an_export_is_of_the_call_that_the_database_has(house):
    house.write("hold_and_resume")
    await house.hear()
    ((row, *_), _legs) = await house.calls()
    async with house.store.read() as tx:
        kept = await tx.calls.get(row.id)
    told = await JournalCallEvents(house.settings).masked(kept.call)
    assert kept.call.linkedids[0].encode() in told
    assert kept.call.caller.encode() not in told


class TestAsked:
    NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def test_a_day_is_the_houses(self):
        from zoneinfo import ZoneInfo

        since, until = Asked(day="2026-11-22").between(ZoneInfo("Europe/Moscow"), self.NOW)
        assert (since, until) == (
            datetime(2026, 11, 21, 21, tzinfo=UTC),
            datetime(2026, 11, 22, 21, tzinfo=UTC),
        )

    def test_without_anything_it_is_the_last_day(self):
        assert Asked().between(UTC, self.NOW) == (self.NOW - timedelta(days=1), self.NOW)

    def test_zones_are_asked_for_only_when_they_matter(self):
        assert Asked(since="2026-11-22T09:00+03:00").has_zone
        assert Asked(since="2026-11-22T09:00+00:00").has_zone
        assert not Asked(since="2026-11-22T09:00").has_zone
        assert not Asked(day="2026-11-22").has_zone

    @pytest.mark.parametrize("asked", [{"day": "22.11.2026"}, {"since": "x"}, {"since": "2026-11-23T00:00"}])
    def test_what_is_no_period_is_refused(self, asked):
        with pytest.raises(InvalidInputError):
            Asked(**asked).between(UTC, self.NOW)
