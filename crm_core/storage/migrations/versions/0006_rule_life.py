# SPDX-License-Identifier: Apache-2.0
"""The life of rules."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:  # longer: one change after another
    op.create_table(
        "rule_draft",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_rule_draft")),
        sqlite_strict=True,
    )
    op.create_table(
        "rule_release",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("of_version", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_release")),
        sa.UniqueConstraint("version", name=op.f("uq_rule_release_version")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("rule_release", schema=None) as batch_op:
        batch_op.create_index("ix_rule_release_state_at", ["state", "at"], unique=False)

    op.create_table(
        "rule_replay",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_replay")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("route_decision", schema=None) as batch_op:
        batch_op.create_index("ix_route_decision_decided_at_call_id", ["decided_at", "call_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
