# SPDX-License-Identifier: Apache-2.0
"""The tables of who may come in, and by what."""

from sqlalchemy import Column, ForeignKey, Text

from crm_core.storage.schema_base import a_ref, a_table, own_id
from crm_core.storage.types import Big, Id, Json, UtcDateTime

session = a_table(
    "session",
    Column("id_hash", Text, primary_key=True),
    a_ref("user_id", "user_account"),
    Column("csrf", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ip", Text),
    Column("user_agent", Text),
)
api_token = a_table(
    "api_token",
    own_id(),
    Column("token_hash", Text, nullable=False, unique=True),
    a_ref("user_id", "user_account"),
    Column("label", Text, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
)
one_time_link = a_table(
    "one_time_link",  # one a user: the next takes the place of the one before
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),  # invitation | reset
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)
second_factor = a_table(
    "second_factor",
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True),
    Column("sealed_secret", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),  # null: shown, not yet proven
    Column("last_step", Big, nullable=False),  # of the last code taken: none is taken twice
)
recovery_code = a_table(
    "recovery_code",
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True),
    Column("code_hash", Text, primary_key=True),
)
kept_answer = a_table(
    "kept_answer",  # what a program was answered to a write with an Idempotency-Key; a day
    Column("token_id", Id, primary_key=True),  # no foreign key: a token may be taken back meanwhile
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # of the request
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("answer", Json),  # null while the first is at work
)
