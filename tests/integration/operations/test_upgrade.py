# SPDX-License-Identifier: Apache-2.0
"""The previous release's database, with data in every table, is brought to this one: nothing is lost, it starts."""

from collections import Counter
from dataclasses import replace

import aiohttp
import pytest
from alembic import command
from sqlalchemy import inspect, select

from config.asterisk.ports import free_port
from config.backup.restore import restore_backup
from config.backup.take import Wanted, take_backup
from config.wiring import running
from crm_core.storage.engine import make_engines, parse_url
from crm_core.storage.open_store import SchemaError, alembic_config, head, migrate, open_store
from crm_core.storage.schema import call, call_leg
from tests.integration.operations.conftest import NOW, settings_of
from tests.support import release_0002
from web.settings import WebSettings


@pytest.fixture
async def old(empty_database_url):
    await release_0002.make(empty_database_url)
    return empty_database_url


async def test_every_row_is_still_there(old):
    before = await release_0002.read(old)
    assert {table: len(found) for table, found in before.items()} == Counter(
        table for table, _ in release_0002.rows()
    )
    assert await migrate(old) == ("0002", head())
    assert await release_0002.read(old) == before


async def test_what_a_new_column_says_of_old_rows(old):
    await migrate(old)
    engines = make_engines(parse_url(old))
    try:
        async with engines.reader.connect() as connection:
            told = select(call_leg.c.call_started_at, call.c.started_at).join(
                call, call.c.id == call_leg.c.call_id
            )
            legs = (await connection.execute(told)).all()
    finally:
        await engines.dispose()
    assert legs
    assert all(of_leg == of_call for of_leg, of_call in legs)


async def test_every_table_of_that_release_has_rows(old):
    engines = make_engines(parse_url(old))
    try:
        async with engines.reader.connect() as connection:
            tables = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    finally:
        await engines.dispose()
    ours = {table for table in tables if not table.startswith("fts_")} - {"alembic_version"}
    assert ours - {table for table, _ in release_0002.rows()} == {
        "rule_set"
    }  # a start publishes the rules itself


async def test_a_start_without_migrating_says_what_to_do(old):
    with pytest.raises(SchemaError, match="rolodial migrate"):
        await open_store(old)


async def test_the_product_starts_and_shows_it(old, tmp_path):
    await migrate(old)
    settings = replace(settings_of(tmp_path / "home", old), web=WebSettings(port=free_port()))
    served = replace(settings, fastagi=replace(settings.fastagi, port=0))
    base = f"http://127.0.0.1:{served.web.port}"
    async with (
        running(served) as parts,
        aiohttp.ClientSession(base, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):
        assert len(parts.directory.clients.numbers) >= release_0002.CONTACTS * 0.9
        async with http.post("/login", data={"login": "sofia", "password": release_0002.PASSWORD}) as answer:
            assert answer.status == 200
        card = f"/contacts/{release_0002.uid(9, 0)}"
        for page, shown in (
            ("/calls", "Olga Petrova 0"),
            (card, "note 0"),
            ("/search?q=olga", "Olga Petrova"),
        ):
            async with http.get(page) as answer:
                assert answer.status == 200
                assert shown in await answer.text()


async def test_a_backup_of_the_old_release_is_restored_and_brought_up(old, request, tmp_path):
    before = await release_0002.read(old)
    taken = await take_backup(
        Wanted(settings=settings_of(tmp_path / "home", old), target=tmp_path / "old.zip"), NOW
    )
    url = f"sqlite:///{tmp_path}/new/rolodial.db"
    if old.startswith("postgresql"):
        cluster = request.getfixturevalue("postgresql")
        url = cluster.url(cluster.new())
    restored = await restore_backup(taken.path, settings_of(tmp_path / "new", url), NOW)
    assert (restored.manifest.revision, restored.revision) == ("0002", head())
    assert await release_0002.read(url) == before


async def test_there_is_no_way_back_and_it_says_so(old):
    await migrate(old)
    engines = make_engines(parse_url(old))

    def back(connection):
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")

    try:
        with pytest.raises(NotImplementedError, match="restore the backup"):
            async with engines.writer.begin() as connection:
                await connection.run_sync(back)
    finally:
        await engines.dispose()
