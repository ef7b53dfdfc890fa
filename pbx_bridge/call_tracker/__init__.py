# SPDX-License-Identifier: Apache-2.0
"""The pure call tracker: AMI events in, calls out."""

from pbx_bridge.call_tracker.tracker import WANTED, CallTracker, is_wanted

__all__ = ["WANTED", "CallTracker", "is_wanted"]
