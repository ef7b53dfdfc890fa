# SPDX-License-Identifier: Apache-2.0
"""`rolodial balance`: what it prints, and that it exits with 1 while something is open."""

import asyncio
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from config.cli import main
from crm_core.domain.call import CallEnded
from crm_core.storage.open_store import open_store
from crm_core.usecases.record_call import record_call
from tests.support.calls import T0, a_call, a_world, at, ended, talking


@pytest.fixture
def balance(database_url, tmp_path):
    settings = tmp_path / "rolodial.toml"
    settings.write_text(f'home = "{tmp_path}"\ndatabase = "{database_url}"\n')

    def run(*arguments):
        return CliRunner().invoke(main, ["balance", "--settings", str(settings), *arguments])

    return run


def keep(url, *calls):
    async def work():
        store = await open_store(url)
        world = await a_world(store)
        for call in calls:
            await record_call(CallEnded(call=call, at=at(65)), store, world.feed, world.directory)
        await store.close()

    asyncio.run(work())


def test_a_clean_day_exits_with_zero_and_one_with_differences_with_one(database_url, balance):
    sure = ended(talking(a_call()))
    keep(database_url, sure, replace(ended(talking(a_call("1795165200.2"))), uncertain=("gap",)))
    told = balance("--day", T0.date().isoformat())
    assert told.exit_code == 1
    assert "2 calls, 2 talks, 0 recordings, 0 seen by CEL" in told.output
    assert (
        "Call uncertain: Parts of its history are not certain: the link to the PBX was down." in told.output
    )
    as_json = balance("--day", T0.date().isoformat(), "--json")
    assert as_json.exit_code == 1
    said = json.loads(as_json.output)
    assert (said["calls"], said["open"], said["findings"][0]["found"]["kind"]) == (2, 1, "uncertain")
    clean = balance("--day", "2020-01-01")
    assert (clean.exit_code, clean.output.splitlines()[-1]) == (0, "Clean.")


def test_a_day_that_is_none_is_refused(database_url, balance):
    told = balance("--day", "yesterday")
    assert told.exit_code == 2
    assert "a day is written as 2026-11-22" in told.output


def test_without_a_day_it_is_yesterday(database_url, balance):
    assert balance().exit_code == 0
