# SPDX-License-Identifier: Apache-2.0
"""What every use case that changes something leaves behind: a change row and an entry in the audit trail."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.client import Company, Contact
from crm_core.domain.ids import new_id
from crm_core.domain.shallow import shallow
from crm_core.ports.store import Tx

_NOT_NEWS = {"id", "created_at", "updated_at"}


class Record(Protocol):
    """A dataclass of the domain with an id."""

    @property
    def id(self) -> UUID: ...


class Trail:
    """Collects through a use case; `write` it inside the same transaction."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self.actor = actor
        self.now = now
        self._entries: list[AuditEntry] = []
        self._changes: list[tuple[str, UUID]] = []

    def note(self, kind: str, before: Record | None, after: Record | None, action: str | None = None) -> None:
        """Something was created (no before), removed (no after) or changed; what stayed the same is left out."""
        if record := after or before:
            self.note_fields(kind, record.id, before, after, action)

    def note_fields(
        self, kind: str, record_id: UUID, before: Any, after: Any, action: str | None = None
    ) -> None:
        """As `note`, for what has no id of its own."""
        old, new = _plain(before), _plain(after)
        self._entries.append(
            AuditEntry(
                id=new_id(self.now),
                at=self.now,
                actor=self.actor,
                action=action or _action(before, after),
                kind=kind,
                record_id=record_id,
                before={k: v for k, v in old.items() if new.get(k) != v} or None,
                after={k: v for k, v in new.items() if old.get(k) != v} or None,
            )
        )
        self.changed(kind, record_id)

    def changed(self, kind: str, record_id: UUID | None) -> None:
        """Something follows from it (a turnover) that nobody edited."""
        if record_id is not None:
            self._changes.append((kind, record_id))

    def anew(self) -> "Trail":
        """An empty one of the same actor and time, for a step that writes its own."""
        return Trail(self.actor, self.now)

    async def write(self, tx: Tx) -> None:
        await tx.audit.add(*self._entries)
        for kind, record_id in self._changes:
            tx.changes.add(kind, record_id, self.now)


def _action(before: Any, after: Any) -> str:
    if before is None:
        return "create"
    return "update" if after is not None else "remove"


def _plain(record: Any) -> dict[str, Any]:
    if record is None:
        return {}
    told = {name: _json(value) for name, value in shallow(record).items() if name not in _NOT_NEWS}
    if isinstance(record, Contact | Company):  # each field of the house's own is one of its own here too
        del told["fields"]
        told |= {f"fields.{key}": value for key, value in record.fields}
    return told


def _json(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if value == ():
        return None  # no tags are no news of a new record
    return value
