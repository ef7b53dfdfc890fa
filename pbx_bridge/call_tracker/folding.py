# SPDX-License-Identifier: Apache-2.0
"""Two calls turned out to be one: what becomes of what was known of each."""

from pbx_bridge.call_tracker.lag import wider
from pbx_bridge.call_tracker.model import UNSEEN_START, OpenCall


def fold_into(older: OpenCall, younger: OpenCall) -> None:
    """What the younger call knew goes into the older one."""
    if younger.caller_leg:
        younger.caller_leg.shown = True
    older.legs += younger.legs
    older.dials |= younger.dials
    older.step += younger.step
    older.steps = max(older.steps, younger.steps)
    older.transfers += younger.transfers
    older.recordings += younger.recordings
    if older.head_seen is not younger.head_seen:
        older.doubt(UNSEEN_START)
    older.head_seen |= younger.head_seen
    for reason in younger.uncertain:
        older.doubt(reason)
    older.lags = wider(older.lags, younger.lags)
    older.voicemail |= younger.voicemail
    older.queue = older.queue or younger.queue
    if younger.queue_leg and (older.queue_leg is None or older.queue_leg.ended):
        older.queue_leg = younger.queue_leg
    older.trunk = older.trunk or younger.trunk
    has_begun = older.caller_leg or older.has_talked  # found in mid-talk, its caller may be gone
    if not has_begun or (younger.from_outside and not older.from_outside):
        _take_the_outside(older, younger)


def _take_the_outside(older: OpenCall, younger: OpenCall) -> None:
    """The conversation with the outside is the younger one: the older was two colleagues, or had not begun."""
    older.caller_leg, older.from_outside = younger.caller_leg, younger.from_outside
    if older.caller_leg and older.from_outside:
        older.caller_leg.shown = False
    if younger.from_outside:  # the client has not waited for what colleagues did before
        older.started_at, older.started = younger.started_at, younger.started
    older.originated = younger.originated
    older.caller, older.caller_name, older.dialled = younger.caller, younger.caller_name, younger.dialled
    older.contact, older.since = younger.contact, younger.since
    older.talk, older.hold = younger.talk, younger.hold
    older.answered_at, older.answered = younger.answered_at, younger.answered
    older.answered_by, older.has_talked, older.pair = younger.answered_by, younger.has_talked, younger.pair
    older.talks, older.pauses = younger.talks, younger.pauses
    older.queue = younger.queue or older.queue
