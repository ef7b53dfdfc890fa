# SPDX-License-Identifier: Apache-2.0
"""Answers to surveys."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey_answer",
        sa.Column("call_id", types.Id(length=16), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "question", name=op.f("pk_survey_answer")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
