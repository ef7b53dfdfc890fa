# SPDX-License-Identifier: Apache-2.0
"""The rule file may go, or be spoilt, while the server runs: its rules stay in force, and the health page says so."""

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from config import rule_file as looking
from config.asterisk.ports import free_port
from config.probes import probes
from config.routing_file import publish_file_now
from config.rule_file import RuleFile
from config.wiring import running
from crm_core.domain.audit import Actor
from crm_core.ports.store import StoreAwayError
from tests.integration.operations.conftest import settings_of
from tests.support.until import until
from web.health import Level, Trouble
from web.settings import WebSettings


class Away:
    """A store that can be away."""

    def __init__(self, store) -> None:
        self.store, self.is_away = store, False

    @asynccontextmanager
    async def read(self):
        if self.is_away:
            raise StoreAwayError("its disk is broken")
        async with self.store.read() as tx:
            yield tx


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "etc/routing.toml"
    path.parent.mkdir()
    path.write_text('[[rule]]\nid = "all"\n[[rule.step]]\nto = "queue"\nqueue = "default"\nseconds = 60\n')
    return path


async def test_a_file_that_goes_and_comes_back(store, file):
    watched = RuleFile(file, store)
    await watched.look()
    assert (watched.trouble, watched.reading().level) == ("", Level.GOOD)
    hidden = file.parent.rename(file.parent.with_name("away"))
    await watched.look()
    assert watched.reading().value == Trouble("No such file or directory")
    assert watched.reading().level is Level.WARN
    hidden.rename(file.parent)
    await watched.look()
    assert watched.trouble == ""


async def test_the_database_may_be_on_the_same_broken_disk(store, file):
    away = Away(store)
    watched = RuleFile(file, away)
    await watched.look()
    away.is_away = True
    file.unlink()
    await watched.look()
    assert watched.trouble == "No such file or directory"


async def test_a_mistake_is_told_with_its_line_before_the_next_start(store, file):
    file.write_text(file.read_text() + "\n[[rule]]\nid = 7\n")
    watched = RuleFile(file, store)
    await watched.look()
    assert f"{file}:" in watched.trouble


async def test_a_file_that_is_not_master_any_more_is_not_asked_for(store, file):
    watched = RuleFile(file, store)
    await publish_file_now(file, store, Actor("test"), datetime.now(UTC))
    file.unlink()
    await watched.look()
    assert watched.trouble == ""


async def test_a_file_system_that_hangs_is_told(store, file, monkeypatch):
    monkeypatch.setattr(looking, "_HUNG_S", 0.05)
    rules = file.read_text()
    file.unlink()
    os.mkfifo(file)
    watched = RuleFile(file, store)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watched.look())
        await until(lambda: watched.trouble == "it does not answer")
        await asyncio.to_thread(file.write_text, rules)
    assert watched.trouble == ""


async def test_its_rules_stay_in_force_and_the_health_page_says_so(database_url, tmp_path, file, monkeypatch):
    monkeypatch.setattr(looking, "_EVERY_S", 0.05)
    settings = settings_of(tmp_path / "home", database_url)
    settings = replace(
        settings,
        fastagi=replace(settings.fastagi, port=0),
        web=WebSettings(port=free_port()),
        routing=replace(settings.routing, file=file),
    )
    async with running(settings) as parts:
        rules = parts.desk.rules
        file.unlink()
        await until(lambda: parts.rule_file.trouble)
        sections = [await probe() for probe in probes(parts)]
        told = {reading.name: reading for section in sections for reading in section.readings}
        assert told["Rule file"].value == Trouble("No such file or directory")
        assert parts.desk.rules is rules
        assert b"rolodial_rule_file_unusable 1.0" in await parts.metrics.render()
