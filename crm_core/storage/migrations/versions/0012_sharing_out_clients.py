# SPDX-License-Identifier: Apache-2.0
# longer: a migration is a list of changes, read from top to bottom
"""Sharing out clients."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:  # longer: one change after another
    op.create_table(
        "assign_turn",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("turn", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("team", "user_id", name=op.f("pk_assign_turn")),
        sqlite_strict=True,
    )
    op.create_table(
        "share_batch",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("people", types.Json(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_batch")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("share_batch", schema=None) as batch_op:
        batch_op.create_index("ix_share_batch_state_made_at", ["state", "made_at"], unique=False)

    op.create_table(
        "share_item",
        sa.Column("batch_id", types.Id(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("client_id", types.Id(length=16), nullable=False),
        sa.Column("before_id", types.Id(length=16), nullable=True),
        sa.Column("after_id", types.Id(length=16), nullable=True),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "place", name=op.f("pk_share_item")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.add_column(sa.Column("manager_id", types.Id(length=16), nullable=True))
        batch_op.create_index(
            "ix_lead_manager_id_status_given",
            ["manager_id", "status"],
            unique=False,
            sqlite_where=sa.text("manager_id IS NOT NULL"),
            postgresql_where=sa.text("manager_id IS NOT NULL"),
        )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
