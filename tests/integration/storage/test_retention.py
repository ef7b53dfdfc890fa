# SPDX-License-Identifier: Apache-2.0
"""Recordings and the trail go when their time is over, and it is said how many went."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.nightly import next_night, one_night
from crm_core.domain.audit import SYSTEM, AuditEntry
from crm_core.domain.ids import new_id
from crm_core.domain.outbox import OutKind
from crm_core.domain.recording import Recording, RecordingState
from crm_core.domain.retention import Retention
from crm_core.domain.webhook import Delivery, Webhook
from crm_core.domain.witness import Witness, WitnessState
from crm_core.usecases.apply_retention import Gone, apply_retention
from crm_core.usecases.set_house import SETTINGS
from recordings.local_store import LocalRecordingStore, make_key
from tests.support.witness import a_witnessed_call

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


async def a_recording(store, files, days):
    at = NOW - timedelta(days=days)
    recording_id = new_id(at)
    made = Recording(
        id=recording_id,
        call_id=None,
        pbx="main",
        linkedid=str(days),
        uniqueid=str(days),
        state=RecordingState.READY,
        source_name=f"{days}_{days}.wav",
        created_at=at,
        storage_key=make_key(recording_id, at, "opus"),
    )
    source = files.workspace() / f"{days}.opus"
    source.write_bytes(b"sound")
    await files.put(made.storage_key, source)
    async with store.begin() as tx:
        await tx.recordings.expect(made)
        await tx.recordings.save(made)
    return made


async def test_what_is_old_goes_and_the_rest_stays(store, tmp_path):
    files = LocalRecordingStore(tmp_path)
    old, new = await a_recording(store, files, 91), await a_recording(store, files, 89)
    async with store.begin() as tx:
        for days in (400, 1):
            at = NOW - timedelta(days=days)
            await tx.audit.add(
                AuditEntry(
                    id=new_id(at), at=at, actor=SYSTEM, action="x", kind="retention", record_id=SETTINGS
                )
            )
    assert await apply_retention(store, files, Retention(), NOW) == Gone(
        recordings=0, audit=0, outgoing=0, witness=0
    )
    gone = await apply_retention(store, files, Retention(recordings=90, audit=365), NOW)
    assert gone == Gone(recordings=1, audit=1, outgoing=0, witness=0)
    assert await files.find(old.storage_key) is None
    assert await files.find(new.storage_key) is not None
    async with store.read() as tx:
        kept = await tx.recordings.get(old.id)
        newest = (await tx.audit.of("retention", SETTINGS))[0]
        assert (await tx.recordings.get(new.id)) == new
    assert (kept.state, kept.storage_key, kept.state.playable) == (RecordingState.REMOVED, None, False)
    assert newest.after == {"recordings": 1, "audit": 1, "outgoing": 0, "witness": 0}
    again = await apply_retention(store, files, Retention(recordings=90, audit=365), NOW)
    assert again == Gone(recordings=0, audit=0, outgoing=0, witness=0)


def a_try(webhook, item_id, at):
    return Delivery(
        id=new_id(at),
        webhook_id=webhook.id,
        item_id=item_id,
        event="call.ended",
        at=at,
        headers={},
        body="+79161000001",
        status=200,
        answer="ok",
        ms=5,
        error="",
    )


async def test_what_went_out_goes_with_the_log_of_webhooks_and_what_waits_stays(store, tmp_path):
    files, made = LocalRecordingStore(tmp_path), {}
    webhook = Webhook(
        id=new_id(NOW),
        url="https://shop.example/hook",
        events=frozenset({"call.ended"}),
        secret="-",
        created_at=NOW - timedelta(days=90),
        updated_at=NOW - timedelta(days=90),
    )
    async with store.begin() as tx:
        await tx.webhooks.add(webhook)
        for key, days in (("old", 31), ("new", 29), ("waits", 40)):
            at = NOW - timedelta(days=days)
            body = {"body": "+79161000001"}
            await tx.outbox.add(OutKind.WEBHOOK, webhook.url, body, key=key, now=at)
            [item] = await tx.outbox.claim(OutKind.WEBHOOK, at, at, 1)
            made[key] = item.id
            if key != "waits":
                await tx.outbox.sent(item.id, at)
                await tx.webhooks.log(a_try(webhook, item.id, at))
    assert (await apply_retention(store, files, Retention(outgoing=0), NOW)).outgoing == 0
    assert (await apply_retention(store, files, Retention(), NOW)).outgoing == 2  # the message and its try
    async with store.read() as tx:
        left = {key for key, item in made.items() if await tx.outbox.get(item)}
        tries = await tx.webhooks.deliveries(webhook.id, None, 10)
        [newest, *_] = await tx.audit.of("retention", SETTINGS)
    assert left == {"new", "waits"}
    assert [each.item_id for each in tries] == [made["new"]]
    assert newest.after == {"recordings": 0, "audit": 0, "outgoing": 2, "witness": 0}


async def witnessed(store, days):
    """What CEL said of a call so many days ago."""
    began = NOW - timedelta(days=days)
    said = replace(a_witnessed_call(f"{days}.1"), started_at=began, ended_at=began + timedelta(minutes=2))
    state = WitnessState.UNMATCHED
    told = Witness(id=new_id(began), boot="b", call_id=None, said=said, state=state, compared_at=NOW)
    async with store.begin() as tx:
        await tx.witnesses.keep([told])


async def test_the_night_forgets_what_cel_said_when_its_time_is_over(store, tmp_path, monkeypatch):
    monkeypatch.setattr("crm_core.usecases.apply_retention._ROWS_AT_ONCE", 2)
    for days in (500, 400, 367, 366, 364, 1):
        await witnessed(store, days)

    async def left():
        async with store.read() as tx:
            told = await tx.witnesses.between(NOW - timedelta(days=1000), NOW)
        return [one.said.linkedid for one in told]

    async def night(retention):
        async with store.begin() as tx:
            await tx.settings.save_retention(retention)
        assert await one_night(store, LocalRecordingStore(tmp_path), tmp_path, lambda: NOW)

    await night(Retention(witness=0))
    assert len(await left()) == 6
    await night(Retention())
    assert await left() == ["364.1", "1.1"]
    async with store.read() as tx:
        [newest, *_] = await tx.audit.of("retention", SETTINGS)
    assert newest.after == {"recordings": 0, "audit": 0, "outgoing": 0, "witness": 4}


async def test_a_night_tidies_the_journal_too(store, tmp_path):
    journal = tmp_path / "journal" / "main"
    journal.mkdir(parents=True)
    async with store.begin() as tx:
        await tx.settings.save_retention(Retention(journal=7))
    assert await one_night(store, LocalRecordingStore(tmp_path / "r"), tmp_path / "journal", lambda: NOW)


def test_the_next_night_is_the_houses():
    zone = ZoneInfo("Asia/Jakarta")
    at = next_night(NOW, zone)
    assert (at - NOW, at.astimezone(zone).hour) == (timedelta(hours=11, minutes=40), 3)
    assert next_night(at, zone) - at == timedelta(days=1)


async def test_a_file_that_a_disk_refuses_to_forget_holds_up_nothing_else(store, tmp_path, monkeypatch):
    files = LocalRecordingStore(tmp_path)
    await a_recording(store, files, 91)
    old = new_id(NOW - timedelta(days=400))
    entry = {"actor": SYSTEM, "action": "x", "kind": "retention", "record_id": SETTINGS}
    async with store.begin() as tx:
        await tx.audit.add(AuditEntry(id=old, at=NOW - timedelta(days=400), **entry))

    async def refuse(_key):
        raise PermissionError

    monkeypatch.setattr(files, "delete", refuse)
    with pytest.raises(PermissionError):
        await apply_retention(store, files, Retention(recordings=90, audit=365), NOW)
    async with store.read() as tx:
        left = await tx.audit.of("retention", SETTINGS)
    assert old not in {one.id for one in left}
    assert left[0].after["audit"] == 1
