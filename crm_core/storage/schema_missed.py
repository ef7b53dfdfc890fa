# SPDX-License-Identifier: Apache-2.0
"""The tables of the ledger of missed callers: at most one open item for each caller, and what it was made of."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, text

from crm_core.storage.schema import metadata
from crm_core.storage.types import Id, Json, UtcDateTime

_OPEN, _CLOSED = text("closed_at IS NULL"), text("closed_at IS NOT NULL")

missed_item = Table(
    "missed_item",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False),  # the contact's id, else the company's, else the number
    Column("e164", Text, nullable=False),
    Column("contact_id", Id, ForeignKey("contact.id")),
    Column("company_id", Id, ForeignKey("company.id")),
    Column("did", Text),
    Column("state", Text, nullable=False),  # missed | claimed | reached | came_back | gave_up | withdrawn
    Column("kind", Text, nullable=False),  # of the last attempt
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),  # of ours
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("tried_at", UtcDateTime),
    Column("owner_id", Id, ForeignKey("user_account.id")),
    Column("team_id", Id, ForeignKey("team.id")),
    Column("claimed_by", Id, ForeignKey("user_account.id")),
    Column("claimed_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("closed_by", Id, ForeignKey("user_account.id")),
    Column("closed_call_id", Id),  # no foreign key: the call may be part of another by and by
    Column("reason", Text),
    Index("uq_missed_item_open", "key", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_missed_item_key_closed_at", "key", "closed_at"),
    Index("ix_missed_item_open_due_at", "due_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    # Only of those: else a planner reads all that are open by this one, and sorts them.
    Index("ix_missed_item_closed_at_id", "closed_at", "id", sqlite_where=_CLOSED, postgresql_where=_CLOSED),
    Index("ix_missed_item_closed_call_id", "closed_call_id"),
    sqlite_strict=True,
)
missed_attempt = Table(
    "missed_attempt",
    metadata,
    Column("id", Id, primary_key=True),  # of its source: the call's, the request's
    Column("item_id", Id, ForeignKey("missed_item.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),  # call | voicemail | callback_request | tried
    Column("at", UtcDateTime, nullable=False),
    Column("e164", Text, nullable=False),
    Column("did", Text),
    Column("call_id", Id, ForeignKey("call.id")),
    Column("rung", Json, nullable=False),
    sqlite_strict=True,
)
