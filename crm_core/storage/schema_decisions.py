# SPDX-License-Identifier: Apache-2.0
"""The tables of rules that came into force, and of what they decided."""

from sqlalchemy import Column, Index, Integer, Text

from crm_core.storage.schema_base import a_table
from crm_core.storage.types import Id, Json, UtcDateTime

route_decision = a_table(
    "route_decision",
    Column("call_id", Id, primary_key=True),  # no foreign key: it may be written before the call
    Column("decided_at", UtcDateTime, nullable=False),
    Column("rule_set_version", Integer, nullable=False),
    Column("rule", Text, nullable=False),
    Column("facts", Json, nullable=False),  # the whole vector
    Column("steps", Json, nullable=False),
    Column("trace", Json, nullable=False),  # candidates and why each was passed over
    Column("latency_us", Integer, nullable=False),
    Index("ix_route_decision_decided_at_call_id", "decided_at", "call_id"),
)
rule_set = a_table(
    "rule_set",
    Column("version", Integer, primary_key=True),
    Column("body", Json, nullable=False),
    Column("source", Text, nullable=False),  # file name or 'editor'
    Column("digest", Text, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
)
