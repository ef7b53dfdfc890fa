# SPDX-License-Identifier: Apache-2.0
# longer: a migration is a list of changes, read from top to bottom
"""${message}."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:  # longer: one change after another
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
