# SPDX-License-Identifier: Apache-2.0
"""What the planner knows of the tables: how many rows there are, and how many have the same value."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.storage.engine import is_sqlite, no_hurry

_SAMPLE = 1000  # rows of each index: enough to tell hundreds from millions, and done in a second
_KNOWN = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"


async def analyse(connection: AsyncConnection) -> None:
    await no_hurry(connection)
    if is_sqlite(connection):
        await connection.execute(text(f"PRAGMA analysis_limit = {_SAMPLE}"))
        # Made anew, it is a change of the schema, at which the readers' connections read it again.
        await connection.execute(text("DROP TABLE IF EXISTS sqlite_stat1"))
    await connection.execute(text("ANALYZE"))


async def analyse_once(connection: AsyncConnection) -> None:
    """Where it was never done. PostgreSQL does it itself, a minute after many rows came."""
    if is_sqlite(connection) and not await connection.scalar(text(_KNOWN)):
        await analyse(connection)
