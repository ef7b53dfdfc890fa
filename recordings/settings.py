# SPDX-License-Identifier: Apache-2.0
"""Settings of the recordings: where files come from, where they go, how long to wait."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSettings:
    storage: Path
    spools: Mapping[str, Path] = field(default_factory=dict)  # PBX -> where its MixMonitor writes
    poll_s: float = 1.0
    settle_s: float = 1.0  # unchanged for so long after the call's end, and nobody has it open: closed
    blind_s: float = 30.0  # the same, where the system does not say whether somebody has it open
    adopt_after_s: float = 60.0  # a file whose call is not known finds one by channel or time
    quiet_s: float = 600.0  # the same, of a call whose end we never heard
    missing_after_s: float = 120.0  # after the call's end
    least_free_mb: int = 2048  # less on a disk of recordings is an alarm
