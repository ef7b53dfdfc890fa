# SPDX-License-Identifier: Apache-2.0
"""Groups of companies, and whose mobile a number of ours is."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("company", schema=None) as batch_op:
        for name in ("parent_id", "head_id"):
            batch_op.add_column(sa.Column(name, types.Id(length=16), nullable=True))
            batch_op.create_index(
                f"ix_company_{name}_given",
                [name],
                unique=False,
                sqlite_where=sa.text(f"{name} IS NOT NULL"),
                postgresql_where=sa.text(f"{name} IS NOT NULL"),
            )

    with op.batch_alter_table("own_number", schema=None) as batch_op:
        batch_op.add_column(sa.Column("user_id", types.Id(length=16), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
