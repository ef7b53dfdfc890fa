# SPDX-License-Identifier: Apache-2.0
"""A PBX in the mode `observe` hears nothing of people from the whole server; one in the mode `route` does."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from config.asterisk.ports import free_port
from config.settings import PbxMode
from config.wiring import running
from crm_core.domain.directory.people import OperatorState
from crm_core.domain.ids import new_id
from crm_core.domain.people import Extension
from crm_core.ports.pbx import LinkState
from crm_core.usecases.set_operator_state import set_operator_state
from pbx_bridge.settings import AmiSettings
from tests.integration.fake_ami_server import SECRET, FakeAmiServer
from tests.integration.operations.conftest import settings_of
from tests.support.until import until
from web.settings import WebSettings

CHANGES = {"Setvar", "QueuePause", "QueueAdd", "QueueRemove", "Originate"}


@pytest.mark.parametrize(("mode", "told"), [(PbxMode.OBSERVE, set()), (PbxMode.ROUTE, CHANGES)])
async def test_a_pbx_is_told_of_states_only_where_we_route(mode, told, database_with_history, tmp_path):
    url, history = database_with_history
    settings = settings_of(tmp_path / "home", url)
    anna, now = history.users["anna"], datetime.now(UTC)
    async with FakeAmiServer() as server:
        (pbx,) = settings.pbx
        settings = replace(
            settings,
            fastagi=replace(settings.fastagi, port=0),
            web=WebSettings(port=free_port()),
            pbx=(replace(pbx, mode=mode, ami=AmiSettings(port=server.port, secret=SECRET)),),
        )
        async with running(settings) as parts:
            bridge = parts.bridges[pbx.name]
            await until(lambda: bridge.status().state is LinkState.CONNECTED)
            line = {
                "id": new_id(now),
                "user_id": anna.id,
                "pbx": pbx.name,
                "extension": "101",
                "valid_from": now,
            }
            async with parts.store.begin() as tx:
                await tx.people.add_extension(Extension(**line))
            for state in (OperatorState.PAUSED, OperatorState.AVAILABLE):
                await set_operator_state(
                    parts.store, parts.feed, [bridge], anna, anna.id, state=state, now=datetime.now(UTC)
                )
        asked = {action["Action"] for action in server.actions} & CHANGES
    assert asked <= told
    assert ("Setvar" in asked) is (mode is PbxMode.ROUTE)
