# SPDX-License-Identifier: Apache-2.0
"""The tables of what the house, and each person, has set; and of lists as people keep and take them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Text, UniqueConstraint

from crm_core.storage.schema_base import a_ref, a_table, own_id
from crm_core.storage.types import Flag, Id, Json, UtcDateTime

setting = a_table("setting", Column("name", Text, primary_key=True), Column("value", Json, nullable=False))
choice = a_table(
    "choice",  # what may be chosen: results of talks, stages of deals ...; built-in ones are here once changed
    own_id(),
    Column("kind", Text, nullable=False),  # result | pause | stage
    Column("code", Text, nullable=False),
    Column("text", Text),  # null: the built-in words
    Column("position", Integer, nullable=False),
    Column("needs_note", Flag, nullable=False),
    Column("in_statistics", Flag, nullable=False),
    Column("archived_at", UtcDateTime),
    UniqueConstraint("kind", "code"),
)
preference = a_table(
    "preference",  # what somebody set for themselves: 'keys' -> {"answer": "F8"}
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
)
saved_view = a_table(
    "saved_view",  # a view is its address; this is the name somebody gave one
    own_id(),
    a_ref("user_id", "user_account", index=False),
    Column("list", Text, nullable=False),  # contacts | companies | orders | calls | leads
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),  # 'manager=none&sort=-created'
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("user_id", "list", "name"),
)
export_job = a_table(
    "export_job",  # a list on its way into a file; the file lives a day
    own_id(),
    a_ref("user_id", "user_account"),
    Column("list", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("format", Text, nullable=False),  # xlsx | csv
    Column("state", Text, nullable=False),  # waiting | running | done | failed | cancelled
    Column("rows", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_export_job_state_created_at", "state", "created_at"),
)
