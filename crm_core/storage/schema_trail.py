# SPDX-License-Identifier: Apache-2.0
"""The tables of what was changed, and by whom."""

from sqlalchemy import Column, Index, Text

from crm_core.storage.schema_base import a_table, own_id
from crm_core.storage.types import Big, Id, Json, UtcDateTime

change = a_table(
    "change",  # one row for every change, in its transaction: feeds in-memory indexes and screens
    Column("seq", Big, primary_key=True, autoincrement=True),
    Column(
        "kind", Text, nullable=False
    ),  # contact | company | phone_number | order | user | call | communication | ...
    Column("id", Id, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,  # a seq is never given twice, even when old rows are gone
)
audit = a_table(
    "audit",
    own_id(),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("user_id", Id),  # null: the system, an import, the API
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),  # create | update | archive | restore | login | play | export ...
    Column("kind", Text, nullable=False),
    Column("record_id", Id),
    Column("before", Json),
    Column("after", Json),
    Index("ix_audit_kind_record_id", "kind", "record_id"),
)
