# SPDX-License-Identifier: Apache-2.0
"""What every table is made of; the tables stand in schema_<subject>, and crm_core.storage.schema names them."""

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from crm_core.storage.types import Id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def a_table(
    name: str,
    *columns: Column | Index | UniqueConstraint | CheckConstraint,  # type: ignore[type-arg]
    **options: Any,
) -> Table:
    return Table(name, metadata, *columns, sqlite_strict=True, **options)


def own_id() -> Column:  # type: ignore[type-arg]
    return Column("id", Id, primary_key=True)


def a_ref(name: str, target: str, *, null: bool = False, index: bool = True) -> Column:  # type: ignore[type-arg]
    return Column(name, Id, ForeignKey(f"{target}.id"), nullable=null, index=index)


def given_index(name: str, *columns: str) -> Index:
    """Only of rows that have the first column: among a million without it, no planner would look there for a few."""
    has = text(f"{columns[0]} IS NOT NULL")
    return Index(f"ix_{name}_given", *columns, sqlite_where=has, postgresql_where=has)
