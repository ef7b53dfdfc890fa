# SPDX-License-Identifier: Apache-2.0
"""Fields of clients that the house defines."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client_field",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("choices", types.Texts(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_field")),
        sa.UniqueConstraint("of", "key", name=op.f("uq_client_field_of_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "client_value",
        sa.Column("client_id", types.Id(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "name", name=op.f("pk_client_value")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("client_value", schema=None) as batch_op:
        batch_op.create_index(
            "ix_client_value_name_value_client_id", ["name", "value", "client_id"], unique=False
        )

    for table in ("company", "contact"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("fields", types.Pairs(), server_default="{}", nullable=False))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
