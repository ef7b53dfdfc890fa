# SPDX-License-Identifier: Apache-2.0
"""Rules in force that name what is gone, or that the settings can no more read: the health page says so."""

from dataclasses import replace
from datetime import UTC, datetime

from config.rules_watch import RulesWatch
from web.health import Level, Trouble

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
END = {"to": "queue", "queue": "default", "seconds": 60}
LARGE = {"id": "large", "when": {"turnover": {"window": "30d", "at_least": 0.5}}, "step": [END]}
GONE = {"id": "gone", "to": "person", "login": "nobody"}


async def publish(store, body):
    async with store.begin() as tx:
        await tx.routing.publish(body, source="test", digest=str(body), now=NOW)


async def test_what_is_gone_is_counted_until_it_is_mended(store):
    watch = RulesWatch(store)
    await watch.look()
    assert (watch.reading().value, watch.reading().level) == ("✓", Level.GOOD)
    await publish(store, {"rule": [{"id": "all", "step": [END]}], "assign": [GONE]})
    await watch.look()
    assert (watch.reading().value, watch.reading().level) == (1, Level.WARN)
    await publish(store, {"rule": [{"id": "all", "step": [END]}]})
    await watch.look()
    assert watch.reading().level is Level.GOOD


async def test_settings_that_the_rules_do_not_fit_any_more(store):
    await publish(store, {"rule": [LARGE, {"id": "all", "step": [END]}]})
    watch = RulesWatch(store)
    await watch.look()
    assert watch.reading().level is Level.GOOD
    async with store.begin() as tx:
        await tx.settings.save_house(replace(await tx.settings.house(), currency="JPY"))
    await watch.look()
    reading = watch.reading()
    assert reading.level is Level.BAD
    assert isinstance(reading.value, Trouble)
    assert "0.5" in reading.value.text
