# SPDX-License-Identifier: Apache-2.0
"""The inbox of messages; those left before it stand there as closed."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "voicemail",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("left_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=True),
        sa.Column("did", sa.Text(), nullable=True),
        sa.Column("began_at", types.UtcDateTime(), nullable=True),
        sa.Column("assigned_to", types.Id(length=16), nullable=True),
        sa.Column("heard_at", types.UtcDateTime(), nullable=True),
        sa.Column("heard_by", types.Id(length=16), nullable=True),
        sa.Column("closed_at", types.UtcDateTime(), nullable=True),
        sa.Column("closed_by", types.Id(length=16), nullable=True),
        sa.ForeignKeyConstraint(["assigned_to"], ["user_account.id"], name=op.f("fk_voicemail_assigned_to")),
        sa.ForeignKeyConstraint(["closed_by"], ["user_account.id"], name=op.f("fk_voicemail_closed_by")),
        sa.ForeignKeyConstraint(["heard_by"], ["user_account.id"], name=op.f("fk_voicemail_heard_by")),
        sa.ForeignKeyConstraint(["id"], ["call.id"], name=op.f("fk_voicemail_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voicemail")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("voicemail", schema=None) as batch_op:
        batch_op.create_index("ix_voicemail_assigned_to", ["assigned_to"], unique=False)
        batch_op.create_index("ix_voicemail_left_at_id", ["left_at", "id"], unique=False)
        batch_op.create_index(
            "ix_voicemail_open",
            ["left_at", "id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
