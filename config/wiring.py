# SPDX-License-Identifier: Apache-2.0
"""How the parts are joined into one process."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import structlog
from aiohttp import web

from config.agi import AgiParts, agi_handlers, over_http
from config.background import in_background
from config.call_events import call_event
from config.heed_phones import Said
from config.journal import JournalCallEvents
from config.metrics import Metrics
from config.outgoing import make_outgoing
from config.pbx_care import pbx_care
from config.probes import probes
from config.routing_file import publish_routing_file
from config.rule_file import RuleFile
from config.second_witness import SecondWitness
from config.settings import PbxMode, PbxSettings, Settings
from config.tls.keeper import tls_of
from config.tls.listen import listen
from config.watch import Watch
from crm_core.domain.directory import Directory
from crm_core.feed.in_process import InProcessFeed
from crm_core.ports.clock import utc_now
from crm_core.ports.feed import Audience
from crm_core.ports.pbx import LinkState, Pbx, PbxStatus
from crm_core.storage.directory_source import DirectorySource
from crm_core.storage.open_store import open_store
from crm_core.storage.secret_box import KEY_FILE, FernetBox
from crm_core.storage.serving_lock import ServingLock, serving_alone
from crm_core.storage.store import SqlStore
from crm_core.usecases.decide_route import RouteDesk
from crm_core.usecases.insist import Insist
from crm_core.usecases.keep_decisions import DecisionLog
from crm_core.usecases.keep_surveys import SurveyLog
from crm_core.usecases.record_prompt import PromptRecorder
from outgoing.service import Outgoing
from pbx_bridge.ami_actions import RELOAD_QUEUES
from pbx_bridge.ari_phones import AriPhones
from pbx_bridge.astdb_sync import AstDbSync, routes_changed
from pbx_bridge.bridge import Bridge
from pbx_bridge.fastagi import FastAgiServer, Handler
from pbx_bridge.journal_keys import DayKeys
from recordings.ingest import Ingest
from recordings.local_store import LocalRecordingStore
from recordings.prompt_shelf import LocalPromptShelf
from recordings.volumes import Volumes
from web import keys
from web.app import make_app
from web.live.presence import pbx_frame

log = structlog.get_logger()
STAFF = Audience(roles=frozenset({"operator", "supervisor", "admin"}))
DemoCall = Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class Parts:
    """The running pieces, for the pages of health, the benches and tests."""

    settings: Settings
    store: SqlStore
    feed: InProcessFeed
    directory: Directory
    source: DirectorySource
    desk: RouteDesk
    decisions: DecisionLog
    surveys: SurveyLog
    prompts: PromptRecorder
    files: LocalRecordingStore
    ingest: Ingest
    nudge: asyncio.Event  # people, settings or rules changed
    secret_box: FernetBox
    metrics: Metrics
    watch: Watch
    lock: ServingLock | None  # of a PostgreSQL database
    insist: Insist = field(default_factory=lambda: Insist(utc_now))
    bridges: dict[str, Bridge] = field(default_factory=dict)
    syncs: dict[str, AstDbSync] = field(default_factory=dict)
    fastagi: FastAgiServer = field(init=False)
    outgoing: Outgoing = field(init=False)
    witness: SecondWitness = field(init=False)
    connected: asyncio.Queue[tuple[Bridge, int]] = field(default_factory=asyncio.Queue)  # and tries before
    rule_file: RuleFile = field(init=False)
    said: asyncio.Queue[Said] = field(default_factory=asyncio.Queue)  # by operators, on their phones

    def __post_init__(self) -> None:
        self.rule_file = RuleFile(self.settings.routing.file, self.store)


@asynccontextmanager
async def running(settings: Settings, demo_call: DemoCall | None = None) -> AsyncIterator[Parts]:
    """Everything started, in the order it depends on each other; stopped in reverse.

    Pages are served while the clients are loaded; the PBX asks nothing before, and its AstDB stays as it is.
    """
    async with AsyncExitStack() as stack:
        parts = await _assemble(settings, stack)
        parts.outgoing = make_outgoing(parts, stack)
        await stack.enter_async_context(in_background(parts))
        await _serve_web(parts, demo_call, stack)
        await parts.source.load()
        for listener in (parts.fastagi, over_http(parts.fastagi)):
            await listener.start()
            stack.push_async_callback(listener.stop)
        yield parts


async def _assemble(settings: Settings, stack: AsyncExitStack) -> Parts:
    settings.home.mkdir(parents=True, exist_ok=True)
    store = await open_store(settings.database_url)
    stack.push_async_callback(store.close)
    lock = await stack.enter_async_context(serving_alone(store.engines.writer))
    feed, directory = InProcessFeed(hold_ms=settings.routing.hold_ms), Directory()
    syncs, nudge = dict[str, AstDbSync](), asyncio.Event()
    source = DirectorySource(store, directory, utc_now, on_change=partial(routes_changed, syncs, nudge))
    bridges: dict[str, Bridge] = {}
    desk, decisions = await _desk(settings, store, feed, directory, bridges)
    await source.load_house()
    surveys, files = SurveyLog(store), LocalRecordingStore(settings.recordings.storage)
    prompts = PromptRecorder(store, _shelf(settings, bridges), utc_now)
    parts = Parts(
        settings=settings,
        store=store,
        feed=feed,
        directory=directory,
        source=source,
        desk=desk,
        decisions=decisions,
        surveys=surveys,
        prompts=prompts,
        files=files,
        ingest=Ingest(settings.recordings, store, files, feed, utc_now),
        secret_box=FernetBox.of_file(settings.home / KEY_FILE),
        metrics=Metrics(),
        watch=Watch(store, _volumes(settings), utc_now),
        lock=lock,
        bridges=bridges,
        syncs=syncs,
        nudge=nudge,
    )
    parts.fastagi = FastAgiServer(settings.fastagi, _verbs(parts))
    parts.metrics.watch(parts)
    desk.keep = parts.metrics.timed(desk.keep)
    _bridges(parts)
    parts.witness = SecondWitness(parts)
    return parts


def _shelf(settings: Settings, bridges: Mapping[str, Bridge]) -> LocalPromptShelf:
    """The bridges are there once sounds are brought."""

    def told(pbx: str) -> Callable[[], Awaitable[object]]:
        return lambda: bridges[pbx].link.ask(RELOAD_QUEUES)

    tell_queues = {one.name: told(one.name) for one in settings.pbx if one.queue_sounds}
    return LocalPromptShelf(settings.home / "prompts", settings.played_at, tell_queues)


def _bridges(parts: Parts) -> None:
    for one in parts.settings.pbx:
        bridge = parts.bridges[one.name] = _bridge(one, parts)
        if one.mode is PbxMode.ROUTE:  # else there is no context of ours to bring routes to
            parts.syncs[one.name] = AstDbSync(one.name, parts.desk, utc_now, bridge.fetch_routes)


def _verbs(parts: Parts) -> dict[str, Handler]:
    asked = AgiParts(
        desk=parts.desk,
        store=parts.store,
        pbxs=parts.bridges,
        outbound=parts.settings.outbound,
        put_survey=parts.surveys.put,
        accept_prompt=parts.prompts.accept,
        clock=utc_now,
        ready=parts.source.loaded.is_set,
        syncs=parts.syncs,
    )
    return agi_handlers(asked)


def _volumes(settings: Settings) -> Volumes:
    """Where PBXs write, and where we keep."""
    kept = settings.recordings
    return Volumes({"rolodial": kept.storage, **kept.spools}, kept.least_free_mb)


async def _desk(
    settings: Settings, store: SqlStore, feed: InProcessFeed, directory: Directory, pbxs: Mapping[str, Pbx]
) -> tuple[RouteDesk, DecisionLog]:
    """The rules of the file in force, and where decisions are kept."""
    rules = await publish_routing_file(settings.routing.file, store, utc_now())
    decisions = DecisionLog(store)
    desk = RouteDesk(
        directory=directory,
        feed=feed,
        pbxs=pbxs,
        keep=decisions.put,
        rules=rules,
        settings=settings.routing.route(),
    )
    return desk, decisions


def _bridge(pbx: PbxSettings, parts: Parts) -> Bridge:
    return Bridge(
        pbx.name,
        pbx.ami,
        pbx.profile,
        replace(parts.settings.journal, keep_days=math.inf),  # config.nightly removes what is old
        on_call_event=partial(call_event, parts),
        on_state=partial(_link_state, parts),
        on_said=lambda *said: parts.said.put_nowait(Said(pbx.name, *said)),
        journal_keys=DayKeys(parts.settings.journal.directory, parts.secret_box),
        watched=pbx.mode is PbxMode.OBSERVE,
    )


def _link_state(parts: Parts, status: PbxStatus) -> None:
    parts.feed.publish("pbx", pbx_frame(status), STAFF)
    if status.state is LinkState.CONNECTED:
        parts.connected.put_nowait((parts.bridges[status.name], 0))


async def _serve_web(parts: Parts, demo_call: DemoCall | None, stack: AsyncExitStack) -> None:
    settings = parts.settings
    tls = tls_of(settings)
    async with parts.store.read() as tx:
        house = await tx.settings.house()
    app = make_app(
        replace(settings.web, exports=settings.web.exports or settings.home / "exports"),
        store=parts.store,
        feed=parts.feed,
        directory=parts.directory,
        house=house,
        recordings=parts.files,
        prompts=parts.prompts,
        secret_box=parts.secret_box,
        mailer=parts.outgoing.mailer,
        push=parts.outgoing.identity,
        pbxs=tuple(parts.bridges.values()),
        phones={one.name: AriPhones(one.name, one.ari) for one in settings.pbx if one.ari},
        probes=probes(parts),
        demo_call=demo_call,
        care=pbx_care(settings),
        metrics=parts.metrics,
        own_ca=tls.own_ca if tls else None,
        call_events=JournalCallEvents(settings),
    )
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    if not app[keys.IN_FORCE].has_admin:
        log.warning("nobody works here yet: open /setup", code=app[keys.SETUP_CODE].text)
    await listen(runner, settings.web, tls, stack)
