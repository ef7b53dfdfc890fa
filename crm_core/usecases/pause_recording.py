# SPDX-License-Identifier: Apache-2.0
"""Card data is not for recordings: who talks stops the recording for a while, and it is written down who and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.call import Call, CallEvent, LegAnswered
from crm_core.domain.directory import Directory
from crm_core.domain.errors import ForbiddenError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.recording import RecordingPause
from crm_core.ports.feed import Audience, Feed
from crm_core.ports.pbx import Pbx
from crm_core.ports.store import Store, Tx


class NotTalkingError(ForbiddenError):
    """Only who talks on a call can stop its recording."""


@dataclass(frozen=True, slots=True)
class RecordingSwitch:
    """The PBX goes on and writes silence, so that what is said later stays at its place."""

    store: Store
    directory: Directory
    pbxs: Sequence[Pbx]
    feed: Feed

    async def turn(self, actor: Actor, call_id: UUID, now: datetime, *, paused: bool) -> None:
        """Repeated, it changes nothing. Raise NotTalkingError, NotFoundError and what the PBX refuses with."""
        pbx, call = self._call(call_id)
        talking = self._talking(call)
        if actor.user_id not in talking:
            raise NotTalkingError
        async with self.store.read() as tx:
            if await tx.calls.get(call_id) is None:
                raise NotFoundError("there is no such call")
        await pbx.mute_recording(call_id, muted=paused)
        async with self.store.begin() as tx:
            changed = await (
                _pause(tx, call_id, actor, now) if paused else tx.recordings.end_pauses(call_id, now)
            )
            if changed:
                tx.changes.add("call", call_id, now)
                await tx.audit.add(_trail(call_id, actor, now, paused=paused))
        for user in talking:
            self._tell(call_id, user, now if paused else None)

    async def follow(self, event: CallEvent) -> None:
        """Who takes over a call sees that it is not recorded just now."""
        if not isinstance(event, LegAnswered) or not event.call.transfers:
            return
        async with self.store.read() as tx:
            pauses = (await tx.recordings.pauses([event.call.id])).get(event.call.id, ())
        since = next((one.started_at for one in pauses if one.ended_at is None), None)
        for user in self._talking(event.call) if since else ():
            self._tell(event.call.id, user, since)

    def _call(self, call_id: UUID) -> tuple[Pbx, Call]:
        for pbx in self.pbxs:
            for call in pbx.open_calls():
                if call.id == call_id:
                    return pbx, call
        raise NotFoundError("This call is over already.")

    def _talking(self, call: Call) -> frozenset[UUID]:
        active = [leg for leg in call.legs if leg.answered_at and leg.ended_at is None]
        found = (self.directory.presence.who(call.pbx, leg.device, leg.party) for leg in active)
        return frozenset(user for user in found if user)

    def _tell(self, call_id: UUID, user: UUID, paused_at: datetime | None) -> None:
        said = {"call_id": str(call_id), "user_id": str(user), "paused_at": paused_at}
        self.feed.publish("call.recording", said, Audience.of(user))


async def _pause(tx: Tx, call_id: UUID, actor: Actor, now: datetime) -> bool:
    there = (await tx.recordings.pauses([call_id])).get(call_id, ())
    if any(one.ended_at is None for one in there):
        return False
    pause = RecordingPause(
        id=new_id(now), call_id=call_id, actor=actor.name, user_id=actor.user_id, started_at=now
    )
    await tx.recordings.add_pause(pause)
    return True


def _trail(call_id: UUID, actor: Actor, now: datetime, *, paused: bool) -> AuditEntry:
    action = "pause" if paused else "resume"
    return AuditEntry(id=new_id(now), at=now, actor=actor, action=action, kind="recording", record_id=call_id)
