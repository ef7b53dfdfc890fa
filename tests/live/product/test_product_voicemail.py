# SPDX-License-Identifier: Apache-2.0
"""A message left on the PBX is in the inbox, and what is played there are the caller's words, not the greeting."""

import numpy as np
import pytest

from crm_core.domain.call import Disposition
from crm_core.domain.recording import RecordingState
from crm_core.domain.voicemail import VoicemailState
from tests.live.lab import CLIENT_HZ
from tests.live.product.asserts import tones
from tests.live.product.floor import NO_BOX_DID, VOICE_DID
from tests.live.product.screen import logged_in

_HEARD = 0.02
_BEEP_S = 1.5  # it is not so long


async def a_message(product, floor, did):
    """Spoken for some seconds after the greeting and the beep, then hung up, as people do."""
    number, recorder = product.client("101"), "VoiceMail" if did == VOICE_DID else "Record"
    async with floor.caller(number) as client:
        call = await client.dial(did)
        await floor.until(lambda: floor.is_in(recorder, number))
        await call.voice.speak(_BEEP_S + 3)
        await call.hang_up()
    kept = await product.ended(number)

    async def worked_on():
        async with product.read() as tx:
            row = await tx.voicemails.row(kept.call.id)
        return row if row and row.recording and row.recording.state is not RecordingState.WAITING else None

    return kept, await product.until(worked_on, 120)


def heard_after(samples, rate, since):
    """The first and the last moment at which the caller hears anything from then on, in seconds."""
    (loud,) = np.nonzero(np.abs(samples[int(since * rate) :, 1]) > _HEARD)
    return since + loud[0] / rate, since + loud[-1] / rate


@pytest.mark.parametrize("did", [VOICE_DID, NO_BOX_DID])
async def test_what_the_inbox_plays_are_the_callers_words(product, floor, did):
    kept, row = await a_message(product, floor, did)
    assert (kept.call.disposition, kept.call.missed) == (Disposition.VOICEMAIL, True)
    assert (row.voicemail.state, row.voicemail.did) == (VoicemailState.OPEN, did)
    assert row.assigned == "Anna Smirnova"
    async with logged_in(product, "anna") as anna:
        samples, rate = await anna.heard(row.recording)
        _, body, _ = await anna.get("/voicemail")
    began, over = heard_after(samples, rate, row.starts_at_s)
    assert row.starts_at_s > 3, "a greeting comes first"
    assert 0.05 < over - began < _BEEP_S, "from there on only the beep, whenever the PBX comes to it"
    greeting = samples[: int((row.starts_at_s - 0.3) * rate), 1]
    assert np.abs(greeting[-2 * rate :]).max() > _HEARD, "up to there the greeting"
    said, heard = tones(samples, rate, over + 0.3, -0.3)
    assert (said, heard) == (pytest.approx(CLIENT_HZ, abs=8), 0.0)
    assert row.seconds == pytest.approx(len(samples) / rate - row.starts_at_s, abs=0.1)
    assert f'data-start="{row.starts_at_s:.2f}"'.encode() in body
    async with product.read() as tx:
        assert (await tx.voicemails.get(kept.call.id)).heard_by == (await product.user("anna")).id
