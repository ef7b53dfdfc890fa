# SPDX-License-Identifier: Apache-2.0
"""Requests to be called back."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "callback_request",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("arrived_at", types.UtcDateTime(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("did", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("wanted_at", types.UtcDateTime(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("user_id", types.Id(length=16), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_callback_request_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_request")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("callback_request", schema=None) as batch_op:
        batch_op.create_index("ix_callback_request_arrived_at_id", ["arrived_at", "id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
