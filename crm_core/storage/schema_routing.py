# SPDX-License-Identifier: Apache-2.0
"""The tables of the rules' life: every state of the one shared draft, publications past and to come, and replays."""

from sqlalchemy import Column, Index, Integer, Table, Text

from crm_core.storage.schema import metadata
from crm_core.storage.types import Id, Json, UtcDateTime

rule_draft = Table(
    "rule_draft",
    metadata,
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("before", Integer, nullable=False),  # the revision that Undo leads back to; 0: the rules in force
    Column("text", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_strict=True,
)
rule_release = Table(
    "rule_release",
    metadata,
    Column("id", Id, primary_key=True),
    Column("state", Text, nullable=False),  # scheduled | published | cancelled | refused
    Column("at", UtcDateTime, nullable=False),  # when it came or comes into force
    Column("made_at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("user_id", Id),
    Column("text", Text, nullable=False),  # TOML, with its comments
    Column("source", Text, nullable=False),  # draft | rollback | the name of a file
    Column("of_version", Integer),  # that a rollback brings back
    Column("version", Integer, unique=True),  # it became
    Column("note", Text, nullable=False),  # why it was refused
    Index("ix_rule_release_state_at", "state", "at"),
    sqlite_strict=True,
)
rule_replay = Table(
    "rule_replay",
    metadata,
    Column("id", Id, primary_key=True),
    Column("state", Text, nullable=False),  # waiting | running | done | failed
    Column("actor", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("days", Integer, nullable=False),
    Column("text", Text, nullable=False),  # of the draft as it was
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("result", Json),
    sqlite_strict=True,
)
