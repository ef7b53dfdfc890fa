# SPDX-License-Identifier: Apache-2.0
"""The files that hold the faults; importing one registers what is in it."""

import importlib

_ALL = (
    "ami_link",
    "asterisk_deaths",
    "our_deaths",
    "database",
    "disks",
    "clocks",
    "recordings",
    "fastagi",
    "originate",
)


def load() -> None:
    for name in _ALL:
        importlib.import_module(f"tests.chaos.{name}")
