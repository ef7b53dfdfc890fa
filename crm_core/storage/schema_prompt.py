# SPDX-License-Identifier: Apache-2.0
"""The tables of the house's sounds."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from crm_core.storage.schema import metadata
from crm_core.storage.types import Id, Real, UtcDateTime

prompt = Table(
    "prompt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("about", Text, nullable=False),
    Column("version_id", Id),  # no foreign key: the two would wait for each other
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_strict=True,
)
prompt_version = Table(
    "prompt_version",
    metadata,
    Column("id", Id, primary_key=True),
    Column("prompt_id", Id, ForeignKey("prompt.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("source", Text, nullable=False),  # upload | phone
    Column("file_name", Text, nullable=False),
    Column("seconds", Real, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Index("ix_prompt_version_prompt_id", "prompt_id"),
    sqlite_strict=True,
)
