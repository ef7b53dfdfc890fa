# SPDX-License-Identifier: Apache-2.0
"""The tables of what goes out: letters, webhooks, messages to devices, and who wants them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Text, text

from crm_core.storage.schema_base import a_ref, a_table, own_id
from crm_core.storage.types import Big, Flag, Id, Json, UtcDateTime

outbox = a_table(
    "outbox",  # what waits to go out, and what went: at least once, by key only once put in
    own_id(),
    Column("kind", Text, nullable=False),  # mail | webhook | push
    Column("target", Text, nullable=False),  # what is dead or alive as one: a server, an end point
    Column("address", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),  # waiting | sent | given_up
    Column("tries", Integer, nullable=False),
    Column("tried_from", UtcDateTime),
    Column("last_error", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("held_until", UtcDateTime),  # a worker has it; dead by then, another may
    Column("settled_at", UtcDateTime),
    Index(
        "ix_outbox_waiting",
        "kind",
        "due_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_outbox_target_state", "target", "state"),
    Index("ix_outbox_state_created_at_id", "state", "created_at", "id"),
)
webhook = a_table(
    "webhook",  # programs that are told of events
    own_id(),
    Column("url", Text, nullable=False),
    Column("events", Json, nullable=False),  # ["call.missed", "contact.*"]
    Column("secret", Text, nullable=False),  # sealed
    Column("old_secret", Text),  # sealed; signs too until old_until
    Column("old_until", UtcDateTime),
    Column("enabled", Flag, nullable=False),
    Column("seq", Big, nullable=False),  # of `change`: up to there events were made of it
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
webhook_delivery = a_table(
    "webhook_delivery",  # each try, with what was answered
    own_id(),
    a_ref("webhook_id", "webhook", index=False),
    Column("item_id", Id, nullable=False),  # of the outbox, whose rows go earlier
    Column("event", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("headers", Json, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Integer),
    Column("answer", Text, nullable=False),
    Column("ms", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Index("ix_webhook_delivery_webhook_id_at_id", "webhook_id", "at", "id"),
    Index("ix_webhook_delivery_at", "at"),
)
push_subscription = a_table(
    "push_subscription",  # a browser that wants to be told
    own_id(),
    a_ref("user_id", "user_account"),
    Column("endpoint", Text, nullable=False, unique=True),
    Column("p256dh", Text, nullable=False),
    Column("auth", Text, nullable=False),
    Column("device", Text, nullable=False),  # 'Chrome, Android'
    Column("created_at", UtcDateTime, nullable=False),
)
notify_choice = a_table(
    "notify_choice",  # what somebody wants to be told of; no row: the defaults
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True),
    Column("missed_push", Flag, nullable=False),
    Column("missed_digest", Flag, nullable=False),
    Column("digest_address", Text, nullable=False),
)
