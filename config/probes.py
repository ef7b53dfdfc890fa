# SPDX-License-Identifier: Apache-2.0
"""What the health page shows of the parts that web does not know: routing, FastAGI, the journal, recordings."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from config.balance import balance_probe
from config.journal_probe import journal_section
from config.outgoing import outbox_probe
from web.health import Level, Probe, Reading, Section, Trouble, counted
from web.words import N_

if TYPE_CHECKING:
    from config.wiring import Parts


def probes(parts: "Parts") -> Sequence[Probe]:
    async def routing() -> Section:
        return _routing(parts)

    async def journal() -> Section:
        return journal_section(parts.bridges.values())

    async def recordings() -> Section:
        return _recordings(parts)

    async def outgoing() -> Section:
        return await outbox_probe(parts)

    async def balance() -> Section:
        return await balance_probe(parts)

    async def witness() -> Section:
        return parts.witness.section()

    async def database() -> Section:
        return _database(parts)

    return database, routing, journal, witness, recordings, balance, outgoing


def _database(parts: "Parts") -> Section:
    since = parts.insist.since
    waiting = sum(bridge.waiting for bridge in parts.bridges.values())
    refusing = Reading(
        name=N_("Takes call events"),
        value=f"{since:%H:%M:%S} UTC" if since else "✓",
        level=Level.BAD if since else Level.GOOD,
        advice=N_("The database refuses since then. What happens is kept in memory until it takes it.")
        if since
        else "",
    )
    return Section(
        title=N_("What waits for the database"),
        icon="database",
        readings=[refusing, counted(N_("Call events that wait"), waiting if since else 0)],
    )


def _routing(parts: "Parts") -> Section:
    agi, decisions = parts.fastagi.stats, parts.decisions.stats()
    readings = [
        Reading(name=N_("Calls routed"), value=parts.desk.decided),
        counted(N_("Routed by the fallback"), parts.desk.fallbacks),
        Reading(name=N_("Numbers in memory"), value=len(parts.directory.clients.numbers)),
        counted(N_("FastAGI requests refused or failed"), agi.refused + agi.failed),
        counted(N_("Decisions that could not be kept"), decisions.dropped),
        parts.watch.rules.reading(),
        parts.rule_file.reading(),
    ]
    return Section(title=N_("Routing"), icon="route", readings=readings)


def _recordings(parts: "Parts") -> Section:
    spools = parts.ingest.status()
    readings = [
        Reading(name=N_("Recordings kept"), value=sum(one.kept for one in spools)),
        Reading(name=N_("Waiting"), value=sum(one.waiting for one in spools)),
        counted(N_("Files without a call"), sum(len(one.unmatched) for one in spools)),
        Reading(
            name=N_("Files that found their call by channel or time"),
            value=sum(one.adopted for one in spools),
        ),
        _named(N_("Files refused"), [name for one in spools for name in sorted(one.refused)]),
        counted(N_("Recordings that failed"), sum(one.failed for one in spools), Level.BAD),
    ]
    readings += parts.watch.readings()
    readings += [
        Reading(name=N_("Recordings directory"), of=one.pbx, value=Trouble(one.error), level=Level.BAD)
        for one in spools
        if one.error
    ]
    return Section(title=N_("Recordings"), icon="microphone", readings=readings)


def _named(name: str, files: Sequence[str]) -> Reading:
    """Links, FIFOs and names of strangers: none ought to lie there, and the first few tell whose they are."""
    shown = ", ".join(each[:40] for each in files[:3]) + (" …" if len(files) > 3 else "")  # noqa: PLR2004
    level = Level.WARN if files else Level.GOOD
    return Reading(name=name, value=f"{len(files)}: {shown}" if files else "0", level=level)
