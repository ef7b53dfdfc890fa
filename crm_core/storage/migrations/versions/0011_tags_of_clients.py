# SPDX-License-Identifier: Apache-2.0
# longer: a migration is a list of changes, read from top to bottom
"""Tags of clients."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:  # longer: one change after another
    op.create_table(
        "client_tag",
        sa.Column("client_id", types.Id(length=16), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "tag", name=op.f("pk_client_tag")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("client_tag", schema=None) as batch_op:
        batch_op.create_index("ix_client_tag_tag_client_id", ["tag", "client_id"], unique=False)

    with op.batch_alter_table("company", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tags", types.Texts(), server_default="[]", nullable=False))

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tags", types.Texts(), server_default="[]", nullable=False))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
