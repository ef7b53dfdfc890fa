# SPDX-License-Identifier: Apache-2.0
"""The table of answers to surveys."""

from sqlalchemy import Column, Index, Table, Text

from crm_core.storage.schema import metadata
from crm_core.storage.types import Id, UtcDateTime

survey_answer = Table(
    "survey_answer",
    metadata,
    Column("call_id", Id, primary_key=True),  # no foreign key: the PBX may tell of the call later
    Column("question", Text, primary_key=True),
    Column("keys", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_survey_answer_keys", "keys"),
    sqlite_strict=True,
)
