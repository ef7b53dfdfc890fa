# SPDX-License-Identifier: Apache-2.0
"""The disk under the product is full, or breaks: telephony goes on, what was told is written when there is space."""

from contextlib import contextmanager
from pathlib import Path

from tests.chaos.database import alarmed, nothing_refused
from tests.chaos.fault import fault
from tests.chaos.stage import Stage, pause


@fault(
    23, "disk of the database full (20 s)",
    "telephony goes on, a clear alarm, events buffered (bounded) and written when space is back; no half rows",
    exact=True,
)  # fmt: skip
async def full(stage: Stage) -> str:
    stage.disk.need()
    failed = await stage.metric("rolodial_call_events_failed_total")
    routed = await stage.metric("rolodial_routes_decided_total")
    stage.disk.fill()
    try:
        await pause(20)
        said = await alarmed(stage)
        routed = await stage.metric("rolodial_routes_decided_total") - routed
    finally:
        stage.disk.empty()
    assert stage.alive()
    assert routed >= 8, f"only {routed:.0f} calls were routed meanwhile"
    await pause(12)  # the journal looks again every 10 s
    await nothing_refused(stage, failed)
    return f"{routed:.0f} calls routed meanwhile, {said}"


@fault(
    24, "disk breaks (each read and write an error), rules and settings cannot be read", "as 23, no exit loop"
)
async def broken(stage: Stage) -> str:
    stage.disk.need()
    pid = stage.pid
    routed = await stage.metric("rolodial_routes_decided_total")
    fallbacks = await stage.metric("rolodial_routes_fallback_total")
    with _away(stage.product.settings_file.parent):
        stage.disk.break_down()
        await pause(20)
        assert stage.alive(), "it ended"
        assert stage.pid == pid
        said = await alarmed(stage)
        routed = await stage.metric("rolodial_routes_decided_total") - routed
        assert routed >= 8, f"only {routed:.0f} calls were routed meanwhile"
        assert await stage.metric("rolodial_routes_fallback_total") == fallbacks, "its rules were forgotten"
        await stage.product.until(lambda: stage.metric("rolodial_rule_file_unusable"), 45)
    stage.mend_disk()
    stage.product.start()
    await stage.product.ready()
    await pause(4)
    return f"{routed:.0f} calls routed meanwhile by the rules it had, {said}, rule file missed"


@contextmanager
def _away(directory: Path):
    """As a directory on a share that is gone: rights would not keep root out."""
    hidden = directory.rename(directory.with_name(f"{directory.name}-away"))
    try:
        yield
    finally:
        hidden.rename(directory)
