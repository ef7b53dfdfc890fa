# SPDX-License-Identifier: Apache-2.0
"""The tables of sharing out: whose turn it was in each team, and what was dealt out in bulk, client by client."""

from sqlalchemy import Column, Index, Integer, Table, Text

from crm_core.storage.schema import metadata
from crm_core.storage.types import Big, Id, Json, UtcDateTime

assign_turn = Table(
    "assign_turn",  # of round robin in the rules [[assign]]; teams by their names, as rules have them
    metadata,
    Column("team", Text, primary_key=True),
    Column("user_id", Id, primary_key=True),
    Column("turn", Big, nullable=False),  # a running number
    sqlite_strict=True,
)
share_batch = Table(
    "share_batch",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, nullable=False),
    Column("actor", Text, nullable=False),
    Column("list", Text, nullable=False),  # contacts | companies | leads
    Column("query", Text, nullable=False),  # of the list's address
    Column("way", Text, nullable=False),  # evenly | fewest_clients | rules
    Column("people", Json, nullable=False),  # ids, as text
    Column("state", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),  # looked at in the present state: of giving, or of taking back
    Column("changed", Integer, nullable=False),  # of those, that were really given or taken back
    Index("ix_share_batch_state_made_at", "state", "made_at"),
    sqlite_strict=True,
)
share_item = Table(
    "share_item",
    metadata,
    Column("batch_id", Id, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("client_id", Id, nullable=False),
    Column("before_id", Id),
    Column("after_id", Id),  # nobody: no rule gives anybody
    Column("given", Integer, nullable=False),  # 1: it was changed, so it can be taken back
    sqlite_strict=True,
)
