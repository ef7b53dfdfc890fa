# SPDX-License-Identifier: Apache-2.0
"""What must hold of a call's record whatever happened in it."""

import numpy as np
import pytest

from crm_core.domain.call import LegKind
from crm_core.domain.recording import RecordingState
from tests.live.lab import CLIENT_HZ
from tests.live.product.floor import TONES


def legs(kept) -> dict[str | None, str | None]:
    """The end of each operator's (last) leg, by extension."""
    return {leg.party: leg.end_reason for leg in kept.call.legs if leg.kind is LegKind.OPERATOR}


async def one_communication(product, kept, *, lead: bool = False):
    """Exactly one, on the right timeline."""
    communication, items = await product.timeline(kept)
    assert communication is not None
    assert (communication.lead_id is not None) == lead
    assert (communication.contact_id is None) == lead
    assert communication.e164 == kept.client_e164
    assert len(items) == 1
    return communication


async def ready_recording(product, kept, *, of: int = 1):
    """The client's recording, the longest of so many; long enough for every second of talk."""
    found = await product.recordings(kept, of=of)
    assert len(found) == of
    recording = max(found, key=lambda one: one.duration_s or 0)
    assert recording.state is RecordingState.READY, recording
    talked = [talk for talk in kept.call.talks if talk.ended_at]
    assert recording.duration_s >= sum((t.ended_at - t.started_at).total_seconds() for t in talked) - 0.3
    assert recording.started_at.timestamp() <= talked[0].started_at.timestamp() + 0.3
    assert recording.ended_at.timestamp() >= talked[-1].ended_at.timestamp() - 0.3
    return recording


def tones(samples: np.ndarray, rate: int, since: float, until: float) -> tuple[float, float]:
    """The strongest frequency of each channel between two moments; negative ones count from the end."""
    piece = samples[int(since * rate) : int(until * rate) if until else None]
    assert len(piece) > rate / 4
    return tuple(_strongest(piece[:, side], rate) for side in (0, 1))


def _strongest(samples: np.ndarray, rate: int) -> float:
    if np.abs(samples).max() < 0.01:
        return 0.0
    return float(np.argmax(np.abs(np.fft.rfft(samples * np.hanning(len(samples))))) * rate / len(samples))


def client_left_operator_right(samples, rate, extension, since=-1.2, until=-0.2) -> None:
    left, right = tones(samples, rate, since, until)
    assert left == pytest.approx(CLIENT_HZ, abs=8)
    assert right == pytest.approx(TONES[extension], abs=8)
