# SPDX-License-Identifier: Apache-2.0
"""One PBX as the rest of Rolodial sees it: its calls as events in order, its state, and what can be asked of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from crm_core.domain.call import Call, CallEvent
from crm_core.domain.errors import CrmError, NotFoundError
from crm_core.domain.ids import ORIGINATED
from crm_core.ports.clock import Clock, utc_now
from crm_core.ports.pbx import (
    DeviceState,
    LinkState,
    NotRecordedError,
    OriginateUnknownError,
    PbxStatus,
    PbxUnavailableError,
)
from pbx_bridge import ami_actions
from pbx_bridge.ami_errors import ActionRefusedError, LinkBrokenError, NoAnswerInTimeError
from pbx_bridge.ami_event import AmiEvent, boot_of
from pbx_bridge.ami_link import AmiLink
from pbx_bridge.ami_stream import ALWAYS
from pbx_bridge.boots import Boots
from pbx_bridge.call_tracker import WANTED, CallTracker
from pbx_bridge.device_states import DeviceStates
from pbx_bridge.inbox import Inbox
from pbx_bridge.journal import Journal
from pbx_bridge.journal_files import Survey
from pbx_bridge.journal_keys import DayKeys
from pbx_bridge.members import Members
from pbx_bridge.phone_words import OnSaid, PhoneWords
from pbx_bridge.profile import PbxProfile
from pbx_bridge.receive_clock import ReceiveClock
from pbx_bridge.resume import resume
from pbx_bridge.settings import AmiSettings, JournalSettings

log = structlog.get_logger()

_ALONE = timedelta(minutes=2)  # after the last call that the dialplan led without us

OnCallEvent = Callable[[CallEvent], Awaitable[None]]
OnState = Callable[[PbxStatus], None]


@dataclass(slots=True)
class Counters:
    """Since the start of the process."""

    events: int = 0  # wanted ones
    tracker_faults: int = 0
    callback_errors: int = 0  # bugs; a CrmError is `refused`
    refused: int = 0
    recorded: int = 0  # call events


class Bridge:
    """Implements crm_core.ports.pbx.Pbx. `run` it in a task; cancel it to stop.

    `on_call_event` is awaited for each call event, in order, one at a time; `on_state` hears of changes of the link,
    `on_said` of what operators say of themselves on their phones.
    """

    _last_event_at: datetime | None = None
    _led_alone_at = datetime.min.replace(tzinfo=UTC)
    _detail = ""
    taken_up = False  # what the journal tells of calls is known

    def __init__(  # noqa: PLR0913 - what config joins
        self,
        name: str,
        settings: AmiSettings,
        profile: PbxProfile,
        journal: JournalSettings,
        *,
        on_call_event: OnCallEvent,
        on_state: OnState = lambda _status: None,
        on_said: OnSaid = lambda _extension, _available, _reason: None,
        clock: Clock = utc_now,
        journal_keys: DayKeys | None = None,
        watched: bool = False,
    ) -> None:
        self._name = name
        self._tracker = CallTracker(profile, pbx=name)
        self._on_call_event = on_call_event
        self._on_state = on_state
        self._now = clock
        self._receive_clock = ReceiveClock()
        self._devices = DeviceStates()
        self._boots = Boots()
        self._words = PhoneWords(on_said)
        self._journal_settings = journal
        self._journal_keys = journal_keys
        self._journal = Journal(journal, name, journal_keys)
        self._inbox = Inbox()
        self._call_names = WANTED | ALWAYS | {"VarSet"}
        self._device_names = DeviceStates.WANTED | {"Banner"}
        self.link = AmiLink(
            settings,
            wanted=self._call_names | self._device_names | PhoneWords.WANTED | Boots.WANTED,
            on_event=self._event,
            on_state=self._link_state,
            tape=self._journal,
            clock=self._receive_clock,
        )
        self._members = Members(name, self.link.ask, watched=watched)
        self.counters = Counters()
        self._since = clock()

    async def run(self) -> None:
        """Take up the calls that the journal knows as open, then listen until cancelled."""
        await resume(
            self._journal_settings, self._name, self._tracker, self._inbox, self._now(), self._journal_keys
        )
        self._boots.known(self._tracker.boot)
        self.taken_up = True
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._journal.keep())
            tasks.create_task(self._pump())
            tasks.create_task(self.link.run())

    # The stream.

    def _event(self, event: AmiEvent) -> None:
        self._last_event_at = event.at
        self.counters.events += 1
        if event.name in self._device_names:
            self._devices.feed(event)
        if event.name in PhoneWords.WANTED:
            self._words.feed(event)
        if event.name in Boots.WANTED:
            self._boots.feed(event)
        if event.name == "Response" and (boot := boot_of(event)):
            self._journal.boot(boot)
            self._devices.booted(boot)
        if event.name not in self._call_names:
            return
        try:
            told = self._tracker.feed(event)
        except Exception:
            self.counters.tracker_faults += 1
            log.exception("call tracker failed", pbx=self._name, ami_event=event.name)
            return
        for call_event in told:
            self._inbox.put(call_event)

    async def _pump(self) -> None:
        """The one place where a call event may fail: it is logged, and the stream goes on."""
        while True:
            event = await self._inbox.get()
            try:
                await self._on_call_event(event)
                self.counters.recorded += 1
            except CrmError as error:
                self.counters.refused += 1
                log.warning("call event skipped", pbx=self._name, call=str(event.call.id), error=str(error))
            except Exception:
                self.counters.callback_errors += 1
                log.exception("recording a call event failed", pbx=self._name, call=str(event.call.id))

    def _link_state(self, state: LinkState, detail: str) -> None:
        self._since, self._detail = self._now(), detail
        log.info("PBX link", pbx=self._name, state=state.value, detail=detail)
        if state is LinkState.CONNECTING:
            self._words.start_anew()
            if not self._tracker.open_calls():
                self._receive_clock.anchor()
        self._on_state(self.status())

    # What can be asked.

    @property
    def lost_bytes(self) -> int:
        """Read from the PBX, but refused by the journal's disk."""
        return self._journal.lost_bytes

    @property
    def waiting(self) -> int:
        """Call events that the database has not taken yet."""
        return len(self._inbox)

    @property
    def journal(self) -> Survey:
        """What lies on its disk, as of some minutes ago."""
        return self._journal.survey

    @property
    def name(self) -> str:
        return self._name

    @property
    def boot(self) -> str:
        """Which run of the PBX; before it answers, the last one that the journal tells of."""
        return self.link.boot or self._tracker.boot

    def note_led_alone(self, at: datetime) -> None:
        """CEL tells of a call that the dialplan led without us."""
        self._led_alone_at = max(self._led_alone_at, at)

    def boot_at(self, moment: datetime) -> str:
        """Which run of the PBX a call was of that began then."""
        return self._boots.at(moment) or self.boot

    def status(self) -> PbxStatus:
        return PbxStatus(
            name=self._name,
            state=self.link.state,
            since=self._since,
            detail=self._detail,
            alone=self._now() - self._led_alone_at < _ALONE,
            version=self.link.version,
            boot=self.boot,
            last_event_at=self._last_event_at,
            open_calls=self._tracker.open_count,
            events=self.link.stream.frames,
            skipped=self.link.stream.skipped + self._tracker.skipped,
        )

    def device_state(self, device: str) -> DeviceState:
        return self._devices[device]

    def device_states(self) -> Mapping[str, DeviceState]:
        return self._devices.all()

    def is_behind(self, linkedid: str) -> bool:
        return self.link.is_quiet and not self._tracker.knows(linkedid)

    def open_calls(self) -> tuple[Call, ...]:
        return self._tracker.open_calls()

    async def originate(self, *, call_id: UUID, device: str, extension: str, number: str) -> None:
        action = ami_actions.originate(call_id=call_id, device=device, extension=extension, number=number)
        try:
            await self.link.ask(action)
        except (LinkBrokenError, NoAnswerInTimeError) as error:
            if error.details.get("sent", True):
                raise OriginateUnknownError(call=str(call_id)) from error
            raise
        except ActionRefusedError as error:
            raise PbxUnavailableError(str(error)) from error

    async def hang_up(self, call_id: UUID) -> None:
        """Its channels by their unique ids; one that is gone by then is no error, a call that nobody knows is."""
        call = next((call for call in self._tracker.open_calls() if call.id == call_id), None)
        channels = dict.fromkeys([f"{ORIGINATED}{call_id}"])
        if call is not None:
            channels = dict.fromkeys(_living(call))
        done = [await self._hang_up(channel) for channel in channels]
        if call is None and not any(done):
            raise NotFoundError("There is no such call now.", call=str(call_id))

    async def _hang_up(self, channel: str) -> bool:
        try:
            await self.link.ask({"Action": "Hangup", "Channel": channel})
        except ActionRefusedError as error:
            if error.details.get("refusal") == "No such channel":
                return False
            raise PbxUnavailableError(str(error)) from error
        return True

    async def mute_recording(self, call_id: UUID, *, muted: bool) -> None:
        """On the client's channel, which is recorded; only its end tells the file's name, so each is asked."""
        call = next((call for call in self._tracker.open_calls() if call.id == call_id), None)
        done = [await self._mute(channel, muted=muted) for channel in (_living(call) if call else ())]
        if not any(done):
            raise NotRecordedError(call=str(call_id))

    async def _mute(self, channel: str, *, muted: bool) -> bool:
        try:
            await self.link.ask(ami_actions.mute_recording(channel, muted=muted))
        except ActionRefusedError as error:
            log.debug("not recorded", pbx=self._name, channel=channel, why=str(error))
            return False
        return True

    async def set_operator_available(self, extension: str, *, available: bool, reason: str = "") -> None:
        self._words.telling(extension, available=available, reason=reason)
        await self._members.set_operator_available(extension, available=available, reason=reason)

    async def join_queue(self, queue: str, extension: str) -> None:
        await self._members.join_queue(queue, extension)

    async def leave_queue(self, queue: str, extension: str) -> None:
        await self._members.leave_queue(queue, extension)

    async def fetch_routes(self) -> None:
        """Let the PBX ask for the fallback routes it lacks (pbx_bridge.astdb_sync)."""
        await self.link.ask(ami_actions.fetch_routes())


def _living(call: Call) -> list[str]:
    """Its channels by their unique ids; one may be gone already."""
    legs = [leg.uniqueid for leg in call.legs if leg.uniqueid and leg.ended_at is None]
    return list(dict.fromkeys([*call.linkedids, *legs]))
