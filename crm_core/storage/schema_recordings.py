# SPDX-License-Identifier: Apache-2.0
"""The tables of recordings, and of what a day's balance found about calls and them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Text, UniqueConstraint, text

from crm_core.storage.schema_base import a_ref, a_table, own_id
from crm_core.storage.types import Big, Id, Json, Real, UtcDateTime

recording = a_table(
    "recording",
    own_id(),
    Column("call_id", Id, ForeignKey("call.id"), index=True),  # null: not matched yet
    Column("pbx", Text, nullable=False),
    Column("linkedid", Text, nullable=False),
    Column("uniqueid", Text, nullable=False),  # of the recorded (the client's) channel
    Column("state", Text, nullable=False),  # waiting | ready | empty | silent | truncated | damaged | missing
    Column("detail", Text),
    Column("source_name", Text, nullable=False),  # the file's name in the spool, never a path
    Column("storage_key", Text, unique=True),
    Column("media_type", Text),
    Column("bytes", Big),
    Column("duration_s", Real),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("peaks", Json),  # {"client": [0..255 x N], "operator": [...]}
    Column(
        "loudest", Json
    ),  # the greatest sample of each channel: [client, operator]; 16 and less is silence
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("pbx", "source_name"),
    Index(
        "ix_recording_waiting",
        "pbx",
        "created_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)
recording_play = a_table(
    "recording_play",
    own_id(),
    a_ref("recording_id", "recording"),
    a_ref("user_id", "user_account"),
    Column("played_at", UtcDateTime, nullable=False),
    Column("ip", Text),
)
recording_pause = a_table(
    "recording_pause",  # a stretch of silence by will (card data): the PBX went on and wrote zeros
    own_id(),
    a_ref("call_id", "call"),
    Column("user_id", Id),
    Column("actor", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),  # null: until the end of the call
)
balance = a_table(
    "balance",  # a day that was looked through: calls x CEL x recordings
    Column("day", Text, primary_key=True),  # '2026-11-22', of the house's zone
    Column("run_at", UtcDateTime, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("talks", Integer, nullable=False),  # segments
    Column("recordings", Integer, nullable=False),
    Column("witnessed", Integer, nullable=False),
)
balance_finding = a_table(
    "balance_finding",
    own_id(),
    Column("day", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),  # what it is about: found again, it is the same finding
    Column("pbx", Text, nullable=False),
    Column("call_id", Id),
    Column("recording_id", Id),
    Column("at", UtcDateTime, nullable=False),
    Column("facts", Json, nullable=False),
    Column("state", Text, nullable=False),  # open | fixed | explained
    Column("actor", Text),  # who fixed or explained it
    Column("note", Text),
    Column("settled_at", UtcDateTime),
    UniqueConstraint("day", "kind", "subject"),
    Index("ix_balance_finding_state_day", "state", "day"),
)
