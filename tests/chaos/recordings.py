# SPDX-License-Identifier: Apache-2.0
"""Recordings: late, empty, unfinished, cut short by a full disk, moved, hanging, replaced by links."""

import re

from crm_core.domain.recording import RecordingState
from tests.chaos.disk import run
from tests.chaos.fault import CannotRunError, fault, proved_by
from tests.chaos.stage import Stage, text

_INGEST = "tests/integration/recordings/test_ingest.py"
_CARE = "tests/integration/recordings/test_ingest_care.py"

proved_by(
    33, "recording comes 60 s late", "appears, no dead link",
    f"{_INGEST}::test_a_file_that_comes_a_minute_late", f"{_INGEST}::test_a_file_that_never_comes_is_missing_until_it_does",
)  # fmt: skip
proved_by(
    34, "44-byte file of an unanswered call", "not shown as a recording",
    f"{_INGEST}::test_44_bytes_of_a_call_without_audio",
)  # fmt: skip
proved_by(
    35, "header says 0 data (kill -9)", "plays, length from the size",
    f"{_INGEST}::test_a_wav_whose_header_says_nothing_is_read_by_its_size",
    "tests/unit/recordings/test_audio.py::test_a_header_that_was_never_finished",
    "tests/live/product/test_product_recordings.py::test_asterisk_killed_in_mid_call_what_it_wrote_is_attached",
)  # fmt: skip
proved_by(
    37, "file renamed, converted, on a disk that hangs", "found by rule or 'missing'; no worker blocked > 5 s",
    f"{_CARE}::test_a_disk_that_hangs_holds_up_nobody_and_is_asked_once",
    f"{_CARE}::test_an_orphan_is_adopted_by_its_time_once_its_call_had_time_to_come",
    f"{_INGEST}::test_a_file_that_never_comes_is_missing_until_it_does",
    f"{_INGEST}::test_garbage_is_kept_as_it_came",
)  # fmt: skip
proved_by(
    38, "recording replaced by a symlink or FIFO", "refused",
    f"{_INGEST}::test_links_fifos_and_odd_names_are_refused_and_left",
    "tests/unit/recordings/test_audio.py::test_a_link_and_a_fifo_are_not_opened",
    "tests/unit/recordings/test_files.py::test_a_kept_file_replaced_by_a_link_is_not_read",
)  # fmt: skip


@fault(36, "recording disk full", "flagged 'shorter than the talk', alarm", load=0)
async def full(stage: Stage) -> str:
    """192 KB: six seconds of two channels."""
    spool = stage.pbx.recordings
    if not run("mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", str(spool)):
        raise CannotRunError("a tmpfs cannot be mounted here (needs root)")
    try:
        number = stage.product.client("101")
        phone = await stage.floor.phone("101")
        client = await stage.floor.client(caller=number, seconds=14)
        assert await client.done(40) == 0, "the call did not go on"
        await phone.done(10)
        kept = await stage.product.ended(number, 20)
        (recording,) = await stage.product.recordings(kept, 60)
        assert recording.state is RecordingState.TRUNCATED, recording
        await stage.product.until(lambda: _alarm(stage), 90)
    finally:
        run("umount", str(spool)) or run("umount", "-l", str(spool))
    return f"call of {kept.call.talk_s:.0f} s went on, {recording.duration_s:.1f} s recorded, flagged, alarm"


async def _alarm(stage: Stage) -> bool:
    said = await text(f"{stage.product.url}/metrics")
    return re.search(r'rolodial_recordings_disk_low\{volume="main"\} 1', said) is not None
