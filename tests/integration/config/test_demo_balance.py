# SPDX-License-Identifier: Apache-2.0
"""Every day of the demo's history balances: nothing in it is open, nothing is doubtful."""

from datetime import UTC, datetime, timedelta

from config.demo.data import load_demo
from config.demo.history import load_demo_history
from crm_core.usecases.balance_day import balance_day
from tests.support.memory_recordings import MemoryRecordings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


async def test_the_demo_is_clean(store):
    await load_demo(store, NOW)
    await load_demo_history(store, NOW)
    calls = 0
    for days in range(32):
        day = (NOW - timedelta(days=days)).date()
        told = await balance_day(store, MemoryRecordings(), day, NOW + timedelta(hours=1))
        assert told.findings == []
        calls += told.day.calls
    assert calls == 150
