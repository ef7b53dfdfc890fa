# SPDX-License-Identifier: Apache-2.0
"""A recording is paused on whichever channel of the call is recorded: only the PBX knows which."""

import pytest

from crm_core.domain.call import LegAnswered
from crm_core.ports.pbx import NotRecordedError
from tests.integration.fake_ami_server import FakeAmiServer, response
from tests.integration.pbx_bridge.test_bridge import CALL, Story, watching


async def test_the_recorded_channel_is_muted_both_ways_and_unmuted(tmp_path):
    story = Story()
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        await server.send(*story.rings(), *story.is_answered())
        call = await watched.heard(LegAnswered)
        refused = {story.phone_id}

        def answer(action):
            unknown = action["Channel"] in refused
            return (
                response(action, "Error", "Message: Cannot set mute flag")
                if unknown
                else response(action, "Success")
            )

        server.answers["MixMonitorMute"] = answer
        await watched.bridge.mute_recording(call.id, muted=True)
        await watched.bridge.mute_recording(call.id, muted=False)
        asked = [one for one in server.seen("MixMonitorMute") if one["Channel"] == story.caller_id]
        assert [(one["Direction"], one["State"]) for one in asked] == [("both", "1"), ("both", "0")]
        refused.add(story.caller_id)
        with pytest.raises(NotRecordedError):
            await watched.bridge.mute_recording(call.id, muted=True)
        with pytest.raises(NotRecordedError):
            await watched.bridge.mute_recording(CALL, muted=True)
