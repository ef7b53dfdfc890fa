# SPDX-License-Identifier: Apache-2.0
"""Recordings of real calls: paused for card data, through transfers, through deaths; and the balance afterwards."""

import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from crm_core.domain.balance import FindingState
from crm_core.domain.call import Disposition
from crm_core.domain.recording import RecordingState
from crm_core.storage.open_store import open_store
from crm_core.usecases.balance_day import balance_day
from recordings.local_store import LocalRecordingStore
from tests.live.product.asserts import client_left_operator_right, tones
from tests.live.product.floor import finished
from tests.live.product.screen import logged_in

_HEARD = 0.01  # of full scale
_BYTES_A_SECOND = 2 * 2 * 8000
_LONG = 120.0


async def open_findings(product, kept):
    """What the balance has against this call, an hour from now; it is of the house's day."""
    store = await open_store(product.database_url, exclusive=False)
    files = LocalRecordingStore(product.home / "recordings", tidy=False)
    try:
        async with store.read() as tx:
            zone = (await tx.settings.house()).tzinfo
        day = kept.call.started_at.astimezone(zone).date()
        told = await balance_day(store, files, day, datetime.now(UTC) + timedelta(hours=1))
    finally:
        await store.close()
    mine = [one for one in told.findings if one.found.call_id == kept.call.id]
    return [one.found.kind for one in mine if one.state is FindingState.OPEN]


async def the_pauses(product, kept):
    async with product.read() as tx:
        return (await tx.recordings.pauses([kept.call.id])).get(kept.call.id, [])


def quiet_stretch(samples, rate):
    """From and to of the longest stretch in which neither side is heard, in seconds."""
    width = rate // 50
    loud = np.abs(samples[: len(samples) // width * width]).reshape(-1, width * 2).max(axis=1) > _HEARD
    best, start = (0, 0), None
    for i, each in enumerate([*loud, True]):
        if not each and start is None:
            start = i
        elif each and start is not None:
            best, start = max(best, (start, i), key=lambda pair: pair[1] - pair[0]), None
    return best[0] / 50, best[1] / 50


async def attached(product, kept):
    """The one recording of a call, heard, and nothing of the talk is missing from it."""
    (recording,) = await product.recordings(kept)
    assert recording.state.playable, (recording.state, recording.detail)
    assert not {"no_file", "uncovered", "silent"} & set(await open_findings(product, kept))
    return recording


async def paused_and_resumed(browser, screen, call, call_id):
    await call.voice.speak(1.2)
    status, said = await browser.post(f"/calls/{call_id}/recording", do="pause")
    assert status == 204, said
    _, told = await screen.frame("call.recording", _LONG, call_id=call_id)
    assert told["paused_at"]
    await asyncio.sleep(2)
    status, said = await browser.post(f"/calls/{call_id}/recording", do="resume")
    assert status == 204, said
    await screen.frame("call.recording", _LONG, call_id=call_id, paused_at=None)
    await call.voice.speak(1.5)


async def silent_where_it_was_paused(product, kept, browser, operator):
    recording = await attached(product, kept)
    (pause,) = await the_pauses(product, kept)
    samples, rate = await browser.heard(recording)
    begin, end = quiet_stretch(samples, rate)
    asked = (pause.ended_at - pause.started_at).total_seconds()
    assert end - begin == pytest.approx(asked, abs=1.5)  # what the PBX took to hear of it, twice
    assert begin == pytest.approx((pause.started_at - recording.started_at).total_seconds(), abs=1.5)
    client_left_operator_right(samples, rate, operator)
    assert tones(samples, rate, begin - 0.7, begin - 0.1)[0] == pytest.approx(440, abs=8)
    _, body, _ = await browser.get(f"/calls/{kept.call.id}")
    assert b'class="is-pause"' in body


async def test_card_data_is_not_in_the_recording_of_a_call_that_came_in(product, floor):
    number = product.client("101")
    async with (
        logged_in(product, "anna") as browser, browser.screen() as screen,
        logged_in(product, "boris") as other, floor.desk_phone("101") as anna,
    ):  # fmt: skip
        client = await floor.client("call_until_bye", caller=number)
        call = await anna.rung()
        _, told = await screen.frame("call", _LONG, state="talking")
        status, _ = await other.post(f"/calls/{told['call_id']}/recording", do="pause")
        assert status == 403
        await paused_and_resumed(browser, screen, call, told["call_id"])
        await call.hang_up()
        await finished(client)
        kept = await product.ended(number, _LONG)
        await silent_where_it_was_paused(product, kept, browser, "101")


async def test_card_data_is_not_in_the_recording_of_a_call_that_we_made(product, floor):
    number = product.client("102")
    async with (
        logged_in(product, "boris") as browser, browser.screen() as screen, floor.desk_phone("102") as boris,
    ):  # fmt: skip
        client = await floor.outside("answer")
        _, answer = await browser.post("/calls/originate", number=number)
        call = await boris.rung()
        await screen.frame("call", _LONG, state="talking", call_id=answer["call_id"])
        await paused_and_resumed(browser, screen, call, answer["call_id"])
        await call.hang_up()
        await finished(client)
        kept = await product.ended(number, _LONG)
        await silent_where_it_was_paused(product, kept, browser, "102")


async def test_a_blind_transfer_is_one_file_with_both_on_its_waveform(product, floor):
    number = product.client("101")
    async with (
        logged_in(product, "sofia") as browser,
        floor.desk_phone("101") as anna, floor.desk_phone("102") as boris,
    ):  # fmt: skip
        client = await floor.client("call_until_bye", caller=number)
        call = await anna.rung()
        await call.voice.speak(1.5)
        await call.refer("102")
        taken = await boris.rung()
        await call.let_go()
        await taken.voice.speak(1.5)
        await taken.hang_up()
        await finished(client)
        kept = await product.ended(number, _LONG)
        await attached(product, kept)
        _, body, _ = await browser.get(f"/calls/{kept.call.id}")
        page = body.decode()
    assert page.count("data-seek=") == 2
    assert page.index("Anna Smirnova <span") < page.index("Boris Volkov <span")


async def test_killed_in_mid_call_the_whole_file_is_attached(product, floor):
    """kill -9 of ours while two people talk; the PBX goes on recording."""
    number = product.client("103")
    async with floor.desk_phone("103") as clara, logged_in(product, "sofia") as browser:
        client = await floor.client("call_until_bye", caller=number)
        call = await clara.rung()
        await product.heard_answer(number)
        product.kill()
        product.start()
        await product.ready()
        await call.voice.speak(1)
        await call.hang_up()
        await finished(client)
        kept = await product.ended(number, _LONG)
        recording = await attached(product, kept)
        samples, rate = await browser.heard(recording)
        client_left_operator_right(samples, rate, "103")


async def test_asterisk_killed_in_mid_call_what_it_wrote_is_attached(product, floor, loop_thread):
    number = product.client("104")
    async with floor.desk_phone("104") as dmitri:
        before = spooled(floor)
        client = await floor.client("call_until_bye", caller=number)
        await dmitri.rung()
        await product.heard_answer(number)
        (path,) = await floor.until(lambda: spooled(floor) - before)
        await floor.until(lambda: path.stat().st_size > _BYTES_A_SECOND * 2)
        loop_thread.run(floor.pbx.kill())
        await client.stop()
    loop_thread.run(floor.pbx.start())
    await product.ready()
    kept = await product.ended(number, _LONG)
    assert kept.call.disposition is Disposition.ANSWERED
    (recording,) = await product.recordings(kept)
    assert recording.state in {RecordingState.READY, RecordingState.TRUNCATED}
    assert recording.duration_s > 1
    assert "no_file" not in await open_findings(product, kept)


def spooled(floor):
    """What the PBX has written down and nobody has fetched."""
    return set(floor.pbx.recordings.glob("*.raw"))


async def test_a_call_that_came_while_we_were_away_keeps_its_recording(product, floor):
    """Nobody heard of the call, so its file waits in the PBX's directory until CEL has told of it."""
    number = "+79269009999"
    await floor.until(lambda: _fallback_is_there(floor), _LONG)
    product.stop()
    before = spooled(floor)
    async with floor.desk_phone("102") as boris:
        client = await floor.client("call_until_bye", caller=number)
        call = await boris.rung()
        await call.voice.speak(2)
        await call.hang_up()
        await finished(client)
    (path,) = await floor.until(lambda: spooled(floor) - before)
    product.start()
    await product.ready()
    kept = await product.ended(number, _LONG)
    recording = await attached(product, kept)
    assert recording.source_name == path.name
    await product.until(lambda: not path.exists())


async def _fallback_is_there(floor):
    return "rolodial/live" in await floor.pbx.cli("database show rolodial live")
