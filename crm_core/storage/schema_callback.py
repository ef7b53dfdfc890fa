# SPDX-License-Identifier: Apache-2.0
"""The table of requests to be called back; what becomes of them is the ledger's (schema_missed)."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from crm_core.storage.schema import metadata
from crm_core.storage.types import Id, UtcDateTime

callback_request = Table(
    "callback_request",
    metadata,
    Column(
        "id", Id, primary_key=True
    ),  # of its attempt in the ledger; of its call, while that is not kept yet
    Column("e164", Text, nullable=False),
    Column("source", Text, nullable=False),  # queue | step | operator | program
    Column("arrived_at", UtcDateTime, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("did", Text),
    Column("queue", Text),
    Column("wanted_at", UtcDateTime),
    Column("note", Text),
    Column("user_id", Id, ForeignKey("user_account.id")),
    Index("ix_callback_request_arrived_at_id", "arrived_at", "id"),
    sqlite_strict=True,
)
