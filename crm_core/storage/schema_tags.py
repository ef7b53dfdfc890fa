# SPDX-License-Identifier: Apache-2.0
"""Clients by their tags: written whenever a contact or a company is."""

from sqlalchemy import Column, Index, Table, Text

from crm_core.storage.schema import metadata
from crm_core.storage.types import Id

client_tag = Table(
    "client_tag",
    metadata,
    Column("client_id", Id, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # contact | company
    Index("ix_client_tag_tag_client_id", "tag", "client_id"),
    sqlite_strict=True,
)
