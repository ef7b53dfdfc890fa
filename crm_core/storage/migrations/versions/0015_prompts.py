# SPDX-License-Identifier: Apache-2.0
"""Sounds of the house; calls by what was answered after them."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompt",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("version_id", types.Id(length=16), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt")),
        sa.UniqueConstraint("name", name=op.f("uq_prompt_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "prompt_version",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("prompt_id", types.Id(length=16), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompt.id"], name=op.f("fk_prompt_version_prompt_id_prompt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_version")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("prompt_version", schema=None) as batch_op:
        batch_op.create_index("ix_prompt_version_prompt_id", ["prompt_id"], unique=False)
    with op.batch_alter_table("survey_answer", schema=None) as batch_op:
        batch_op.create_index("ix_survey_answer_keys", ["keys"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
