# SPDX-License-Identifier: Apache-2.0
"""Each reason for which a call is marked uncertain has words."""

from crm_core.domain.correction import ATTEMPTS, HOLD, SETTLED
from crm_core.usecases.settle_finding import CLOSED
from pbx_bridge.call_tracker import model, state
from web.doubts import REASONS


def test_every_reason_has_words():
    told = {state.LOST, state.CLOCK, state.GAP, model.UNSEEN_START, state.UNSEEN_END, state.RESTARTED}
    assert set(REASONS) == told | SETTLED | {HOLD, ATTEMPTS, CLOSED}
