# SPDX-License-Identifier: Apache-2.0
# longer: a migration is a list of changes, read from top to bottom
"""Call truth."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:  # longer: one change after another
    op.create_table(
        "balance",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("run_at", types.UtcDateTime(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("talks", sa.Integer(), nullable=False),
        sa.Column("recordings", sa.Integer(), nullable=False),
        sa.Column("witnessed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_balance")),
        sqlite_strict=True,
    )
    op.create_table(
        "balance_finding",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("call_id", types.Id(length=16), nullable=True),
        sa.Column("recording_id", types.Id(length=16), nullable=True),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("facts", types.Json(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("settled_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_finding")),
        sa.UniqueConstraint("day", "kind", "subject", name=op.f("uq_balance_finding_day_kind_subject")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("balance_finding", schema=None) as batch_op:
        batch_op.create_index("ix_balance_finding_state_day", ["state", "day"], unique=False)

    op.create_table(
        "recording_pause",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("call_id", types.Id(length=16), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_recording_pause_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_pause")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("recording_pause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_pause_call_id"), ["call_id"], unique=False)

    op.create_table(
        "witness",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("call_id", types.Id(length=16), nullable=True),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("answered_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=False),
        sa.Column("talk_s", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=False),
        sa.Column("recordings", types.Json(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("differences", types.Json(), nullable=False),
        sa.Column("said", types.Json(), nullable=False),
        sa.Column("compared_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_witness_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_witness")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("witness", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_witness_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_witness_started_at"), ["started_at"], unique=False)

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pauses", types.Json(), server_default="[]", nullable=False))
        batch_op.drop_index(batch_op.f("ix_call_merged_into"))
        batch_op.create_index(
            "ix_call_direction_started_at_id", ["direction", "started_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_call_disposition_started_at_id", ["disposition", "started_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_call_merged_into_given",
            ["merged_into"],
            unique=False,
            sqlite_where=sa.text("merged_into IS NOT NULL"),
            postgresql_where=sa.text("merged_into IS NOT NULL"),
        )
        batch_op.create_index("ix_call_missed_started_at_id", ["missed", "started_at", "id"], unique=False)

    with op.batch_alter_table("call_leg", schema=None) as batch_op:
        batch_op.add_column(sa.Column("call_started_at", types.UtcDateTime(), nullable=True))
        batch_op.drop_index(batch_op.f("ix_call_leg_user_id"))
        batch_op.create_index(
            "ix_call_leg_user_id_call_started_at_call_id",
            ["user_id", "call_started_at", "call_id"],
            unique=False,
        )

    with op.batch_alter_table("communication", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_communication_company_id"))
        batch_op.drop_index(batch_op.f("ix_communication_company_id_started_at"))
        batch_op.drop_index(batch_op.f("ix_communication_contact_id"))
        batch_op.drop_index(batch_op.f("ix_communication_contact_id_started_at"))
        batch_op.drop_index(batch_op.f("ix_communication_lead_id"))
        batch_op.drop_index(batch_op.f("ix_communication_lead_id_started_at"))
        batch_op.create_index(
            "ix_communication_company_id_started_at_given",
            ["company_id", "started_at"],
            unique=False,
            sqlite_where=sa.text("company_id IS NOT NULL"),
            postgresql_where=sa.text("company_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_communication_contact_id_started_at_given",
            ["contact_id", "started_at"],
            unique=False,
            sqlite_where=sa.text("contact_id IS NOT NULL"),
            postgresql_where=sa.text("contact_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_communication_lead_id_started_at_given",
            ["lead_id", "started_at"],
            unique=False,
            sqlite_where=sa.text("lead_id IS NOT NULL"),
            postgresql_where=sa.text("lead_id IS NOT NULL"),
        )

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_company_id"))
        batch_op.create_index(
            "ix_contact_company_id_given",
            ["company_id"],
            unique=False,
            sqlite_where=sa.text("company_id IS NOT NULL"),
            postgresql_where=sa.text("company_id IS NOT NULL"),
        )

    with op.batch_alter_table("customer_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_order_company_id"))
        batch_op.drop_index(batch_op.f("ix_customer_order_contact_id"))
        batch_op.create_index(
            "ix_customer_order_company_id_ordered_at_given",
            ["company_id", "ordered_at"],
            unique=False,
            sqlite_where=sa.text("company_id IS NOT NULL"),
            postgresql_where=sa.text("company_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_customer_order_contact_id_ordered_at_given",
            ["contact_id", "ordered_at"],
            unique=False,
            sqlite_where=sa.text("contact_id IS NOT NULL"),
            postgresql_where=sa.text("contact_id IS NOT NULL"),
        )

    with op.batch_alter_table("phone_number", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_phone_number_company_id"))
        batch_op.drop_index(batch_op.f("ix_phone_number_contact_id"))
        batch_op.create_index(
            "ix_phone_number_company_id_given",
            ["company_id"],
            unique=False,
            sqlite_where=sa.text("company_id IS NOT NULL"),
            postgresql_where=sa.text("company_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_phone_number_contact_id_given",
            ["contact_id"],
            unique=False,
            sqlite_where=sa.text("contact_id IS NOT NULL"),
            postgresql_where=sa.text("contact_id IS NOT NULL"),
        )

    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.add_column(sa.Column("loudest", types.Json(), nullable=True))

    with op.batch_alter_table("turnover_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_turnover_day_company_id_day"))
        batch_op.drop_index(batch_op.f("ix_turnover_day_contact_id_day"))
        batch_op.create_index(
            "ix_turnover_day_company_id_day_given",
            ["company_id", "day"],
            unique=False,
            sqlite_where=sa.text("company_id IS NOT NULL"),
            postgresql_where=sa.text("company_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_turnover_day_contact_id_day_given",
            ["contact_id", "day"],
            unique=False,
            sqlite_where=sa.text("contact_id IS NOT NULL"),
            postgresql_where=sa.text("contact_id IS NOT NULL"),
        )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
