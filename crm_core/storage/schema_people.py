# SPDX-License-Identifier: Apache-2.0
"""The tables of people: who works here, their phones, states and absences, numbers of our own, opening hours."""

from sqlalchemy import Column, ForeignKey, Index, Text, text

from crm_core.storage.schema_base import a_ref, a_table, own_id
from crm_core.storage.types import Id, Json, UtcDateTime

team = a_table("team", own_id(), Column("name", Text, nullable=False, unique=True))  # 'retail', 'wholesale'
user = a_table(
    "user_account",
    own_id(),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),  # '' until an invitation is followed
    Column("role", Text, nullable=False),  # operator | supervisor | admin
    Column("locale", Text),
    Column("zone", Text),
    Column("theme", Text),
    Column("email", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("archived_at", UtcDateTime),
    Column("seen_at", UtcDateTime),  # the last request of a browser of theirs, within some minutes
    Column("schedule_id", Id),  # working hours; no foreign key: SQLite would have to write the table anew
)
team_member = a_table(
    "team_member",
    Column("team_id", Id, ForeignKey("team.id"), primary_key=True),
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True, index=True),
)
operator_extension = a_table(
    "operator_extension",
    own_id(),
    a_ref("user_id", "user_account"),
    Column("pbx", Text, nullable=False),
    Column("extension", Text, nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_to", UtcDateTime),
    Index("ix_operator_extension_pbx_extension", "pbx", "extension"),
)
operator_device = a_table(
    "operator_device",
    own_id(),
    a_ref("user_id", "user_account"),
    Column("pbx", Text, nullable=False),
    Column("device", Text, nullable=False),  # 'PJSIP/101'
    Column("kind", Text, nullable=False),  # desk | browser | mobile
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_to", UtcDateTime),
    Index("ix_operator_device_pbx_device", "pbx", "device"),
)
operator_state = a_table(
    "operator_state",  # intervals: one open row (ended_at null) a user
    own_id(),
    a_ref("user_id", "user_account"),
    Column("state", Text, nullable=False),  # offline | available | paused | meeting | wrap_up
    Column("reason", Text),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("source", Text),  # screen | phone | schedule; null: from before it was kept
    Column("until", UtcDateTime),  # when working hours bring them back
    Index("ix_operator_state_user_id_started_at", "user_id", "started_at"),
    Index(
        "uq_operator_state_open",
        "user_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)
own_number = a_table(
    "own_number",  # trunks, extensions, employees' mobiles: never matched to a client
    own_id(),
    Column("e164", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("kind", Text, nullable=False),  # did | mobile | test | other
    Column("pbx", Text),
    Column("line", Text),
    Column("source", Text),
    a_ref("team_id", "team", null=True),
    Column("language", Text),
    a_ref("schedule_id", "schedule", null=True),
    Column("note", Text),
    Column("user_id", Id),  # whose mobile; no foreign key: SQLite would have to write the table anew
)
schedule = a_table(
    "schedule",  # opening hours by name
    own_id(),
    Column("name", Text, nullable=False, unique=True),
    Column("zone", Text, nullable=False),
    Column("days", Json, nullable=False),  # seven lists of [from, to] in minutes
    Column("holidays", Json, nullable=False),
    Column("special", Json, nullable=False),  # [day, [[from, to] ...]]
)
absence = a_table(
    "absence",
    own_id(),
    a_ref("user_id", "user_account"),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    a_ref("deputy_id", "user_account", null=True),
    Column("reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
)
