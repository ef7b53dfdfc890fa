# SPDX-License-Identifier: Apache-2.0
"""Alembic's entrance: runs on the connection that crm_core.storage.open_store.migrate gives it."""

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import text

from crm_core.storage.migrations.fills import FILLS
from crm_core.storage.migrations.ours import is_ours
from crm_core.storage.schema import metadata
from crm_core.storage.schema_bands import band_state as _band_state  # noqa: F401 - tables of their own file
from crm_core.storage.schema_callback import callback_request as _callback_request  # noqa: F401
from crm_core.storage.schema_deals import deal as _deal  # noqa: F401
from crm_core.storage.schema_fields import client_field as _client_field  # noqa: F401
from crm_core.storage.schema_missed import missed_item as _missed_item  # noqa: F401
from crm_core.storage.schema_prompt import prompt as _prompt  # noqa: F401
from crm_core.storage.schema_sharing import assign_turn as _assign_turn  # noqa: F401 - likewise
from crm_core.storage.schema_survey import survey_answer as _survey_answer  # noqa: F401 - the same
from crm_core.storage.schema_tags import client_tag as _client_tag  # noqa: F401
from crm_core.storage.schema_voicemail import voicemail as _voicemail  # noqa: F401


def fill(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[Any],  # noqa: ARG001 - alembic's signature
    run_args: Mapping[str, Any],  # noqa: ARG001
) -> None:
    for statement in FILLS.get(step.up_revision_id or "", ()):
        if ctx.connection:
            ctx.connection.execute(text(statement))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_name=is_ours,
    compare_type=True,
    user_module_prefix="types.",
    on_version_apply=fill,
)
context.run_migrations()
