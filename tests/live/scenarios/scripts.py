# SPDX-License-Identifier: Apache-2.0
"""Every scenario there is: a name tells what people do, a script does it."""

from tests.live.scenarios import attended, blind, house_tricks, inbound, outbound, queues
from tests.live.scenarios.stage import SCENARIOS

FILES = (inbound, outbound, queues, blind, attended, house_tricks)
__all__ = ["FILES", "SCENARIOS"]
