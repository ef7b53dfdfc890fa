# SPDX-License-Identifier: Apache-2.0
# longer: a migration is a list of changes, read from top to bottom
"""Deals and tasks."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:  # longer: one change after another
    op.create_table(
        "deal",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("contact_id", types.Id(length=16), nullable=True),
        sa.Column("company_id", types.Id(length=16), nullable=True),
        sa.Column("owner_id", types.Id(length=16), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("expected_on", sa.Integer(), nullable=False),
        sa.Column("closed_at", types.UtcDateTime(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_deal_company_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_deal_contact_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_deal_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.create_index("ix_deal_amount_id", ["amount", "id"], unique=False)
        batch_op.create_index(
            "ix_deal_company_id_given",
            ["company_id"],
            unique=False,
            sqlite_where=sa.text("company_id IS NOT NULL"),
            postgresql_where=sa.text("company_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_deal_contact_id_given",
            ["contact_id"],
            unique=False,
            sqlite_where=sa.text("contact_id IS NOT NULL"),
            postgresql_where=sa.text("contact_id IS NOT NULL"),
        )
        batch_op.create_index("ix_deal_created_at_id", ["created_at", "id"], unique=False)
        batch_op.create_index(
            "ix_deal_open",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(
            "ix_deal_owner_id_state_expected_on_id", ["owner_id", "state", "expected_on", "id"], unique=False
        )
        batch_op.create_index("ix_deal_state_expected_on_id", ["state", "expected_on", "id"], unique=False)
        batch_op.create_index("ix_deal_title_id", ["title", "id"], unique=False)
        batch_op.create_index("ix_deal_updated_at_id", ["updated_at", "id"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("about", types.Json(), nullable=True),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("contact_id", types.Id(length=16), nullable=True),
        sa.Column("company_id", types.Id(length=16), nullable=True),
        sa.Column("due_on", sa.Integer(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("call_id", types.Id(length=16), nullable=True),
        sa.Column("created_by", types.Id(length=16), nullable=True),
        sa.Column("done_at", types.UtcDateTime(), nullable=True),
        sa.Column("done_by", types.Id(length=16), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_task_company_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_task_contact_id")),
        sa.ForeignKeyConstraint(["created_by"], ["user_account.id"], name=op.f("fk_task_created_by")),
        sa.ForeignKeyConstraint(["done_by"], ["user_account.id"], name=op.f("fk_task_done_by")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_task_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(
            "ix_task_call_id_given",
            ["call_id"],
            unique=False,
            sqlite_where=sa.text("call_id IS NOT NULL"),
            postgresql_where=sa.text("call_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_task_company_id_given",
            ["company_id"],
            unique=False,
            sqlite_where=sa.text("company_id IS NOT NULL"),
            postgresql_where=sa.text("company_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_task_contact_id_given",
            ["contact_id"],
            unique=False,
            sqlite_where=sa.text("contact_id IS NOT NULL"),
            postgresql_where=sa.text("contact_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_task_open",
            ["user_id", "due_on", "id"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
        batch_op.create_index("ix_task_updated_at_id", ["updated_at", "id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
