# SPDX-License-Identifier: Apache-2.0
"""Listening to a recording, in the ranges that players ask for."""

import pytest


@pytest.fixture
async def played(site):
    recording = site.history.recorded[str(site.history.calls["answered"].id)]
    body = site.history.recordings.files[recording.storage_key]
    return site, await site.browser("anna"), f"/recordings/{recording.id}/audio", body, recording


async def test_the_whole_of_it(played):
    _, anna, path, body, _ = played
    response = await anna.get(path)
    assert response.status == 200
    assert await response.read() == body
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.content_type == "audio/ogg"


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-", 0, None),
        ("bytes=100-199", 100, 200),
        ("bytes=-50", -50, None),
        ("bytes=10-99999999", 10, None),
    ],
)
async def test_a_part_of_it(played, wanted, start, stop):
    _, anna, path, body, _ = played
    response = await anna.get(path, Range=wanted)
    assert response.status == 206
    assert await response.read() == body[start:stop]
    first = start if start >= 0 else len(body) + start
    last = (stop or len(body)) - 1
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/{len(body)}"


@pytest.mark.parametrize("wanted", ["bytes={size}-", "bytes=-0", "bytes=5-4"])
async def test_past_its_end(played, wanted):
    _, anna, path, body, _ = played
    response = await anna.get(path, Range=wanted.format(size=len(body)))
    assert response.status == 416
    assert response.headers["Content-Range"] == f"bytes */{len(body)}"


@pytest.mark.parametrize(
    "wanted", ["bytes=", "bytes=-", "items=0-1", "bytes=0-1,5-6", "bytes=x-y", "bytes=" + "9" * 5000 + "-"]
)
async def test_a_range_that_is_none_gets_the_whole(played, wanted):
    _, anna, path, body, _ = played
    response = await anna.get(path, Range=wanted)
    assert response.status == 200
    assert await response.read() == body


async def test_each_listening_is_written_down_once(played):
    site, anna, path, _, recording = played
    for wanted in ("bytes=0-", "bytes=500-", "bytes=900-"):
        await (await anna.get(path, Range=wanted)).read()
    async with site.store.read() as tx:
        entries = await tx.audit.of("recording", recording.id)
    assert [(entry.action, entry.actor.user_id) for entry in entries] == [
        ("play", site.history.users["anna"].id)
    ]


async def test_a_file_that_is_gone_is_not_found(played):
    site, anna, path, _, _ = played
    site.history.recordings.files.clear()
    assert (await anna.get(path)).status == 404


async def test_what_cannot_be_played_is_not_found(site):
    anna = await site.browser("anna")
    for name in ("lost", "voicemail"):
        recording = site.history.recorded[str(site.history.calls[name].id)]
        assert (await anna.get(f"/recordings/{recording.id}/audio")).status == 404
