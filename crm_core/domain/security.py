# SPDX-License-Identifier: Apache-2.0
"""What the house demands of everybody who logs in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """`two_steps`: who has no second step sets one up before anything else."""

    two_steps: bool = False
