# SPDX-License-Identifier: Apache-2.0
"""The websocket of live events: docs/events.md is its contract."""
