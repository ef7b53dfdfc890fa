# SPDX-License-Identifier: Apache-2.0
"""Events for webhooks, made of committed changes: each webhook has its place in `change`, so a crash loses nothing.

A record is told as it stands when its change is read. What happens to a call (it began, was answered, ended, was
missed) is told once; the outbox's keys see to that, so reading a change twice is ordinary.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

import orjson

from crm_core.domain.audit import Change
from crm_core.domain.call import Call, Direction
from crm_core.domain.call_history import CallRow, started
from crm_core.domain.outbox import OutKind
from crm_core.domain.recording import RecordingState
from crm_core.domain.shallow import shallow
from crm_core.domain.webhook import Event, Webhook
from crm_core.ports.store import Store, Tx

MOST_WAITING = 1000  # of one webhook: the rest stays in `change` until it takes them again
_BATCH = 200
_OLD = timedelta(days=7)  # a replay of a journal, an import of history: no news to anybody
_NOT_TOLD = frozenset({"peaks", "storage_key", "source_name", "uniqueid", "linkedid", "detail"})
_KNOWN_AT_START = ("id", "pbx", "direction", "caller", "caller_name", "dialled", "trunk")


async def tell_webhooks(store: Store, now: datetime) -> int:
    """Put what is new into the outbox; how many events. Call it until there are none."""
    told = 0
    async with store.read() as tx:
        last = await tx.changes.last_seq()
        behind = [one for one in await tx.webhooks.every() if one.enabled and one.seq < last]
    for webhook in behind:
        told += await _tell(store, webhook, now)
    return told


async def put_event(tx: Tx, webhook: Webhook, event: Event, now: datetime, *, key: str = "") -> bool:
    """Into the outbox, once for what it is about."""
    about = key or f"{webhook.id}:{event.type}:{event.about}"
    body = orjson.dumps(event.payload(), default=str).decode()
    return await put_body(
        tx, webhook, event.type, body, message_id=f"msg_{_short(about)}", key=about, now=now
    )


async def put_body(  # noqa: PLR0913 - a message as it goes out
    tx: Tx, webhook: Webhook, event: str, body: str, *, message_id: str, key: str, now: datetime
) -> bool:
    said = {"webhook_id": str(webhook.id), "event": event, "message_id": message_id, "body": body}
    return await tx.outbox.add(
        OutKind.WEBHOOK, webhook.url, said, key=f"webhook:{key}", target=webhook.target, now=now
    )


def _short(about: str) -> str:
    """Receivers know a repeated message by its id, so the id comes of what it is about."""
    return uuid5(NAMESPACE_OID, about).hex


async def _tell(store: Store, webhook: Webhook, now: datetime) -> int:
    async with store.read() as tx:
        if await tx.outbox.waiting_for(webhook.target) >= MOST_WAITING:
            return 0
        changes = await tx.changes.since(webhook.seq, _BATCH)
        events = [event for change in changes for event in await _events(tx, change, now)]
    wanted = [event for event in events if webhook.wants(event.type)]
    async with store.begin() as tx:
        new = [await put_event(tx, webhook, event, now) for event in wanted]
        await tx.webhooks.advance(webhook.id, changes[-1].seq if changes else webhook.seq)
    return sum(new) or bool(changes)


async def _events(tx: Tx, change: Change, now: datetime) -> Sequence[Event]:
    read = _READERS.get(change.kind)
    return list(await read(tx, change, now)) if read else ()


async def _of_call(tx: Tx, change: Change, now: datetime) -> Iterable[Event]:
    call = await tx.calls.row(change.id)
    if call is None or call.direction is Direction.INTERNAL or now - call.started_at > _OLD:
        return ()
    return call_events(call)


def call_events(call: CallRow) -> Iterable[Event]:
    """Everything that has happened to it so far."""
    happened = [("call.started", call.started_at), ("call.answered", call.answered_at)]
    happened.append(("call.ended", call.ended_at))
    if call.missed:
        happened.append(("call.missed", call.ended_at))
    data = {name: value for name, value in shallow(call).items() if name != "recordings"}
    return [Event(type=name, about=str(call.id), at=at, data=data) for name, at in happened if at]


async def _of_recording(tx: Tx, change: Change, now: datetime) -> Iterable[Event]:
    recording = await tx.recordings.get(change.id)
    if recording is None or recording.state is not RecordingState.READY or now - recording.created_at > _OLD:
        return ()
    return [Event(type="recording.ready", about=str(recording.id), at=change.at, data=_told(recording))]


async def _of_contact(tx: Tx, change: Change, _now: datetime) -> Iterable[Event]:
    contact = await tx.clients.contact(change.id)
    return [] if contact is None else [_of_client("contact", contact, change, await _numbers(tx, change))]


async def _of_company(tx: Tx, change: Change, _now: datetime) -> Iterable[Event]:
    company = await tx.clients.company(change.id)
    return [] if company is None else [_of_client("company", company, change, await _numbers(tx, change))]


async def _numbers(tx: Tx, change: Change) -> list[str]:
    found = await tx.clients.phone_numbers([change.id])
    return [number.e164 for number in found.get(change.id, ())]


def _of_client(kind: str, client: Any, change: Change, numbers: list[str]) -> Event:
    done = "archived" if client.archived_at == change.at else _done(client.created_at, change)
    return _changed(f"{kind}.{done}", change, _told(client) | {"phones": numbers})


async def _of_lead(tx: Tx, change: Change, _now: datetime) -> Iterable[Event]:
    lead = await tx.leads.get(change.id)
    return [] if lead is None else [_changed(f"lead.{_done(lead.created_at, change)}", change, _told(lead))]


async def _of_order(tx: Tx, change: Change, _now: datetime) -> Iterable[Event]:
    order = await tx.orders.order(change.id)
    if order is None:
        return ()
    trail = await tx.audit.of("order", order.id, 20)
    is_new = any(entry.at == change.at and entry.action == "create" for entry in trail)
    return [_changed(f"order.{'created' if is_new else 'updated'}", change, _told(order))]


def _done(created_at: datetime, change: Change) -> str:
    return "created" if created_at == change.at else "updated"


def _changed(name: str, change: Change, data: dict[str, Any]) -> Event:
    return Event(type=name, about=f"{change.id}:{change.seq}", at=change.at, data=data)


def _told(record: Any) -> dict[str, Any]:
    return {name: value for name, value in shallow(record).items() if name not in _NOT_TOLD}


_READERS: Final[dict[str, Callable[[Tx, Change, datetime], Awaitable[Iterable[Event]]]]] = {
    "call": _of_call,
    "recording": _of_recording,
    "contact": _of_contact,
    "company": _of_company,
    "lead": _of_lead,
    "order": _of_order,
}


async def tell_started(store: Store, call: Call, now: datetime) -> None:
    """While it rings. A call is written when somebody answers or it is over; who was not told now is told then."""
    if call.direction is Direction.INTERNAL:
        return
    async with store.read() as tx:
        asked = [one for one in await tx.webhooks.every() if one.enabled and one.wants("call.started")]
    if not asked:
        return
    at = started(call)
    data = {name: getattr(call, name) for name in _KNOWN_AT_START} | {"started_at": at}
    event = Event(type="call.started", about=str(call.id), at=at, data=data)
    async with store.begin() as tx:
        for webhook in asked:
            await put_event(tx, webhook, event, now)
