# SPDX-License-Identifier: Apache-2.0
"""Deals and tasks."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, text

from crm_core.storage.schema import metadata
from crm_core.storage.types import Big, Id, Json, UtcDateTime

_OPEN_TASK = text("done_at IS NULL")
_OPEN_DEAL = text("state = 'open'")


def _given(name: str, column: str) -> Index:
    has = text(f"{column} IS NOT NULL")
    return Index(f"ix_{name}_{column}_given", column, sqlite_where=has, postgresql_where=has)


deal = Table(
    "deal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("title", Text, nullable=False),
    Column("contact_id", Id, ForeignKey("contact.id")),
    Column("company_id", Id, ForeignKey("company.id")),
    Column("owner_id", Id, ForeignKey("user_account.id")),
    Column("stage", Text, nullable=False),  # code of a choice
    Column("state", Text, nullable=False),  # open | won | lost
    Column("amount", Big, nullable=False),  # minor units
    Column("currency", Text, nullable=False),
    Column("expected_on", Integer, nullable=False),  # proleptic ordinal; date.max: not said, so it sorts last
    Column("closed_at", UtcDateTime),
    Column("note", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("archived_at", UtcDateTime),
    _given("deal", "contact_id"),
    _given("deal", "company_id"),
    Index("ix_deal_open", "id", sqlite_where=_OPEN_DEAL, postgresql_where=_OPEN_DEAL),
    Index("ix_deal_state_expected_on_id", "state", "expected_on", "id"),
    Index("ix_deal_owner_id_state_expected_on_id", "owner_id", "state", "expected_on", "id"),
    Index("ix_deal_created_at_id", "created_at", "id"),
    Index("ix_deal_amount_id", "amount", "id"),
    Index("ix_deal_title_id", "title", "id"),
    Index("ix_deal_updated_at_id", "updated_at", "id"),
    sqlite_strict=True,
)
task = Table(
    "task",
    metadata,
    Column("id", Id, primary_key=True),
    Column("text", Text, nullable=False),
    Column("about", Json),  # fills the gaps of a text of ours
    Column("user_id", Id, ForeignKey("user_account.id"), nullable=False),
    Column("contact_id", Id, ForeignKey("contact.id")),
    Column("company_id", Id, ForeignKey("company.id")),
    Column("due_on", Integer, nullable=False),  # proleptic ordinal, a day of the house
    Column("due_at", UtcDateTime),
    Column("origin", Text, nullable=False),  # hand | call | band
    Column("call_id", Id),  # no foreign key: a call may become part of another
    Column("created_by", Id, ForeignKey("user_account.id")),
    Column("done_at", UtcDateTime),
    Column("done_by", Id, ForeignKey("user_account.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    _given("task", "contact_id"),
    _given("task", "company_id"),
    _given("task", "call_id"),
    Index("ix_task_open", "user_id", "due_on", "id", sqlite_where=_OPEN_TASK, postgresql_where=_OPEN_TASK),
    Index("ix_task_updated_at_id", "updated_at", "id"),
    sqlite_strict=True,
)
