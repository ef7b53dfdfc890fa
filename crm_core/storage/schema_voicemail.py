# SPDX-License-Identifier: Apache-2.0
"""The table of messages that callers left; a row for each call that ended so."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, text

from crm_core.storage.schema import metadata
from crm_core.storage.types import Id, UtcDateTime

_OPEN = text("closed_at IS NULL")

voicemail = Table(
    "voicemail",
    metadata,
    Column("id", Id, ForeignKey("call.id"), primary_key=True),
    Column("left_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("mailbox", Text),
    Column("did", Text),  # E.164; its team hears of it while nobody has it
    Column("began_at", UtcDateTime),
    Column("assigned_to", Id, ForeignKey("user_account.id"), index=True),
    Column("heard_at", UtcDateTime),
    Column("heard_by", Id, ForeignKey("user_account.id")),
    Column("closed_at", UtcDateTime),
    Column("closed_by", Id, ForeignKey("user_account.id")),
    Index("ix_voicemail_left_at_id", "left_at", "id"),
    Index("ix_voicemail_open", "left_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    sqlite_strict=True,
)
