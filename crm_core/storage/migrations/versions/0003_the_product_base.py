# SPDX-License-Identifier: Apache-2.0
# longer: a migration is a list of changes, read from top to bottom
"""The product base."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:  # longer: one change after another
    op.create_table(
        "choice",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("needs_note", types.Flag(), nullable=False),
        sa.Column("in_statistics", types.Flag(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice")),
        sa.UniqueConstraint("kind", "code", name=op.f("uq_choice_kind_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "kept_answer",
        sa.Column("token_id", types.Id(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("answer", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_kept_answer")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("kept_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_answer_created_at"), ["created_at"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("payload", types.Json(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_from", types.UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("held_until", types.UtcDateTime(), nullable=True),
        sa.Column("settled_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_state_created_at_id", ["state", "created_at", "id"], unique=False)
        batch_op.create_index("ix_outbox_target_state", ["target", "state"], unique=False)
        batch_op.create_index(
            "ix_outbox_waiting",
            ["kind", "due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "schedule",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("days", types.Json(), nullable=False),
        sa.Column("holidays", types.Json(), nullable=False),
        sa.Column("special", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("name", name=op.f("uq_schedule_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "webhook",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", types.Json(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_until", types.UtcDateTime(), nullable=True),
        sa.Column("enabled", types.Flag(), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sqlite_strict=True,
    )
    op.create_table(
        "absence",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("starts_at", types.UtcDateTime(), nullable=False),
        sa.Column("ends_at", types.UtcDateTime(), nullable=False),
        sa.Column("deputy_id", types.Id(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["deputy_id"], ["user_account.id"], name=op.f("fk_absence_deputy_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_absence_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_absence_deputy_id"), ["deputy_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_absence_user_id"), ["user_id"], unique=False)

    op.create_table(
        "export_job",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_export_job_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_job")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("export_job", schema=None) as batch_op:
        batch_op.create_index("ix_export_job_state_created_at", ["state", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_export_job_user_id"), ["user_id"], unique=False)

    op.create_table(
        "notify_choice",
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("missed_push", types.Flag(), nullable=False),
        sa.Column("missed_digest", types.Flag(), nullable=False),
        sa.Column("digest_address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_notify_choice_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notify_choice")),
        sqlite_strict=True,
    )
    op.create_table(
        "one_time_link",
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_one_time_link_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_link_token_hash")),
        sqlite_strict=True,
    )
    op.create_table(
        "preference",
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_preference_user_id")),
        sa.PrimaryKeyConstraint("user_id", "name", name=op.f("pk_preference")),
        sqlite_strict=True,
    )
    op.create_table(
        "push_subscription",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_push_subscription_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscription_endpoint")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("push_subscription", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_push_subscription_user_id"), ["user_id"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id")),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_recovery_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "saved_view",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_saved_view_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("user_id", "list", "name", name=op.f("uq_saved_view_user_id_list_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "second_factor",
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", types.UtcDateTime(), nullable=True),
        sa.Column("last_step", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_second_factor_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
        sqlite_strict=True,
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("webhook_id", types.Id(length=16), nullable=False),
        sa.Column("item_id", types.Id(length=16), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("headers", types.Json(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("webhook_delivery", schema=None) as batch_op:
        batch_op.create_index("ix_webhook_delivery_at", ["at"], unique=False)
        batch_op.create_index(
            "ix_webhook_delivery_webhook_id_at_id", ["webhook_id", "at", "id"], unique=False
        )

    with op.batch_alter_table("communication", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_communication_user_id"))
        batch_op.create_index("ix_communication_user_id_started_at", ["user_id", "started_at"], unique=False)

    with op.batch_alter_table("company", schema=None) as batch_op:
        batch_op.create_index(
            "ix_company_archived",
            ["name", "id"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NOT NULL"),
            postgresql_where=sa.text("archived_at IS NOT NULL"),
        )
        batch_op.create_index("ix_company_created_at_id", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_company_manager_id_name_id", ["manager_id", "name", "id"], unique=False)
        batch_op.create_index("ix_company_updated_at_id", ["updated_at", "id"], unique=False)

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(
            "ix_contact_archived",
            ["name", "id"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NOT NULL"),
            postgresql_where=sa.text("archived_at IS NOT NULL"),
        )
        batch_op.create_index("ix_contact_created_at_id", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_contact_manager_id_name_id", ["manager_id", "name", "id"], unique=False)
        batch_op.create_index("ix_contact_updated_at_id", ["updated_at", "id"], unique=False)

    with op.batch_alter_table("customer_order", schema=None) as batch_op:
        batch_op.create_index("ix_customer_order_amount_id", ["amount", "id"], unique=False)
        batch_op.create_index("ix_customer_order_ordered_at_id", ["ordered_at", "id"], unique=False)
        batch_op.create_index(
            "ix_customer_order_status_ordered_at_id", ["status", "ordered_at", "id"], unique=False
        )
        batch_op.create_index("ix_customer_order_updated_at_id", ["updated_at", "id"], unique=False)

    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index("ix_lead_created_at_id", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_lead_status_created_at_id", ["status", "created_at", "id"], unique=False)

    with op.batch_alter_table("own_number", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pbx", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("line", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("source", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("team_id", types.Id(length=16), nullable=True))
        batch_op.add_column(sa.Column("language", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("schedule_id", types.Id(length=16), nullable=True))
        batch_op.add_column(sa.Column("note", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_own_number_schedule_id"), ["schedule_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_own_number_team_id"), ["team_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_own_number_team_id"), "team", ["team_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_own_number_schedule_id"), "schedule", ["schedule_id"], ["id"]
        )

    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("seen_at", types.UtcDateTime(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
