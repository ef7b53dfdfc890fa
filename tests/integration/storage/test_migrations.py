# SPDX-License-Identifier: Apache-2.0
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from crm_core.storage.engine import make_engines, parse_url
from crm_core.storage.migrations.ours import is_ours
from crm_core.storage.open_store import alembic_config, head, migrate, open_store
from crm_core.storage.schema import metadata
from tests.support.builders import a_user


def _differences(connection):
    options = {"compare_type": True, "include_name": is_ours}
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


async def test_the_migrations_make_the_tables_of_the_schema(empty_database_url):
    assert await migrate(empty_database_url) == (None, head())
    engines = make_engines(parse_url(empty_database_url))
    try:
        async with engines.reader.connect() as connection:
            assert await connection.run_sync(_differences) == []
    finally:
        await engines.dispose()


async def test_migrating_again_keeps_everything(empty_database_url):
    await migrate(empty_database_url)
    store = await open_store(empty_database_url)
    async with store.begin() as tx:
        await tx.people.add_user(a_user(), "hash")
    await store.close()
    assert await migrate(empty_database_url) == (head(), head())
    store = await open_store(empty_database_url)
    async with store.read() as tx:
        assert len(await tx.people.users()) == 1
    await store.close()


def test_there_is_one_head():
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1
