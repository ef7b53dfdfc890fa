# SPDX-License-Identifier: Apache-2.0
"""Live fan-out inside one process."""

from crm_core.feed.in_process import InProcessFeed

__all__ = ["InProcessFeed"]
