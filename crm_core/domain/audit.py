# SPDX-License-Identifier: Apache-2.0
"""Who changed what: the audit trail, and the row every change leaves for indexes and screens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `user_id` is None for the system, an import, a program."""

    name: str
    user_id: UUID | None = None


SYSTEM = Actor("system")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`before` and `after` hold only what differs."""

    id: UUID
    at: datetime
    actor: Actor
    action: str  # create | update | archive | restore | login | play | export ...
    kind: str
    record_id: UUID | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """`kind` (contact, company, order, user, call ...) and id of a record that changed; `seq` only grows."""

    seq: int
    kind: str
    id: UUID
    at: datetime
