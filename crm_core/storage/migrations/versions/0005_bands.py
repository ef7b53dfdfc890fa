# SPDX-License-Identifier: Apache-2.0
# longer: a migration is a list of changes, read from top to bottom
"""Turnover bands."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:  # longer: one change after another
    op.create_table(
        "band_state",
        sa.Column("client_id", types.Id(length=16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Integer(), nullable=False),
        sa.Column("below_since", sa.Integer(), nullable=True),
        sa.Column("turnover", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("apart", types.Json(), nullable=False),
        sa.Column("next_band", sa.Text(), nullable=True),
        sa.Column("next_on", sa.Integer(), nullable=True),
        sa.Column("next_pace", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_band_state")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("band_state", schema=None) as batch_op:
        batch_op.create_index("ix_band_state_band", ["band", "client_id"], unique=False)
        batch_op.create_index(
            "ix_band_state_next_on",
            ["next_on"],
            unique=False,
            sqlite_where=sa.text("next_on IS NOT NULL"),
            postgresql_where=sa.text("next_on IS NOT NULL"),
        )

    op.create_table(
        "band_change",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("client_id", types.Id(length=16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("turnover", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("hand_over_on", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("from_manager", types.Id(length=16), nullable=True),
        sa.Column("to_manager", types.Id(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["from_manager"], ["user_account.id"], name=op.f("fk_band_change_from_manager")
        ),
        sa.ForeignKeyConstraint(["to_manager"], ["user_account.id"], name=op.f("fk_band_change_to_manager")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_band_change")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("band_change", schema=None) as batch_op:
        batch_op.create_index("ix_band_change_client_id_day", ["client_id", "day"], unique=False)
        batch_op.create_index("ix_band_change_day", ["day"], unique=False)
        batch_op.create_index(
            "ix_band_change_waiting",
            ["hand_over_on"],
            unique=False,
            sqlite_where=sa.text("hand_over_on IS NOT NULL"),
            postgresql_where=sa.text("hand_over_on IS NOT NULL"),
        )

    op.create_table(
        "manager_pin",
        sa.Column("client_id", types.Id(length=16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_manager_pin")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
