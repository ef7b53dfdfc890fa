# SPDX-License-Identifier: Apache-2.0
"""The figures that the parts keep themselves, read when Prometheus asks."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.pool import QueuePool

from crm_core.domain.witness import WitnessState
from crm_core.ports.pbx import LinkState

if TYPE_CHECKING:
    from config.wiring import Parts


@dataclass(frozen=True, slots=True)
class Reading:
    """`counts`: it only grows while the process lives. `label`: what the keys of `values` are, '' for one value."""

    name: str
    says: str
    values: Mapping[str, float]
    label: str = ""
    counts: bool = False


def readings(parts: "Parts") -> Iterator[Reading]:
    yield from _routing(parts)
    yield from _pbxs(parts)
    yield from _feed(parts)
    yield from _recordings(parts)
    yield from _second_witness(parts)
    yield _pool(parts)
    yield _gauge("database_refusing", "1 while it takes no call events", parts.insist.since is not None)


def _count(name: str, says: str, value: float) -> Reading:
    return Reading(f"rolodial_{name}", says, {"": value}, counts=True)


def _gauge(name: str, says: str, value: float) -> Reading:
    return Reading(f"rolodial_{name}", says, {"": value})


def _routing(parts: "Parts") -> Iterator[Reading]:
    agi, kept = parts.fastagi.stats, parts.decisions.stats()
    outcomes = {"answered": agi.answered, "refused": agi.refused, "failed": agi.failed}
    yield _count("routes_decided", "Calls that asked where to go", parts.desk.decided)
    yield _count(
        "routes_fallback", "Of these, sent to the default because no rule could be used", parts.desk.fallbacks
    )
    yield _gauge("numbers", "Clients' numbers in memory", len(parts.directory.clients.numbers))
    yield _gauge("decisions_waiting", "Decisions not yet in the database", kept.waiting)
    yield _count("decisions_dropped", "Decisions that could not be kept", kept.dropped)
    trouble = float(bool(parts.rule_file.trouble))
    yield _gauge("rule_file_unusable", "1 while a start could not use the rule file", trouble)
    yield Reading("rolodial_fastagi_requests", "FastAGI, by how it ended", outcomes, "outcome", counts=True)


def _pbxs(parts: "Parts") -> Iterator[Reading]:
    bridges = parts.bridges
    status = {name: bridge.status() for name, bridge in bridges.items()}

    def of(name: str, says: str, values: Mapping[str, float], *, counts: bool = True) -> Reading:
        return Reading(f"rolodial_{name}", says, values, "pbx", counts)

    linked = {name: float(one.state is LinkState.CONNECTED) for name, one in status.items()}
    yield of("pbx_connected", "1 while the AMI link stands", linked, counts=False)
    yield of("calls_open", "Calls going on", {n: one.open_calls for n, one in status.items()}, counts=False)
    yield of("ami_events", "Frames read from AMI", {n: one.events for n, one in status.items()})
    yield of(
        "ami_events_skipped", "Frames that could not be read", {n: one.skipped for n, one in status.items()}
    )
    told = {name: bridge.counters for name, bridge in bridges.items()}
    yield of("call_events_recorded", "Call events kept", {n: one.recorded for n, one in told.items()})
    failed = {n: one.callback_errors + one.refused + one.tracker_faults for n, one in told.items()}
    yield of("call_events_failed", "Call events that could not be kept", failed)
    waiting = {n: bridge.waiting for n, bridge in bridges.items()}
    yield of("call_events_waiting", "Call events the database has not taken yet", waiting, counts=False)
    lost = {name: bridge.lost_bytes for name, bridge in bridges.items()}
    yield of("journal_lost_bytes", "Read from the PBX, refused by the journal's disk", lost)
    yield from _journals(parts)


def _journals(parts: "Parts") -> Iterator[Reading]:
    surveys = {name: bridge.journal for name, bridge in parts.bridges.items()}

    def of(name: str, says: str, values: Mapping[str, float]) -> Reading:
        return Reading(f"rolodial_journal_{name}", says, values, "pbx")

    yield of("bytes", "On disk", {name: one.bytes for name, one in surveys.items()})
    yield of("segments", "Files of it", {name: one.segments for name, one in surveys.items()})
    oldest = {name: one.oldest.timestamp() for name, one in surveys.items() if one.oldest}
    yield of("oldest_timestamp_seconds", "When the oldest kept segment was begun", oldest)
    yield of(
        "quarantined", "Damaged segments set aside", {name: one.quarantined for name, one in surveys.items()}
    )
    yield of(
        "locked", "Sealed segments without their key", {name: one.locked for name, one in surveys.items()}
    )


def _feed(parts: "Parts") -> Iterator[Reading]:
    stats = parts.feed.stats()
    yield _gauge("feed_watchers", "Open screens", stats.watchers)
    yield _gauge("feed_visible_tabs", "Of these, looked at", stats.visible_tabs)
    yield _gauge("feed_users", "People with an open screen", stats.users)
    yield _count("feed_cut_off", "Screens closed because they did not read", stats.cut_off)
    yield _count("pops", "Cards sent", stats.pops)
    yield _count("pops_painted", "Cards painted by a visible tab", stats.painted)
    yield _count(
        "pops_unacknowledged", "Cards that no open screen acknowledged within 2 s", stats.unacknowledged
    )
    yield _count("pops_unwatched", "Cards for people without an open screen", stats.unwatched)
    painted = {"0.5": stats.painted_p50_ms, "0.95": stats.painted_p95_ms}
    known = {quantile: ms / 1000 for quantile, ms in painted.items() if ms is not None}
    yield Reading("rolodial_pop_paint_seconds", "From sending a card to its being painted", known, "quantile")


def _recordings(parts: "Parts") -> Iterator[Reading]:
    spools = parts.ingest.status()

    def of(name: str, says: str, values: Mapping[str, float], *, counts: bool = False) -> Reading:
        return Reading(f"rolodial_recordings_{name}", says, values, "pbx", counts)

    yield of("waiting", "Files in the spool", {one.pbx: one.waiting for one in spools})
    yield of("unmatched", "Files without a call", {one.pbx: len(one.unmatched) for one in spools})
    yield of("kept", "Recordings taken in", {one.pbx: one.kept for one in spools}, counts=True)
    yield of(
        "failed", "Recordings that failed, each try", {one.pbx: one.failed for one in spools}, counts=True
    )
    unread = {one.pbx: float(one.error is not None) for one in spools}
    volumes = parts.watch.volumes.now
    free = {one.name: float(one.free) for one in volumes if one.free is not None}
    yield Reading("rolodial_recordings_free_bytes", "Free where recordings are written", free, "volume")
    low = {one.name: float(one.is_low) for one in volumes}
    yield Reading("rolodial_recordings_disk_low", "1 while less is free than is wanted", low, "volume")
    yield _gauge("balance_open", "Differences of the balance that nobody explained", parts.watch.balance_open)
    yield of("directory_unreadable", "1 while the spool cannot be read", unread)


def _pool(parts: "Parts") -> Reading:
    engines = parts.store.engines
    pools = {"writer": engines.writer.sync_engine.pool, "reader": engines.reader.sync_engine.pool}
    used = {name: float(pool.checkedout()) for name, pool in pools.items() if isinstance(pool, QueuePool)}
    return Reading("rolodial_database_connections_busy", "Connections in use", used, "pool")


def _second_witness(parts: "Parts") -> Iterator[Reading]:
    states = {state.value: float(parts.witness.states[state]) for state in WitnessState}
    yield Reading(
        "rolodial_cel_calls", "Calls that CEL told, by what came of it", states, "state", counts=True
    )
    led_alone = Counter[str]()
    for (pbx, _), calls in parts.witness.led_alone.items():
        led_alone[pbx] += calls
    yield Reading(
        "rolodial_calls_led_alone", "Calls that the dialplan led without us", led_alone, "pbx", counts=True
    )
    watches = parts.witness.watches
    for name, says, values in (
        (
            "cel_rows",
            "Rows read from the CEL file",
            {name: one.counters.rows for name, one in watches.items()},
        ),
        (
            "cel_strange",
            "Lines of another shape",
            {name: one.counters.strange for name, one in watches.items()},
        ),
    ):
        yield Reading(f"rolodial_{name}", says, values, "pbx", counts=True)
    waiting = {name: float(one.waiting) for name, one in watches.items()}
    yield Reading("rolodial_cel_waiting", "Calls told by CEL that are not compared yet", waiting, "pbx")
