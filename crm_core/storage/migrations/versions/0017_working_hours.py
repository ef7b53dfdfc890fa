# SPDX-License-Identifier: Apache-2.0
"""Working hours of people, and who said a state and until when."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("schedule_id", types.Id(length=16), nullable=True))
    op.add_column("operator_state", sa.Column("source", sa.Text(), nullable=True))
    op.add_column("operator_state", sa.Column("until", types.UtcDateTime(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
