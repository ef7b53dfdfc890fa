# SPDX-License-Identifier: Apache-2.0
# longer: a migration is a list of changes, read from top to bottom
"""Missed callers."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:  # longer: one change after another
    op.create_table(
        "missed_item",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("contact_id", types.Id(length=16), nullable=True),
        sa.Column("company_id", types.Id(length=16), nullable=True),
        sa.Column("did", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("tried_at", types.UtcDateTime(), nullable=True),
        sa.Column("owner_id", types.Id(length=16), nullable=True),
        sa.Column("team_id", types.Id(length=16), nullable=True),
        sa.Column("claimed_by", types.Id(length=16), nullable=True),
        sa.Column("claimed_at", types.UtcDateTime(), nullable=True),
        sa.Column("closed_at", types.UtcDateTime(), nullable=True),
        sa.Column("closed_by", types.Id(length=16), nullable=True),
        sa.Column("closed_call_id", types.Id(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["claimed_by"], ["user_account.id"], name=op.f("fk_missed_item_claimed_by")),
        sa.ForeignKeyConstraint(["closed_by"], ["user_account.id"], name=op.f("fk_missed_item_closed_by")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_missed_item_company_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_missed_item_contact_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_missed_item_owner_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_missed_item_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_item")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("missed_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_missed_item_closed_at_id",
            ["closed_at", "id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NOT NULL"),
        )
        batch_op.create_index("ix_missed_item_closed_call_id", ["closed_call_id"], unique=False)
        batch_op.create_index("ix_missed_item_key_closed_at", ["key", "closed_at"], unique=False)
        batch_op.create_index(
            "ix_missed_item_open_due_at",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "uq_missed_item_open",
            ["key"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "missed_attempt",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("item_id", types.Id(length=16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=True),
        sa.Column("call_id", types.Id(length=16), nullable=True),
        sa.Column("rung", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_missed_attempt_call_id")),
        sa.ForeignKeyConstraint(["item_id"], ["missed_item.id"], name=op.f("fk_missed_attempt_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_attempt")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("missed_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_missed_attempt_item_id"), ["item_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
