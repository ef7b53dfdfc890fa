# SPDX-License-Identifier: Apache-2.0
"""The fields of clients that the house defines, and clients by the values they have in them."""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint

from crm_core.storage.schema import metadata
from crm_core.storage.schema_base import a_table, own_id
from crm_core.storage.types import Id, Texts, UtcDateTime

client_field = a_table(
    "client_field",
    own_id(),
    Column("of", Text, nullable=False),  # contact | company
    Column("key", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("kind", Text, nullable=False),  # text | choice | number | date | yes_no
    Column("choices", Texts, nullable=False),
    Column("position", Integer, nullable=False),
    Column("archived_at", UtcDateTime),
    UniqueConstraint("of", "key"),
)
client_value = Table(
    "client_value",  # written whenever a contact or a company is
    metadata,
    Column("client_id", Id, primary_key=True),
    Column("name", Text, primary_key=True),  # of the field: contact.segment
    Column("value", Text, nullable=False),
    Index("ix_client_value_name_value_client_id", "name", "value", "client_id"),
    sqlite_strict=True,
)
